"""instavid.sinks.file: nothing lost on the way through, nothing half-written, early refusals."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from clips import TWELVE, Clip, copy, packets, read, same_samples, write_clip

from instavid.errors import (
    LackOfMemoryError,
    OutputError,
    OutputExistsError,
    RunStopped,
    StageError,
    UnavailableError,
    UsageError,
)
from instavid.media.coders import PlainCoder
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource

VFR = (0, 3000, 3100, 9000, 20000, 21000, 50000, 51234, 60000, 61000, 70000, 99999)
CLOCKS = {
    "variable rate": (VFR, Fraction(1, 90000)),
    "NTSC": (tuple(n * 1001 for n in TWELVE), Fraction(1, 30000)),
    "late start": (tuple(45001 + n * 3003 for n in TWELVE), Fraction(1, 90000)),
    "one tick late": (tuple(1 + n * 3000 for n in TWELVE), Fraction(1, 90000)),
    "1/600": (tuple(n * 20 + n % 3 for n in TWELVE), Fraction(1, 600)),
    "constant rate": (TWELVE, Fraction(1, 25)),
}
EACH_CLOCK = pytest.mark.parametrize(("pts", "time_base"), CLOCKS.values(), ids=CLOCKS.keys())


def exact(clip: Clip) -> Clip:
    ticks = str(clip.time_base.denominator)
    options = {"video_track_timescale": ticks, "movie_timescale": ticks}
    return replace(clip, muxer_options=options)


def sink_for(source, path, **arguments):
    return FileSink(path, like=source.info, carry=source.carried, **arguments)


@pytest.fixture
def clip(tmp_path) -> Path:
    return write_clip(tmp_path / "in.mp4", Clip(audio="aac"))


# What goes in comes out.


@EACH_CLOCK
@pytest.mark.parametrize("ending", [".mp4", ".mov"])
def test_times_are_kept_exactly(pts, time_base, ending, tmp_path):
    made = exact(Clip(pts=pts, time_base=time_base, last_duration=4321))
    path = write_clip(tmp_path / "in.mp4", made)

    copy(path, tmp_path / f"out{ending}")

    before, after = read(path), read(tmp_path / f"out{ending}")
    assert after.times == before.times
    assert after.info.time_base == before.info.time_base


@EACH_CLOCK
def test_times_in_matroska_are_kept_to_its_millisecond(pts, time_base, tmp_path):
    path = write_clip(tmp_path / "in.mp4", exact(Clip(pts=pts, time_base=time_base)))

    copy(path, tmp_path / "out.mkv")

    # Two frames within one millisecond are told apart by one more.
    for (before, _), (after, _) in zip(
        read(path).times, read(tmp_path / "out.mkv").times, strict=True
    ):
        assert abs(before - after) <= Fraction(1, 1000)


@pytest.mark.parametrize(
    ("name", "into"),
    [("in.ts", "out.mp4"), ("in.ts", "out.ts"), ("in.mkv", "out.mp4"), ("in.mp4", "out.ts")],
)
def test_sound_stays_with_the_picture(name, into, tmp_path):
    pts = tuple(45000 + n * 3003 for n in TWELVE)
    made = exact(Clip(pts=pts, time_base=Fraction(1, 90000), audio="aac"))
    if not name.endswith("mp4"):
        made = replace(made, muxer_options={})
    path = write_clip(tmp_path / name, made)

    copy(path, tmp_path / into)

    offsets = []
    for file in (path, tmp_path / into):
        start = read(file).times[0][0]
        offsets.append({data: time - start for time, data in packets(file, "audio")})
    before, after = offsets
    shared = before.keys() & after.keys()
    if name.endswith("ts") == into.endswith("ts"):
        assert shared == before.keys()
        assert all(abs(before[data] - after[data]) <= Fraction(1, 1000) for data in shared)
    else:  # ADTS headers come or go: compare starts
        assert abs(min(before.values()) - min(after.values())) <= Fraction(22, 1000)


def test_video_that_begins_below_zero_moves_with_its_sound(tmp_path):
    made = Clip(pts=tuple(n - 6 for n in TWELVE), muxer_options={"avoid_negative_ts": "disabled"})
    path = write_clip(tmp_path / "in.mkv", made)

    result, _ = copy(path, tmp_path / "out.mp4")

    before, after = read(path).times, read(tmp_path / "out.mp4").times
    assert [b[0] - a[0] for a, b in zip(before, after, strict=True)] == [Fraction(6, 25)] * 12
    assert "0.24 s later" in result.warnings[0]


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(Clip(codec="ffv1"), id="8-bit 4:2:0"),
        pytest.param(Clip(codec="ffv1", size=(63, 47)), id="odd 4:2:0"),
        pytest.param(Clip(codec="ffv1", pixel_format="yuv444p10le"), id="10-bit 4:4:4"),
        pytest.param(Clip(codec="ffv1", pixel_format="gray"), id="grey"),
        pytest.param(Clip(codec="ffv1", pixel_format="bgr0"), id="RGB"),
        pytest.param(Clip(codec="ffv1", pixel_format="yuva420p"), id="alpha"),
        pytest.param(Clip(codec="ffv1", pixel_format="yuv420p", pts=(0,)), id="one frame"),
    ],
)
@pytest.mark.parametrize("ending", [".mkv", ".nut"])
def test_lossless_encoder_keeps_every_sample(made, ending, tmp_path):
    path = write_clip(tmp_path / "in.mkv", made)

    copy(path, tmp_path / f"out{ending}", codec="ffv1")

    before, after = read(path), read(tmp_path / f"out{ending}")
    assert after.info.picture.pixel_format == before.info.picture.pixel_format
    assert same_samples(before.planes, after.planes)


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv"])
def test_colours_and_pixel_shape_are_written(ending, tmp_path):
    made = Clip(colours=(2, 9, 16, 9), sample_aspect_ratio=Fraction(16, 9))
    path = write_clip(tmp_path / "in.mp4", made)

    copy(path, tmp_path / f"out{ending}")

    before, after = read(path).info.picture, read(tmp_path / f"out{ending}").info.picture
    assert after.tags == before.tags
    assert after.sample_aspect_ratio == Fraction(16, 9)


@pytest.mark.parametrize(
    ("height", "colours", "matrix"),
    [(48, (1, 1, 1, 1), 1), (48, (0, 2, 2, 2), 5), (720, (0, 2, 2, 2), 1)],
    ids=["tagged", "untagged, small", "untagged, large"],
)
def test_rgb_is_encoded_with_the_matrix_that_it_is_tagged_with(height, colours, matrix, tmp_path):
    made = Clip("ffv1", pts=(0, 1), pixel_format="gbrp10le", size=(64, height), colours=colours)
    path = write_clip(tmp_path / "in.mkv", made)
    with FileSource(path) as source:
        expected = next(iter(source)).rgb()

    copy(path, tmp_path / "out.mp4", crf=0)

    with FileSource(tmp_path / "out.mp4") as source:
        frame = next(iter(source))
    assert frame.picture.pixel_format == "yuv444p10le"
    assert frame.picture.tags.space == matrix
    assert abs(frame.rgb().astype(int) - expected).max() <= 3


def test_everything_beside_the_video_is_carried(tmp_path):
    made = Clip(
        audio="aac",
        subtitle="mov_text",
        chapters=("One", "Two"),
        cover=True,
        tags={"title": "Meadow", "comment": "Summer"},
    )
    path = write_clip(tmp_path / "in.mp4", made)

    result, _ = copy(path, tmp_path / "out.mp4", provenance={"Software": "instavid 1"})

    for kind, number in (("audio", 0), ("subtitle", 0), ("video", 1)):
        before = packets(path, kind, number=number)
        assert before
        assert packets(tmp_path / "out.mp4", kind, number=number) == before
    assert [(n.kind, n.codec) for n in result.kept] == [
        ("audio", "aac"),
        ("subtitle", "mov_text"),
        ("video", "mjpeg"),
    ]
    assert result.dropped == ()
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [c["metadata"]["title"] for c in container.chapters()] == ["One", "Two"]
        assert container.metadata["title"] == "Meadow"
        assert container.metadata["comment"] == "Summer; Software=instavid 1"
        assert container.streams.audio[0].language == "deu"
        assert container.streams.subtitles[0].language == "fra"
        assert int(container.streams.video[1].disposition) == 1024


def test_attachments_covers_and_chapters_are_carried_into_matroska(tmp_path):
    made = Clip(audio="libopus", chapters=("One", "Two"), attachment=b"letters")
    path = write_clip(tmp_path / "in.mkv", made)
    with_cover = write_clip(tmp_path / "in.mp4", Clip(cover=True))

    copy(path, tmp_path / "out.mkv")
    copy(with_cover, tmp_path / "cover.mkv")

    assert packets(tmp_path / "out.mkv", "audio") == packets(path, "audio")
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert len(container.chapters()) == 2
        assert container.streams.attachments[0].data == b"letters"
    with av.open(str(tmp_path / "cover.mkv")) as container:
        assert int(container.streams.video[1].disposition) == 1024
    (cover,) = packets(tmp_path / "cover.mkv", "video", number=1)
    assert cover == packets(with_cover, "video", number=1)[0]


def test_what_a_container_cannot_hold_is_named(tmp_path):
    made = Clip(audio="libopus", chapters=("One",), attachment=b"letters")
    path = write_clip(tmp_path / "in.mkv", made)

    result, _ = copy(path, tmp_path / "out.ts", provenance={"Software": "x"})
    into_mov, _ = copy(path, tmp_path / "out.mov")

    assert [(n.kind, n.reason) for n in result.dropped] == [
        ("attachment", "mpegts holds no attachments")
    ]
    assert any("no chapters" in warning for warning in result.warnings)
    assert any("no tags" in warning for warning in result.warnings)
    assert [n.codec for n in into_mov.dropped] == ["opus", "font.ttf"]
    assert any("opus" in warning for warning in into_mov.warnings)


@pytest.mark.parametrize(
    ("made", "ending", "word"),
    [
        (Clip(audio="libopus"), ".mov", "opus"),
        (Clip(chapters=("One",)), ".ts", "no chapters"),
        (Clip(pixel_format="yuv444p", codec="ffv1"), ".mpg", "less colour"),
    ],
    ids=["stream", "chapters", "colours"],
)
def test_where_nothing_may_be_dropped_nothing_is_written(made, ending, word, tmp_path):
    path = write_clip(tmp_path / "in.mkv", made)

    with pytest.raises(OutputError, match=f"would not hold everything.*{word}"):
        copy(path, tmp_path / f"out{ending}", strict=True)

    assert [entry.name for entry in tmp_path.iterdir()] == ["in.mkv"]
    result, _ = copy(path, tmp_path / "out.mkv", strict=True)
    assert result.warnings == ()


def test_tags_that_are_no_text_are_read_and_written_as_text(tmp_path):
    path = write_clip(tmp_path / "in.mp4", Clip(tags={"title": "MeadowX"}))
    path.write_bytes(path.read_bytes().replace(b"MeadowX", b"Meadow\xff"))

    copy(path, tmp_path / "out.mp4")

    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.metadata["title"] == "Meadow\N{REPLACEMENT CHARACTER}"


def test_provenance_is_written_once(tmp_path, clip):
    said = {"DigitalSourceType": "compositeWithTrainedAlgorithmicMedia"}

    copy(clip, tmp_path / "first.mp4", provenance=said)
    copy(tmp_path / "first.mp4", tmp_path / "second.mp4", provenance=said)

    with av.open(str(tmp_path / "second.mp4")) as container:
        comment = container.metadata["comment"]
    assert comment == "DigitalSourceType=compositeWithTrainedAlgorithmicMedia"


def test_frames_of_another_format_are_a_defect(tmp_path, clip):
    with FileSource(clip) as source:
        frame = next(iter(source))
        wrong = replace(frame, picture=replace(frame.picture, pixel_format="yuv444p"))
        sink = sink_for(source, tmp_path / "out.mp4")
        with pytest.raises(StageError, match="the sink was made for"), sink:
            sink.write(wrong)


# The file appears whole, or not at all.


class Failure(Exception):
    pass


def write_until(error: type[BaseException], source: FileSource, sink: FileSink, *, count: int):
    """Write some frames, then raise."""
    with sink:
        for frame in source:
            sink.write(frame)
            if frame.index + 1 == count:
                raise error


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"in.mp4"}


def test_nothing_is_left_after_an_error(tmp_path, clip):
    with FileSource(clip) as source:
        sink = sink_for(source, tmp_path / "out.mp4")
        with pytest.raises(Failure):
            write_until(Failure, source, sink, count=1)

    assert left_in(tmp_path) == set()
    assert sink.result is None


def test_existing_file_is_untouched_after_an_error(tmp_path, clip):
    (tmp_path / "out.mp4").write_bytes(b"old")
    with FileSource(clip) as source:
        sink = sink_for(source, tmp_path / "out.mp4", overwrite=True)
        with pytest.raises(Failure):
            write_until(Failure, source, sink, count=1)

    assert (tmp_path / "out.mp4").read_bytes() == b"old"
    assert left_in(tmp_path) == {"out.mp4"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RunStopped, LackOfMemoryError])
def test_interruption_leaves_every_encoded_frame_under_a_partial_name(error, tmp_path, clip):
    with FileSource(clip) as source:
        sink = sink_for(source, tmp_path / "out.mp4")
        with pytest.raises(error):
            write_until(error, source, sink, count=7)

    assert left_in(tmp_path) == {"out.partial.mp4"}
    assert len(read(tmp_path / "out.partial.mp4").times) == 7
    assert sink.result is not None
    assert (sink.result.path.name, sink.result.frames) == ("out.partial.mp4", 7)


def test_no_frames_are_a_failure(tmp_path, clip):
    with FileSource(clip) as source:
        sink = sink_for(source, tmp_path / "out.mp4")
        with pytest.raises(OutputError, match="no frame came"), sink:
            pass

    assert left_in(tmp_path) == set()


def test_full_disk_is_told_with_the_path_and_what_there_is_stays(tmp_path):
    path = write_clip(tmp_path / "in.mp4", Clip(size=(320, 240), pts=tuple(range(60))))
    script = """
import sys
from clips import copy
from instavid.errors import OutputError
try:
    copy(sys.argv[1], __import__("pathlib").Path(sys.argv[2]), codec="rawvideo")
except OutputError as error:
    print(error)
"""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    done = subprocess.run(
        [sys.executable, "-c", script, str(path), str(tmp_path / "out.nut")],
        preexec_fn=limit,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert f"{tmp_path / 'out.nut'}: the disk is full" in done.stdout, done.stderr
    assert left_in(tmp_path) == {"out.partial.nut"}


# What cannot work is refused before anything is written.


def refuse(clip: Path, target: Path, **arguments) -> str:
    with FileSource(clip) as source:
        before = left_in(clip.parent)
        with pytest.raises((UsageError, OutputError, UnavailableError)) as caught:
            sink_for(source, target, **arguments)
        assert left_in(clip.parent) == before
    assert "\n" not in str(caught.value)
    return f"{type(caught.value).__name__}: {caught.value}"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"codec": "x264"}, "UsageError: There is no encoder 'x264'. Did you mean 'libx264'"),
        ({"codec": "aac"}, "UsageError: 'aac' does not encode video"),
        ({"codec": "prores_ks"}, "UsageError: mp4 cannot hold prores_ks. Containers that can: mov"),
        ({"options": {"crff": "18"}}, "UsageError: Encoder libx264 has no option 'crff'. Did you"),
        ({"options": {"crf": "lots"}}, "UsageError: Encoder libx264 refuses"),
        ({"preset": "quick"}, "UsageError: Encoder libx264 refuses"),
        ({"codec": "mpeg4", "crf": 18}, "UsageError: Encoder mpeg4 has no option 'crf'"),
        ({"pix_fmt": "gbrp"}, "UsageError: Encoder libx264 cannot take gbrp. It takes: yuv420p"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_impossible_encodings_are_refused(arguments, expected, clip, tmp_path):
    assert refuse(clip, tmp_path / "out.mp4", **arguments).startswith(expected)


def test_name_of_a_codec_stands_for_its_encoder(clip, tmp_path):
    with FileSource(clip) as source:
        sink = sink_for(source, tmp_path / "out.mp4", codec="h264")

    assert sink.plan.encoder.name == "libx264"
    assert sink.plan.encoder.options["crf"] == "18"


def test_bad_targets_are_refused(clip, tmp_path):
    (tmp_path / "there.mp4").write_bytes(b"old")

    assert "OutputExistsError" in refuse(clip, tmp_path / "there.mp4")
    assert "no folder" in refuse(clip, tmp_path / "nowhere" / "out.mp4")
    assert "it is a folder" in refuse(clip, tmp_path)
    assert ".xyz names no container" in refuse(clip, tmp_path / "out.xyz")
    assert "no ending names no container" in refuse(clip, tmp_path / "out")
    assert issubclass(OutputExistsError, FileExistsError)


@pytest.mark.parametrize("way", ["itself", "symbolic link", "hard link", "other spelling"])
def test_input_is_never_overwritten(way, clip, tmp_path):
    target = tmp_path / "same.mp4"
    if way == "symbolic link":
        target.symlink_to(clip)
    elif way == "hard link":
        target.hardlink_to(clip)
    elif way == "other spelling":
        (tmp_path / "sub").mkdir()
        target = tmp_path / "sub" / ".." / clip.name
    else:
        target = clip

    assert "it is the input" in refuse(clip, target, overwrite=True, inputs=[clip])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_without_permission_is_refused(clip, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)

    assert "no permission" in refuse(clip, tmp_path / "locked" / "out.mp4")


def test_link_to_another_file_is_written_through(clip, tmp_path):
    (tmp_path / "real.mp4").write_bytes(b"old")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "real.mp4")

    copy(clip, tmp_path / "link.mp4", overwrite=True)

    assert (tmp_path / "link.mp4").is_symlink()
    assert len(read(tmp_path / "real.mp4").times) == 12


# Formats that an encoder does not take as they are.


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(Clip(codec="ffv1", size=(63, 47)), "yuv444p", id="odd size"),
        pytest.param(
            Clip(codec="ffv1", pixel_format="yuv422p", size=(64, 47)), "yuv422p", id="422"
        ),
        pytest.param(Clip(codec="ffv1", pixel_format="yuv420p12le"), "yuv420p10le", id="12 bits"),
        pytest.param(Clip(codec="ffv1", pixel_format="yuva420p"), "yuv420p", id="alpha"),
    ],
)
def test_nearest_format_is_taken_and_said(made, expected, tmp_path):
    path = write_clip(tmp_path / "in.mkv", made)

    result, _ = copy(path, tmp_path / "out.mp4")

    after = read(tmp_path / "out.mp4").info.picture
    assert after.pixel_format == expected
    assert (after.width, after.height) == made.size
    assert bool(result.warnings) == (expected != made.pixel_format)


def test_asked_for_format_is_taken(tmp_path, clip):
    copy(clip, tmp_path / "out.mp4", pix_fmt="yuv420p10le")

    assert read(tmp_path / "out.mp4").info.picture.pixel_format == "yuv420p10le"


@pytest.mark.parametrize(
    ("codec", "ending"),
    [
        ("auto", ".webm"),
        ("auto", ".avi"),
        ("auto", ".mpg"),
        ("libx265", ".mp4"),
        ("libsvtav1", ".mkv"),
        ("mpeg4", ".mp4"),
    ],
)
def test_other_encoders_keep_count_and_order(codec, ending, clip, tmp_path):
    if codec != "auto" and codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {codec}")

    result, _ = copy(clip, tmp_path / f"out{ending}", codec=codec)

    seen = read(tmp_path / f"out{ending}")
    assert result.frames == len(seen.times) == 12
    assert all(
        abs(b[0] - a[0] - Fraction(1, 25)) < Fraction(1, 500) for a, b in pairwise(seen.times)
    )


@EACH_CLOCK
@pytest.mark.parametrize(("ending", "most"), [(".ts", Fraction(1, 180_000)), (".nut", 0)])
def test_pictures_that_are_decoded_below_zero_keep_their_times(
    tmp_path, pts, time_base, ending, most
):
    source = write_clip(tmp_path / "in.mp4", exact(Clip(pts=pts, time_base=time_base)))
    target = tmp_path / f"out{ending}"

    result, _ = copy(source, target, preset="medium")

    times = zip(read(source).times, read(target).times, strict=True)
    assert all(abs(was - now) <= most for (was, _), (now, _) in times)
    assert result.warnings == ()
    with av.open(str(target)) as container:
        coded = [packet.pts for packet in container.demux(video=0) if packet.size]
    assert coded != sorted(coded), "nothing was reordered"


def test_nut_with_sound_says_by_how_much_all_of_it_moves(tmp_path):
    source = write_clip(tmp_path / "in.mp4", Clip(audio="aac"))

    result, _ = copy(source, tmp_path / "out.nut", preset="medium")

    moved = read(tmp_path / "out.nut").times[0][0] - read(source).times[0][0]
    assert [f"all streams start {float(moved):g} s later" in said for said in result.warnings] == [
        True
    ]


# Real files.


def test_sound_that_begins_below_zero_does_not_move_the_video(shared, tmp_path):
    path = shared / "data" / "clips" / "cat_vfr.mp4"  # its sound begins at -64/44100 s

    copy(path, tmp_path / "out.nut", preset="ultrafast", options={"bf": "0"})

    assert [start for start, _ in read(tmp_path / "out.nut").times] == [
        start for start, _ in read(path).times
    ]


@pytest.mark.parametrize(
    "name",
    [
        "clips/cat_vfr.mp4",
        "clips/giraffes_two.mp4",
        "clips/sheep_flock.mp4",
        "robust/cotracker_teddy.mp4",
        "robust/moviepy_fire2.mp4",
        "robust/moviepy_test_video.mp4",
        "robust/mp4parse_video_colr_nclx_hdr10.mp4",
        "robust/interlaced_tff.mp4",
        "robust/torchcodec_nasa_13013.mp4",
        "robust/truncated_60pct.mp4",
    ],
)
def test_real_files_keep_times_sound_and_description(shared, name, tmp_path):
    path = shared / "data" / name

    result, _ = copy(path, tmp_path / "out.mp4", preset="ultrafast")

    before, after = read(path), read(tmp_path / "out.mp4")
    assert after.times == before.times
    assert after.info.picture == before.info.picture
    assert after.info.field_order == before.info.field_order
    assert after.report.is_complete
    assert not result.dropped
    for number in range(sum(note.kind == "audio" for note in result.kept)):
        assert packets(tmp_path / "out.mp4", "audio", number=number) == packets(
            path, "audio", number=number
        )


@pytest.mark.parametrize(
    ("spoken", "told", "read"),
    [("deu", False, "ger"), ("fra", False, "fra"), ("gle", True, None), ("und", False, None)],
)
def test_quicktime_gets_the_name_it_knows_of_a_language_or_it_is_named_as_dropped(
    spoken: str, told: bool, read: str | None, tmp_path: Path
) -> None:
    source, target = tmp_path / "source.mkv", tmp_path / "target.mov"
    write_clip(source, Clip(audio="pcm_s16le", language=spoken))
    result, _ = copy(source, target)
    with av.open(str(target)) as container:
        assert container.streams.audio[0].metadata.get("language") == read
    assert [w for w in result.warnings if "language" in w] == (
        ["mov knows no language 'gle': it was dropped."] if told else []
    )


def send_all(clip: Path, target: Path, **arguments) -> FileSink:
    """Send all frames of a clip into a sink, which may be stopped as it flushes its encoder."""
    with FileSource(clip) as source:
        sink = sink_for(source, target, codec="libx264", **arguments)
        with contextlib.suppress(KeyboardInterrupt), sink:
            for frame in source:
                sink.write(frame)
    return sink


def test_stopped_while_the_encoder_is_flushed(tmp_path, monkeypatch, clip) -> None:
    """What the encoder had given by then is kept, and counted as such."""

    def interrupted(self: PlainCoder) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(PlainCoder, "finish", interrupted)
    quick = {"preset": "ultrafast", "tune": "zerolatency"}
    result = send_all(clip, tmp_path / "out.mp4", options=quick).result
    assert result is not None
    assert result.path.name == "out.partial.mp4"
    assert 0 < result.frames == len(read(result.path).planes) <= 12
    assert send_all(clip, tmp_path / "held.mp4").result is None
    assert not [p for p in tmp_path.iterdir() if "held" in p.name]
