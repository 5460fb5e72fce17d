"""`-c copy-like`: what changed is encoded, what did not is copied, and nobody sees the seam."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from clips import Clip, packets, read, same_samples, write_clip
from kept_runs import CrashError

from instavid.bookmarks import Bookmark
from instavid.coded import CodedPacket, GroupOfPictures
from instavid.core.adjusting import AS_IT_IS, Adjustments, Scale
from instavid.core.timespan import WHOLE, TimeSpan, parse_moment
from instavid.errors import UsageError
from instavid.media.copying import gathering
from instavid.media.copying.h264 import free_id, joint_header, read_sets
from instavid.media.copying.joint_stream import JointStream
from instavid.picture import Planes
from instavid.resuming import RunKeeper
from instavid.sinks.file import FileSink
from instavid.sinks.result import SinkResult
from instavid.sources.file import FileSource
from instavid.types import Frame

GROUP = 6
FORTY = tuple(range(40))
H264 = Clip(pts=FORTY, options={"g": str(GROUP), "keyint_min": "1", "sc_threshold": "0"})
UNEVEN = replace(
    H264,
    pts=tuple(np.cumsum([1 + n * n % 5 for n in FORTY]).tolist()),
    time_base=Fraction(1, 90),
    muxer_options={"video_track_timescale": "90", "movie_timescale": "90"},
)
LOSSLESS = {"qp": "0"}
NEVER = range(0)


def transfigure(
    path: Path,
    target: Path,
    touched: range | tuple[int, ...],
    *,
    options: dict[str, str] | None = None,
    adjust: Adjustments = AS_IT_IS,
    span: str = "",
    stop_at: int | None = None,
    **arguments: object,
) -> tuple[SinkResult, list[Planes]]:
    """Turn some frames into their negatives; return what was written, and the frames it got."""
    given: list[Planes] = []
    limits = TimeSpan(start=parse_moment(span)) if span else WHOLE
    with FileSource(path, keeps_coded=True, adjust=adjust, span=limits) as source:
        sink = sink_of(
            source, target, options=LOSSLESS if options is None else options, **arguments
        )
        with sink:
            for frame in source:
                if stop_at is not None and frame.index >= stop_at:
                    source.stop()
                    continue
                frame = changed(frame, touched)
                given.append(tuple(plane.copy() for plane in frame.planes))
                sink.write(frame)
    assert sink.result is not None
    return sink.result, given


def sink_of(source: FileSource, target: Path, **arguments: Any) -> FileSink:
    """Return a sink that copies what does not change."""
    return FileSink(
        target,
        like=source.info,
        carry=source.carried,
        codec="copy-like",
        coded=source.coded,
        **arguments,
    )


def changed(frame: Frame, touched: range | tuple[int, ...]) -> Frame:
    """Return a frame, or its negative."""
    if frame.index not in touched:
        return frame
    return replace(frame, planes=tuple(255 - plane for plane in frame.planes), origin=None)


def groups_without(touched: range | tuple[int, ...], *, frames: int = 40) -> list[int]:
    """Return the frames of the groups in which nothing is touched."""
    touched_groups = {index // GROUP for index in touched}
    return [index for index in range(frames) if index // GROUP not in touched_groups]


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv", ".ts"])
@pytest.mark.parametrize(
    "touched",
    [NEVER, range(40), range(0, 1), range(39, 40), range(20, 22), (5, 6, 17, 35), range(9, 31)],
    ids=["none", "all", "first", "last", "middle", "scattered", "several groups"],
)
def test_untouched_groups_are_copied(tmp_path, ending: str, touched: range) -> None:
    path = write_clip(tmp_path / "in.mp4", replace(H264, audio="aac"))
    result, given = transfigure(path, tmp_path / f"out{ending}", touched)
    copied = groups_without(touched)
    assert result.copied == len(copied)
    seen = read(result.path)
    assert same_samples(seen.planes, given)
    shift = seen.times[0][0] - read(path).times[0][0]
    for (start, _), (wanted, _) in zip(seen.times, read(path).times, strict=True):
        assert abs(start - shift - wanted) <= (Fraction(1, 1000) if ending == ".mkv" else 0)
    assert len(packets(result.path, "audio")) == len(packets(path, "audio"))
    if ending != ".mkv":
        assert shift == 0
    if ending in (".mp4", ".mov"):
        before, after = packets(path, "video"), packets(result.path, "video")
        assert [after[index] for index in copied] == [before[index] for index in copied]


@pytest.mark.parametrize("source", [".ts", ".mkv", ".mov"])
@pytest.mark.parametrize("target", [".mp4", ".ts"])
def test_any_layout_of_packets(tmp_path, source: str, target: str) -> None:
    path = write_clip(tmp_path / f"in{source}", H264)
    result, given = transfigure(path, tmp_path / f"out{target}", range(20, 22))
    assert result.copied == 34
    assert same_samples(read(result.path).planes, given)


@pytest.mark.parametrize(
    "clip",
    [
        replace(H264, options={**H264.options, "bf": "0"}),
        replace(H264, options={**H264.options, "x264-params": "sps-id=1"}),
        replace(H264, options={**H264.options, "profile": "baseline", "tune": "zerolatency"}),
        replace(H264, pixel_format="yuv444p"),
        replace(H264, pixel_format="yuv422p"),
        replace(H264, size=(66, 50), sample_aspect_ratio=Fraction(4, 3)),
        UNEVEN,
        replace(UNEVEN, options={**H264.options, "bf": "0"}),
        replace(UNEVEN, options={**H264.options, "bf": "1"}),
        replace(H264, options={**H264.options, "slices": "3"}),
    ],
    ids=[
        *("in order", "other number", "baseline", "4:4:4", "4:2:2", "odd"),
        *("uneven", "uneven in order", "uneven, one B", "slices"),
    ],
)
def test_all_kinds_of_h264(tmp_path, clip: Clip) -> None:
    path = write_clip(tmp_path / "in.mp4", clip)
    result, given = transfigure(path, tmp_path / "out.mp4", range(20, 22))
    assert result.copied == 34
    seen = read(result.path)
    assert same_samples(seen.planes, given)
    assert seen.times == read(path).times


def test_ten_bits(tmp_path) -> None:
    path = write_clip(tmp_path / "in.mp4", replace(H264, pixel_format="yuv420p10le"))
    result, _ = transfigure(path, tmp_path / "out.mp4", NEVER)
    assert result.copied == 40
    assert same_samples(read(result.path).planes, read(path).planes)


@pytest.mark.parametrize(
    ("codec", "ending"),
    [("libvpx-vp9", ".webm"), ("libvpx-vp9", ".mkv"), ("libvpx-vp9", ".mp4"), ("libvpx", ".webm")],
)
def test_vp8_and_vp9(tmp_path, codec: str, ending: str) -> None:
    options = {"g": str(GROUP), "keyint_min": str(GROUP), "deadline": "realtime", "cpu-used": "8"}
    path = write_clip(tmp_path / "in.webm", Clip(codec=codec, pts=FORTY, options=options))
    result, given = transfigure(path, tmp_path / f"out{ending}", range(20, 22), options={})
    before, after = packets(path, "video"), packets(result.path, "video")
    copied = groups_without(range(20, 22))
    assert result.copied == len(copied)
    assert [after[index][1] for index in copied] == [before[index][1] for index in copied]
    mean = [
        abs(float(np.mean(a[0]) - np.mean(b[0])))
        for a, b in zip(given, read(result.path).planes, strict=True)
    ]
    assert max(mean) < 4  # steps of brightness lie 15 apart


def test_pictures_decode_before_they_are_shown(tmp_path) -> None:
    """Where copied and encoded packets meet, times of decoding go up, and none comes too late."""
    path = write_clip(tmp_path / "in.mp4", UNEVEN)
    result, _ = transfigure(path, tmp_path / "out.mp4", (8, 20, 33), options={"preset": "medium"})
    with av.open(str(result.path)) as container:
        times = [(p.dts, p.pts) for p in container.demux(video=0) if p.size]
    assert all(before < after for (before, _), (after, _) in pairwise(times))
    assert all(dts <= pts for dts, pts in times)


def test_a_span_copies_only_whole_groups(tmp_path) -> None:
    path = write_clip(tmp_path / "in.mp4", H264)
    result, given = transfigure(path, tmp_path / "out.mp4", NEVER, span="9")
    assert (result.frames, result.copied) == (31, 28)
    seen = read(result.path)
    assert same_samples(seen.planes, given)
    assert seen.times[0][0] == 0


def test_stopped_in_the_middle_of_a_group(tmp_path) -> None:
    path = write_clip(tmp_path / "in.mp4", H264)
    result, given = transfigure(path, tmp_path / "out.mp4", NEVER, stop_at=15)
    assert (result.frames, result.copied) == (15, 12)
    assert same_samples(read(result.path).planes, given)


@pytest.mark.parametrize("touched", [NEVER, range(30, 31)])
def test_groups_too_long_to_wait_for(tmp_path, monkeypatch, touched: range) -> None:
    monkeypatch.setattr(gathering, "_MOST_PACKETS", 10)
    path = write_clip(tmp_path / "in.mp4", replace(H264, options={"g": "20", "sc_threshold": "0"}))
    result, given = transfigure(path, tmp_path / "out.mp4", touched)
    assert result.copied == 0
    assert same_samples(read(result.path).planes, given)


def write_two_coders(path: Path) -> Path:
    """Write pictures of two encoders, of which the second tells its own sets only once."""
    other = replace(H264, options={**H264.options, "coder": "vlc"})
    clips = [write_clip(path.with_name(f"{n}.mp4"), clip) for n, clip in enumerate((H264, other))]
    sets = read_sets(extradata(clips[1]))
    assert sets is not None
    told = b"".join(len(u).to_bytes(4) + u for u in (*sets.sequence, *sets.picture))
    with av.open(str(path), "w") as output:
        stream, pts = None, 0
        for clip in clips:
            with av.open(str(clip)) as source:
                stream = stream or output.add_stream_from_template(source.streams.video[0])
                begin, is_first = pts, True
                for packet in source.demux(video=0):
                    if not packet.size:
                        continue
                    first = clip == clips[1] and is_first
                    new = av.Packet((told if first else b"") + bytes(packet))
                    step = packet.duration
                    new.pts, new.dts = packet.pts + begin, packet.dts + begin
                    new.time_base, new.is_keyframe = packet.time_base, packet.is_keyframe
                    new.stream, is_first, pts = stream, False, pts + step
                    output.mux_one(new)
    return path


@pytest.mark.parametrize("touched", [NEVER, (3, 70)])
def test_from_where_the_header_changes_nothing_is_copied(tmp_path, touched: range) -> None:
    path = write_two_coders(tmp_path / "in.mkv")
    result, given = transfigure(path, tmp_path / "out.mkv", touched)
    assert len(given) == result.frames == 80
    assert result.copied == (40 if touched == NEVER else 34)
    assert same_samples(read(result.path).planes, given)


@pytest.mark.parametrize("said", ["sps-id=0", "annexb=0"])
def test_encoder_options_cannot_break_the_stream(tmp_path, said: str) -> None:
    path = write_clip(tmp_path / "in.mp4", H264)
    options = {**LOSSLESS, "x264-params": said}
    result, given = transfigure(path, tmp_path / "out.mp4", range(20, 22), options=options)
    assert same_samples(read(result.path).planes, given)


def test_a_start_in_the_midst_of_a_group_is_no_reordering(tmp_path) -> None:
    whole = write_clip(tmp_path / "whole.ts", replace(H264, size=(320, 240)))
    with av.open(str(whole)) as container:
        places = [p.pos for p in container.demux(video=0) if p.size]
    path = tmp_path / "in.ts"
    path.write_bytes(whole.read_bytes()[: 3 * 188] + whole.read_bytes()[places[2] :])
    result, given = transfigure(path, tmp_path / "out.mp4", range(20, 22))
    assert 0 < result.copied < len(given) < 40
    with av.open(str(result.path)) as container:
        first = next(container.demux(video=0))
        assert first.pts - first.dts <= 3 * first.duration
    assert same_samples(read(result.path).planes, given)


def test_what_was_never_copied_is_told(tmp_path) -> None:
    path = write_clip(tmp_path / "in.mp4", H264)
    result, _ = transfigure(path, tmp_path / "out.mp4", range(40))
    assert any("Nothing was copied" in said for said in result.warnings)


def test_damage_is_encoded_and_not_copied(tmp_path) -> None:
    path = write_clip(tmp_path / "in.mkv", replace(H264, size=(320, 240), audio="aac"))
    with av.open(str(path)) as container:
        places = [p.pos for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    begin = places[14] + 12
    data[begin : begin + 8] = b"\xff" * 8
    path.write_bytes(data)
    result, given = transfigure(path, tmp_path / "out.mp4", NEVER)
    assert 0 < result.copied < 40
    assert same_samples(read(result.path).planes, given)
    assert len(given) == result.frames


@pytest.mark.parametrize(
    ("clip", "target", "arguments", "reason"),
    [
        (replace(H264, codec="mpeg4", options={}), "out.mp4", {}, "the video is mpeg4"),
        (
            replace(H264, options={**H264.options, "x264-params": "tff=1"}),
            "out.mp4",
            {},
            "interlaced",
        ),
        (H264, "out.webm", {"options": {}}, "copied into mp4, mov, matroska, mpegts only"),
        (H264, "out.avi", {}, "copied into mp4, mov, matroska, mpegts only"),
        (H264, "out.mp4", {"pix_fmt": "yuv444p"}, "would be encoded as yuv444p"),
        (H264, "out.mp4", {"adjust": Adjustments(scale=Scale(Fraction(2)))}, "--fps and --scale"),
    ],
    ids=["codec", "fields", "webm", "avi", "pixels", "scale"],
)
def test_why_nothing_is_copied(tmp_path, clip, target, arguments, reason: str) -> None:
    path = write_clip(tmp_path / "in.mp4", clip)
    result, given = transfigure(path, tmp_path / target, NEVER, **arguments)
    assert result.copied == 0
    assert any("Nothing is copied" in said and reason in said for said in result.warnings)
    assert len(read(result.path).planes) == len(given) == 40


def test_options_of_the_encoder_are_checked(tmp_path) -> None:
    path = write_clip(tmp_path / "in.mp4", H264)
    with pytest.raises(UsageError, match="no option 'crv'"):
        transfigure(path, tmp_path / "out.mp4", NEVER, options={"crv": "3"})
    result, _ = transfigure(
        path,
        tmp_path / "out.mp4",
        range(40),
        options={"x264-params": "keyint=4:scenecut=0", "qp": "0"},
    )
    with av.open(str(result.path)) as container:
        keys = sum(p.is_keyframe for p in container.demux(video=0) if p.size)
    assert keys == 10


@pytest.mark.parametrize("crash_at", [1, 13, 25, 37, 39])
@pytest.mark.parametrize("touched", [NEVER, (26, 31), range(40)], ids=["none", "some", "all"])
def test_a_run_that_broke_off_goes_on(tmp_path, crash_at: int, touched: range) -> None:
    """Marks lie at 8, 16, ...: in the midst of groups of six, whose pictures are then held."""
    path = write_clip(tmp_path / "in.mp4", replace(UNEVEN, audio="aac"))
    whole, given = keep(path, tmp_path / "whole.mp4", touched)
    assert whole.copied == len(groups_without(touched))
    with pytest.raises(CrashError):
        keep(path, tmp_path / "out.mp4", touched, crash_at=crash_at)
    result, _ = keep(path, tmp_path / "out.mp4", touched, resume=True)
    assert result.copied == whole.copied
    assert read(result.path).times == read(whole.path).times == read(path).times
    assert same_samples(read(result.path).planes, read(whole.path).planes)
    assert same_samples(read(whole.path).planes, given)
    assert packets(result.path, "audio") == packets(whole.path, "audio")
    assert [p for p in tmp_path.iterdir() if p.name.endswith(".resume")] == []


def keep(
    path: Path,
    target: Path,
    touched: range | tuple[int, ...],
    *,
    resume: bool = False,
    crash_at: int | None = None,
) -> tuple[SinkResult, list[Planes]]:
    """Do as `transfigure`, with a mark every eight frames, and break off before a frame."""
    given: list[Planes] = []
    with FileSource(path, keeps_coded=True) as source:
        sink = sink_of(source, target, options=LOSSLESS)
        keeper = RunKeeper(target, [sink], request={}, resume=resume, every=8)
        with keeper, sink:
            frames = iter(source)
            if keeper.begin is not None:
                keeper.replay(frames, on_frame=lambda count: True)
            for frame in frames:
                if frame.index == crash_at:
                    raise CrashError
                if frame.index % 8 == 0 and frame.index > keeper.frames:
                    keeper.keep(Bookmark(frame.index, b"", {}))
                frame = changed(frame, touched)
                given.append(tuple(plane.copy() for plane in frame.planes))
                sink.write(frame)
    assert sink.result is not None
    return sink.result, given


# The header of a joint stream.


def extradata(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return bytes(container.streams.video[0].codec_context.extradata or b"")


def test_a_joint_header_lists_all_sets(tmp_path) -> None:
    one = read_sets(extradata(write_clip(tmp_path / "a.mp4", H264)))
    other = read_sets(
        extradata(
            write_clip(tmp_path / "b.mp4", replace(H264, options={"x264-params": "sps-id=7"}))
        )
    )
    assert one
    assert other
    assert (one.ids, other.ids, free_id(one)) == ({0}, {7}, 1)
    joint = read_sets(joint_header([one, other], chroma=1, bits=8))
    assert joint is not None
    assert joint.sequence == one.sequence + other.sequence
    assert joint.picture == one.picture + other.picture
    assert joint.length_bytes == 4


def test_a_header_with_one_encoder_is_what_ffmpeg_writes(tmp_path) -> None:
    header = extradata(write_clip(tmp_path / "a.mp4", H264))
    sets = read_sets(header)
    assert sets is not None
    assert joint_header([sets], chroma=1, bits=8) == header


@pytest.mark.parametrize("cut", [1, 6, 7, 9, 30])
def test_a_header_that_breaks_off(tmp_path, cut: int) -> None:
    header = extradata(write_clip(tmp_path / "a.mp4", H264))
    assert read_sets(header[:cut]) is None


def test_all_numbers_taken(tmp_path) -> None:
    sets = read_sets(extradata(write_clip(tmp_path / "a.mp4", H264)))
    assert sets is not None
    # Sequence sets 0 to 31 in Exp-Golomb code, behind a header, profile, flags and level.
    codes = [f"{n + 1:b}" for n in range(32)]
    bits = [("0" * (len(code) - 1) + code).ljust(16, "1") for code in codes]
    units = tuple(b"\x67\x64\0\x1e" + int(b, 2).to_bytes(2) for b in bits)
    assert free_id(replace(sets, sequence=units)) is None


@pytest.mark.parametrize(("delay", "is_taken"), [(1, False), (2, True), (4, True)])
def test_deep_reordering_needs_room(delay: int, is_taken: bool) -> None:
    # Shown in the order of numbers; the third to be shown is decoded fifth.
    order = (0, 4, 3, 1, 2)
    group = GroupOfPictures([CodedPacket(pts, pts == 0, b"") for pts in order], has_ended=True)
    joint = JointStream(coded=None, delay=delay)  # type: ignore[arg-type]
    assert joint.takes(group) is is_taken
    group.is_spoilt = True
    assert joint.takes(group) is False
