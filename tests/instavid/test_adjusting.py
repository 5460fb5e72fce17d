"""Deinterlacing, another size and another rate: only what was asked for changes."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.codec.context import Flags
from clips import Clip, packets, write_clip

from instavid.core.adjusting import Adjustments, Scale, parse_fps, parse_scale
from instavid.core.clock import Timed
from instavid.core.pacing import make_grid, pace
from instavid.core.timespan import TimeSpan, parse_moment
from instavid.errors import UsageError
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource
from instavid.types import Frame

QUARTER_TURN = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)


def frames(path: Path, **arguments) -> tuple[list[Frame], FileSource]:
    with FileSource(path, **arguments) as source:
        return list(source), source


def starts(found: list[Frame]) -> list[Fraction]:
    return [frame.pts * frame.time_base for frame in found]


def interlaced(path: Path) -> Path:
    """Write a bright bar that moves 8 px from field to field, the upper field first."""
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=25, options={"crf": "4"})
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        video.codec_context.flags |= Flags.interlaced_dct
        graph = av.filter.Graph()
        source = graph.add_buffer(
            width=96, height=64, format=av.VideoFormat("yuv420p", 96, 64), time_base=Fraction(1, 25)
        )
        mark, sink = graph.add("setfield", "tff"), graph.add("buffersink")
        source.link_to(mark)
        mark.link_to(sink)
        graph.configure()
        for number in range(8):
            picture = np.full((96, 96), 128, np.uint8)
            picture[:64] = 40
            for field in (0, 1):
                left = 8 * number + 4 * field
                picture[field:64:2, left : left + 24] = 200
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            graph.push(frame)
            output.mux(video.encode(graph.pull()))
        output.mux(video.encode(None))
    return path


def combing(frame: Frame) -> float:
    """Return how much the lines of one field differ from those between, 0 to 255."""
    luma = frame.planes[0].astype(int)
    return float(np.abs(luma[2:-2:2] * 2 - luma[1:-3:2] - luma[3:-1:2]).mean())


def test_interlaced_pictures_become_whole_ones_at_their_own_times(tmp_path):
    path = interlaced(tmp_path / "in.mp4")

    before, source = frames(path)
    after, whole = frames(path, adjust=Adjustments(deinterlace=True))

    assert source.info.field_order == "tff"
    assert whole.info.field_order == "progressive"
    assert any("--deinterlace" in warning for warning in source.report().warnings)
    assert whole.report().warnings == ()
    assert starts(after) == starts(before)
    assert [frame.duration for frame in after] == [frame.duration for frame in before]
    assert all(combing(frame) > 10 for frame in before)
    assert all(combing(frame) < 2 for frame in after[1:-1])
    for number, frame in enumerate(after[1:-1], start=1):
        columns = np.flatnonzero(frame.planes[0].mean(axis=0) > 120)
        assert abs(columns.mean() - (8 * number + 11.5)) < 1  # as the first field saw it


def test_a_part_of_an_interlaced_video_is_deinterlaced(tmp_path):
    path = interlaced(tmp_path / "in.mp4")
    span = TimeSpan(parse_moment("2"), parse_moment("5"), None)

    found, _ = frames(path, span=span, adjust=Adjustments(deinterlace=True))
    whole, _ = frames(path, adjust=Adjustments(deinterlace=True))

    assert starts(found) == starts(whole)[2:5]
    assert all(
        np.array_equal(a.planes[0], b.planes[0]) for a, b in zip(found, whole[2:5], strict=True)
    )


def test_progressive_video_is_not_touched_by_deinterlacing(tmp_path):
    path = write_clip(tmp_path / "in.mkv", Clip(codec="ffv1"))

    before, _ = frames(path)
    after, _ = frames(path, adjust=Adjustments(deinterlace=True))

    for one, other in zip(before, after, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(one.planes, other.planes, strict=True))


def test_scaling_interlaced_pictures_is_refused_with_advice(tmp_path):
    path = interlaced(tmp_path / "in.mp4")
    half = Scale(Fraction(1, 2))

    with pytest.raises(UsageError, match="Add --deinterlace"):
        frames(path, adjust=Adjustments(scale=half))
    found, _ = frames(path, adjust=Adjustments(deinterlace=True, scale=half))

    assert found[0].planes[0].shape == (32, 48)


@pytest.mark.parametrize(
    ("scale", "matrix", "size", "aspect"),
    [
        ("0.5", None, (32, 24), Fraction(1)),
        ("1.3", None, (84, 62), Fraction(1)),
        ("32x24", None, (32, 24), Fraction(1)),
        ("64x24", None, (64, 24), Fraction(1, 2)),
        ("24x32", QUARTER_TURN, (32, 24), Fraction(1)),
    ],
)
def test_pictures_are_scaled_to_even_sizes_of_the_same_shape(scale, matrix, size, aspect, tmp_path):
    path = write_clip(tmp_path / "in.mp4", Clip(display_matrix=matrix))

    found, source = frames(path, adjust=Adjustments(scale=parse_scale(scale)))
    before, _ = frames(path)

    picture = source.info.picture
    assert (picture.width, picture.height) == size
    assert picture.sample_aspect_ratio == aspect
    assert starts(found) == starts(before)
    assert [plane.shape for plane in found[0].planes] == list(picture.plane_shapes)
    for one, other in zip(found, before, strict=True):
        for new, old in zip(one.planes, other.planes, strict=True):
            assert abs(int(new.mean()) - int(old.mean())) <= 1


def test_rate_and_size_change_in_the_file_and_sound_does_not(tmp_path):
    path = write_clip(tmp_path / "in.mp4", Clip(audio="aac"))
    adjust = Adjustments(fps=Fraction(30000, 1001), scale=Scale(Fraction(1, 2)))

    with FileSource(path, adjust=adjust) as source:
        with FileSink(tmp_path / "out.mp4", like=source.info, carry=source.carried) as sink:
            for frame in source:
                sink.write(frame)
        assert source.report().is_complete
    found, after = frames(tmp_path / "out.mp4")

    assert starts(found) == [n * Fraction(1001, 30000) for n in range(14)]
    assert (after.info.picture.width, after.info.picture.height) == (32, 24)
    assert packets(tmp_path / "out.mp4", "audio") == packets(path, "audio")


@pytest.mark.parametrize(
    ("without", "kinds", "title"),
    [
        ((), ["video", "audio", "subtitle"], "Meadow"),
        (("audio",), ["video", "subtitle"], "Meadow"),
        (("subtitle", "metadata"), ["video", "audio"], None),
    ],
)
@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_what_is_not_wanted_is_left_out(without, kinds, title, ending, tmp_path):
    made = Clip(audio="aac", subtitle="mov_text", tags={"title": "Meadow"})
    path = write_clip(tmp_path / "in.mp4", made)

    with FileSource(path, adjust=Adjustments(without=frozenset(without))) as source:
        target = tmp_path / f"out{ending}"
        sink = FileSink(target, like=source.info, carry=source.carried, strict=True)
        with sink:
            for frame in source:
                sink.write(frame)

    with av.open(str(target)) as container:
        assert [stream.type for stream in container.streams] == kinds
        assert container.metadata.get("title") == title
        for stream in list(container.streams)[1:]:
            assert stream.language == {"audio": "deu", "subtitle": "fra"}[stream.type]
    if "audio" in kinds:
        assert packets(target, "audio")


def timed(stamps: list[int], last: int) -> list[Timed[int]]:
    ends = [*stamps[1:], stamps[-1] + last]
    return [Timed(n, a, b - a) for n, (a, b) in enumerate(zip(stamps, ends, strict=True))]


@pytest.mark.parametrize(
    ("stamps", "last", "rate", "shown"),
    [
        ([0], 40, 25, [0]),
        ([0], 0, 25, [0]),
        ([0, 40, 80], 40, 50, [0, 0, 1, 1, 2, 2]),
        ([0, 20, 40, 60], 20, 25, [0, 2]),
        ([0, 41, 79, 121], 40, 25, [0, 1, 2, 3]),
        ([0, 40, 200], 40, 25, [0, 1, 1, 1, 1, 2]),
        ([500, 501, 502, 620], 40, 25, [2, 2, 2, 3]),
        ([-80, -40, 0], 40, 25, [0, 1, 2]),
    ],
    ids=["one", "unknown end", "twice", "half", "jitter", "gap", "burst", "below zero"],
)
def test_pictures_stand_at_the_nearest_time_of_the_grid(stamps, last, rate, shown):
    base = Fraction(1, 1000)
    grid = make_grid(stamps[0] * base, Fraction(rate))

    found = list(pace(iter(timed(stamps, last)), grid, time_base=base))

    assert [item.item for item in found] == shown
    begin = stamps[0] * base
    assert [i.pts * grid.time_base for i in found] == [
        begin + Fraction(n, rate) for n in range(len(shown))
    ]
    if last:
        end = (found[-1].pts + found[-1].duration) * grid.time_base
        assert abs(end - (stamps[-1] + last) * base) <= Fraction(1, 2 * rate)


def test_nothing_stays_nothing():
    assert list(pace(iter(()), make_grid(Fraction(0), Fraction(25)), time_base=Fraction(1))) == []


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "1/0", "4x4", "99999x20", "20", "0.001"])
def test_impossible_sizes_are_refused(text):
    with pytest.raises(ValueError, match="'"):
        parse_scale(text)


def test_rates_are_read():
    assert parse_fps("29.97") == Fraction(2997, 100)
    assert parse_fps("30000/1001") == Fraction(30000, 1001)
    for text in ("0", "x", "1e9", "-25"):
        with pytest.raises(ValueError, match="no frame rate"):
            parse_fps(text)
