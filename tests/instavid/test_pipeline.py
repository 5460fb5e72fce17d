"""The pipeline on synthetic frames: what changes, what does not, and how it ends."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pytest

from instavid.errors import StageError
from instavid.followers.segment_track import SegmentThenTrack
from instavid.painting import Casting
from instavid.pipeline import Pipeline
from instavid.testing import (
    ListSink,
    ListSource,
    PaintingTranslator,
    ScriptedSegmenter,
    make_frame,
    textured,
)
from instavid.trackers.bytetrack import ByteTracker
from instavid.types import Crop, Frame, Instances, Patch, TrackedFrame

HEIGHT, WIDTH = 72, 128
BACKGROUND = textured(HEIGHT, WIDTH)


def one_box(index: int) -> np.ndarray:
    mask = np.zeros((1, HEIGHT, WIDTH), bool)
    mask[0, 20:44, 10 + 2 * index : 40 + 2 * index] = True
    return mask


def no_box(index: int) -> np.ndarray:
    return np.zeros((0, HEIGHT, WIDTH), bool)


def frames(count: int) -> Iterator[Frame]:
    return (make_frame(BACKGROUND, index=n) for n in range(count))


def follower(masks=one_box, batch: int = 4) -> SegmentThenTrack:
    return SegmentThenTrack(ScriptedSegmenter(masks), ByteTracker(), batch=batch)


def pipeline(masks=one_box, batch: int = 4, translator=None, **options) -> Pipeline:
    casting = Casting(translator or PaintingTranslator(), **options)
    return Pipeline(follower(masks, batch), [casting], batch=batch, feather=2)


@pytest.mark.parametrize("count", [0, 1, 11])
def test_every_frame_comes_out_once_and_in_order(count: int) -> None:
    sink = ListSink()
    report = pipeline().run(ListSource(frames(count)), sink)
    assert [frame.pts for frame in sink.frames] == list(range(count))
    assert (report.frames, report.frames_changed, report.instances) == (count, count, count)
    assert report.tracks == min(1, count)


def test_frames_without_instances_leave_as_they_came() -> None:
    sink, given = ListSink(), list(frames(5))
    report = pipeline(no_box).run(ListSource(given), sink)
    assert all(out is frame for out, frame in zip(sink.frames, given, strict=True))
    assert (report.frames_changed, report.changed_area) == (0, 0.0)


def test_the_object_is_painted_and_the_rest_is_not() -> None:
    sink, given = ListSink(), list(frames(6))
    report = pipeline().run(ListSource(given), sink)
    for frame, source in zip(sink.frames, given, strict=True):
        inside = one_box(frame.index)[0]
        assert np.abs(frame.rgb()[inside].astype(int) - (255, 0, 255)).mean() < 8
        luma, before = frame.planes[0], source.planes[0]
        outside = np.ones_like(inside)
        outside[18:46, 8 + 2 * frame.index : 42 + 2 * frame.index] = False
        np.testing.assert_array_equal(luma[outside], before[outside])
    assert 0.05 < report.changed_area < 0.2


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_the_result_does_not_depend_on_the_batch(batch: int) -> None:
    sinks = ListSink(), ListSink()
    pipeline().run(ListSource(frames(10)), sinks[0])
    pipeline(batch=batch).run(ListSource(frames(10)), sinks[1])
    for one, other in zip(sinks[0].frames, sinks[1].frames, strict=True):
        for a, b in zip(one.planes, other.planes, strict=True):
            np.testing.assert_array_equal(a, b)


def test_two_castings_change_their_own_classes_and_the_first_that_takes_an_object_wins() -> None:
    class TwoKinds:
        def segment(self, given: Sequence[Frame]) -> list[Instances]:
            masks = np.zeros((2, HEIGHT, WIDTH), bool)
            masks[0, 20:44, 10:40] = True
            masks[1, 20:44, 80:110] = True
            return [Instances.from_full(masks, ["sheep", "cow"], [0.9, 0.9]) for _ in given]

    castings = [
        Casting(PaintingTranslator((255, 0, 0)), frozenset({"sheep"})),
        Casting(PaintingTranslator((0, 0, 255))),
    ]
    sink = ListSink()
    Pipeline(SegmentThenTrack(TwoKinds(), ByteTracker()), castings).run(ListSource(frames(3)), sink)
    rgb = sink.frames[-1].rgb().astype(int)
    assert np.abs(rgb[26:38, 16:34] - (255, 0, 0)).max() < 12
    assert np.abs(rgb[26:38, 86:104] - (0, 0, 255)).max() < 12


def test_mattes_go_with_the_frames() -> None:
    sink, mattes = ListSink(), ListSink()
    pipeline().run(ListSource(frames(4)), sink, mattes=mattes)
    for matte in mattes.frames:
        np.testing.assert_array_equal((matte.planes[0] & 128) > 0, one_box(matte.index)[0])
    assert [matte.pts for matte in mattes.frames] == [0, 1, 2, 3]


def test_a_stop_finishes_what_is_in_flight() -> None:
    stop, sink = threading.Event(), ListSink()
    report = pipeline().run(
        ListSource(frames(10**6)), sink, on_progress=lambda p: stop.set(), stop=stop
    )
    assert 1 <= report.frames < 100
    assert [frame.index for frame in sink.frames] == list(range(report.frames))


def test_a_stop_that_ends_a_stalled_source_is_a_stop() -> None:
    stop = threading.Event()

    def stalled() -> Iterator[Frame]:
        yield from frames(8)
        assert stop.wait(20)

    report = pipeline().run(
        ListSource(stalled()), ListSink(), on_progress=lambda p: stop.set(), stop=stop
    )
    assert (report.is_stopped, report.frames) == (True, 8)


class Boom(Exception):
    """The injected fault."""


def broken_frames() -> Iterator[Frame]:
    yield from frames(9)
    raise Boom("decode")


class BrokenSegmenter:
    def segment(self, given: Sequence[Frame]) -> list[Instances]:
        if given[0].index >= 4:
            raise Boom("segment")
        return [Instances() for _ in given]


class BrokenFollower:
    def follow(self, given: Iterable[Frame]) -> Iterator[TrackedFrame]:
        for frame in given:
            if frame.index == 6:
                raise Boom("follow")
            yield TrackedFrame(frame)


class BrokenTranslator:
    def translate(self, crops: Sequence[Crop]) -> list[Patch]:
        raise Boom("translate")


class MisshapenTranslator:
    def translate(self, crops: Sequence[Crop]) -> list[Patch]:
        return [Patch(crop.rgb[:-2, :-2], crop.masks[:, :-1]) for crop in crops]


class LazyTranslator:
    def translate(self, crops: Sequence[Crop]) -> list[Patch]:
        return []


class BrokenSink(ListSink):
    def write(self, frame: Frame) -> None:
        if frame.index == 3:
            raise Boom("encode")


def stage_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("instavid-")]


@pytest.mark.parametrize(
    ("error", "source", "built", "sink"),
    [
        (Boom, broken_frames, pipeline(), ListSink()),
        (
            Boom,
            None,
            Pipeline(SegmentThenTrack(BrokenSegmenter(), ByteTracker()), []),
            ListSink(),
        ),
        (Boom, None, Pipeline(BrokenFollower(), []), ListSink()),
        (Boom, None, pipeline(translator=BrokenTranslator()), ListSink()),
        (StageError, None, pipeline(translator=LazyTranslator()), ListSink()),
        (StageError, None, pipeline(translator=MisshapenTranslator()), ListSink()),
        (Boom, None, pipeline(), BrokenSink()),
    ],
    ids=["decode", "segment", "follow", "translate", "too few", "misshapen", "encode"],
)
def test_an_error_in_any_stage_surfaces_in_seconds_with_every_thread_gone(
    error: type[Exception], source, built: Pipeline, sink: ListSink
) -> None:
    began = time.monotonic()
    with pytest.raises(error):
        built.run(ListSource(source() if source else frames(10**6)), sink)
    assert time.monotonic() - began < 5
    assert stage_threads() == []
