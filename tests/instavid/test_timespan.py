"""instavid.core.timespan, and what a source gives of a part of a video."""

from fractions import Fraction
from itertools import pairwise

import av
import pytest
from clips import Clip, copy, packets, read, same_samples, write_clip

from instavid.core.timespan import Moment, TimeSpan, parse_moment
from instavid.errors import UsageError
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource

SECOND = Fraction(1)


def span(start=None, end=None, duration=None) -> TimeSpan:
    moments = (None if text is None else parse_moment(text) for text in (start, end, duration))
    return TimeSpan(*moments)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("0", Moment(frames=0)),
        ("250f", Moment(frames=250)),
        ("7s", Moment(seconds=Fraction(7))),
        (".5", Moment(seconds=Fraction(1, 2))),
        ("12.s", Moment(seconds=Fraction(12))),
        ("1:02", Moment(seconds=Fraction(62))),
        ("01:00:00.250", Moment(seconds=3600 + Fraction(1, 4))),
    ],
)
def test_moments_are_frames_seconds_or_clock_times(text, moment):
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["", "-1", "1e3", "1:60", "60:00", "1:2:3:4", "ten", "1,5", "inf"])
def test_what_is_no_moment_is_refused_by_its_text(text):
    with pytest.raises(ValueError, match=f"'{text}' is no point in time"):
        parse_moment(text)


@pytest.mark.parametrize(
    "texts",
    [("5", "5"), ("2s", "1.9"), (None, "0"), (None, None, "0.0"), (None, "5", "5")],
)
def test_a_span_that_holds_nothing_is_refused(texts):
    with pytest.raises(ValueError, match=r"end|duration"):
        span(*texts)


# What a source gives of it.

# 50 frames: 24 of them at even distances, a gap of a second, the rest at uneven ones.
STAMPS = [n * 40 for n in range(24)]
STAMPS += [STAMPS[-1] + 1000 + n * 40 + (n % 3) * 7 for n in range(26)]
START = 480  # ms; some files do not begin at zero


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A clip of two seconds and more with a key frame every 8 frames, and B-frames between."""
    pts = tuple(START + stamp for stamp in STAMPS)
    options = {"g": "8", "bf": "3", "preset": "veryfast", "qp": "0"}
    clip = Clip(
        pts=pts, time_base=Fraction(1, 1000), audio="aac", options=options, last_duration=40
    )
    return write_clip(tmp_path_factory.mktemp("whole") / "in.mp4", clip)


def given(path, asked: TimeSpan):
    with FileSource(path, span=asked) as source:
        frames = list(source)
        return frames, source.report(), source.info


@pytest.mark.parametrize(
    ("texts", "first", "last"),
    [
        (("7",), 7, 49),
        ((None, "9"), 0, 8),
        (("3", "9"), 3, 8),
        (("3", None, "9"), 3, 11),
        (("0.2",), 5, 49),
        (("0.2", "0.4"), 5, 9),
        (("0.201", None, "0.2"), 6, 10),
        (("0:01",), 24, 49),  # in the gap
        (("20", "1.0"), 20, 23),
        (("0.2", "7"), 5, 6),
        (("49",), 49, 49),
        ((None, "9:59:59"), 0, 49),
    ],
)
def test_frames_from_the_start_up_to_the_end_are_given(texts, first, last, whole):
    everything = read(whole)
    frames, report, info = given(whole, span(*texts))
    expected = everything.times[first : last + 1]
    assert [frame.pts * frame.time_base for frame in frames] == [start for start, _ in expected]
    assert same_samples([f.planes for f in frames], everything.planes[first : last + 1])
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert (report.is_complete, report.warnings, report.frames) == (True, (), len(frames))
    assert info.is_cut


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".ts", ".avi"])
def test_a_late_start_gives_the_same_frames_wherever_it_can_be_jumped_to(ending, tmp_path):
    pts = tuple(range(300))
    options = {"g": "12", "bf": "2", "preset": "ultrafast"}
    path = write_clip(tmp_path / f"long{ending}", Clip(pts=pts, options=options))
    everything = read(path)
    frames, report, _ = given(path, span("10.0", None, "5"))
    origin = everything.times[0][0]
    at = next(n for n, (start, _) in enumerate(everything.times) if start - origin >= 10)
    assert at in (249, 250, 251)
    assert [frame.pts * frame.time_base for frame in frames] == [
        start for start, _ in everything.times[at : at + 5]
    ]
    assert same_samples([frame.planes for frame in frames], everything.planes[at : at + 5])
    assert report.is_complete


def test_a_late_start_does_not_decode_what_is_before_it(tmp_path):
    path = write_clip(tmp_path / "long.mp4", Clip(pts=tuple(range(500)), options={"g": "10"}))
    with FileSource(path, span=span("15.0")) as source:
        assert len(list(source)) == 125
        assert source._decoding.tally.frames < 200


@pytest.mark.parametrize("text", ["50", "100.0"])
def test_a_start_behind_the_end_is_refused(text, whole):
    with pytest.raises(UsageError, match=r"Nothing of .* it has 50 frames, 2\.98[89] s"):
        given(whole, span(text))


# What becomes of it.


def cut(path, target, asked: TimeSpan, **arguments):
    with FileSource(path, span=asked) as source:
        sink = FileSink(target, like=source.info, carry=source.carried, **arguments)
        with sink:
            for frame in source:
                sink.write(frame)
        assert sink.result is not None
        return sink.result


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".mov", ".ts"])
@pytest.mark.parametrize("texts", [("0.2", "0.8"), ("12", "20"), ("30", None, "0.4")])
def test_the_output_begins_at_zero_with_the_sound_of_its_pictures(texts, ending, whole, tmp_path):
    target = tmp_path / f"part{ending}"
    result = cut(whole, target, span(*texts))
    seen, frames = read(target), given(whole, span(*texts))[0]
    begin = frames[0].pts * frames[0].time_base
    times = [frame.pts * frame.time_base - begin for frame in frames]
    clock = Fraction(1, 1000)
    start = seen.times[0][0]
    assert start == 0 or ending == ".ts"  # MPEG-TS begins at 1.4 s, as FFmpeg writes it
    assert all(abs(a - start - b) <= clock for (a, _), b in zip(seen.times, times, strict=True))
    assert result.warnings == ()

    # Each packet of sound lies where it lay, and there are those that the pictures need.
    length = times[-1] + frames[-1].duration * frames[-1].time_base
    there = {payload: at - begin for at, payload in packets(whole, "audio")}
    here = [(at - start, payload) for at, payload in packets(target, "audio")]
    offsets = [at - there[payload] for at, payload in here if payload in there]
    if ending != ".ts":  # whose packets have headers of their own
        assert len(offsets) == len(here) > 5
        assert all(abs(offset) <= Fraction(1, 500) for offset in offsets[1:])
    wanted = [at for at in there.values() if 0 <= at < length]
    assert len(wanted) <= len(here) <= len(wanted) + 2


def test_subtitles_and_chapters_lie_where_the_part_has_them(tmp_path):
    clip = Clip(subtitle="subrip", chapters=("One", "Two", "Three"), pts=tuple(range(50)))
    path = write_clip(tmp_path / "in.mkv", clip)
    with av.open(str(path)) as container:
        before = container.chapters()
    cut(path, tmp_path / "out.mkv", span("0.2", "0.6"))
    with av.open(str(tmp_path / "out.mkv")) as container:
        chapters = container.chapters()
    (subtitle,) = packets(tmp_path / "out.mkv", "subtitle")
    assert subtitle[0] == 0  # it began at 0.1 s, and goes at 0.3 s
    assert len(before) == 3
    assert chapters[0]["start"] == 0
    for left, right in pairwise(chapters):
        assert left["end"] <= right["start"]
    assert chapters[-1]["end"] * chapters[-1]["time_base"] <= Fraction(2, 5)


def test_a_cover_is_kept_once(tmp_path):
    path = write_clip(tmp_path / "in.mp4", Clip(cover=True, pts=tuple(range(200))))
    cut(path, tmp_path / "out.mp4", span("5.0"))
    with av.open(str(tmp_path / "out.mp4")) as container:
        (cover,) = [s for s in container.streams.video if s.disposition & 1024]
        assert len([p for p in container.demux(cover) if p.size]) == 1


def test_nothing_changes_where_no_part_is_asked_for(whole, tmp_path):
    copy(whole, tmp_path / "a.mp4", codec="ffv1")
    cut(whole, tmp_path / "b.mp4", TimeSpan(), codec="ffv1")
    assert read(tmp_path / "a.mp4").times == read(tmp_path / "b.mp4").times
    assert packets(tmp_path / "a.mp4", "audio") == packets(tmp_path / "b.mp4", "audio")


def test_sound_that_stands_behind_its_pictures_in_the_file_is_kept(tmp_path):
    clip = Clip(pts=tuple(range(100)), audio="aac", muxer_options={"max_interleave_delta": "1"})
    path = write_clip(tmp_path / "in.mkv", clip)
    with av.open(str(path)) as container:
        kinds = [packet.stream.type for packet in container.demux() if packet.size]
    assert kinds.index("audio") > 90, "all pictures come first"

    cut(path, tmp_path / "out.mkv", span("1.0", "2.0"))

    here = [at for at, _ in packets(tmp_path / "out.mkv", "audio")]
    assert here[0] < Fraction(3, 100)
    assert Fraction(96, 100) < here[-1] < 1


def test_damage_elsewhere_does_not_make_a_part_incomplete(tmp_path):
    path = write_clip(tmp_path / "in.mkv", Clip(codec="mjpeg", pixel_format="yuvj420p"))
    with av.open(str(path)) as container:
        third = [bytes(packet) for packet in container.demux(video=0)][2]
    content = path.read_bytes()
    assert content.count(third[-80:]) == 1
    path.write_bytes(content.replace(third, bytes(len(third)), 1))
    assert not read(path).report.is_complete

    frames, report, _ = given(path, span("6", "9"))

    assert (len(frames), report.is_complete, report.warnings) == (3, True, ())


def test_a_subtitle_that_is_being_shown_at_the_start_is_shown_from_zero_on(tmp_path):
    clip = Clip(subtitle="mov_text", pts=tuple(range(200)))
    path = write_clip(tmp_path / "in.mp4", clip)
    cut(path, tmp_path / "out.mp4", span("0.2", "0.6"))
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.subtitles[0]
        texts = [p for p in container.demux(stream) if p.size > 2]
        assert [(p.pts, float(p.duration * p.time_base)) for p in texts] == [(0, 0.1)]
