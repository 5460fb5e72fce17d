"""The order of the stages: decode, follow, translate, composite, encode, each in its own thread."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from instavid.bookmarks import Bookmark, Keeper
from instavid.core.composite import Composite, Painted, composite
from instavid.core.crops import CropPlan
from instavid.errors import UsageError
from instavid.interfaces import Follower, FrameSink, FrameSource, ResumableFollower
from instavid.mattes import matte_frame
from instavid.painting import Casting, paint, plan_frame
from instavid.prefetch import StageChain
from instavid.reports import PipelineReport, Tally, slowest
from instavid.types import Frame, TrackedFrame, TrackedInstance


@dataclass(frozen=True)
class Progress:
    """Where a run stands, after each frame."""

    frames: int
    instances: int
    """Instances changed in the latest frame."""
    stage: str
    """The stage that has worked longest so far."""


@dataclass(frozen=True)
class _Translated:
    """A frame with the patches to blend into it."""

    tracked: TrackedFrame
    painted: tuple[Painted, ...]


@dataclass(frozen=True)
class _Finished:
    """A frame at the end of the pipeline."""

    translated: _Translated
    composite: Composite

    @property
    def changed(self) -> tuple[TrackedInstance, ...]:
        return tuple(m for piece in self.translated.painted for m in piece.plan.members)


class Pipeline:
    """Follows objects through frames and has translators paint them anew."""

    def __init__(
        self,
        follower: Follower,
        castings: Sequence[Casting],
        *,
        batch: int = 8,
        depth: int = 8,
        feather: int = 4,
    ) -> None:
        """Put the stages together.

        Args:
            follower: Segments and tracks.
            castings: Tried in order; the first that takes an instance changes it.
            batch: Frames whose crops are translated together.
            depth: Frames (batches, before translation) that may wait between two stages.
            feather: Width of the soft edge around changed objects, px.

        Raises:
            UsageError: `batch` or `depth` is less than 1, or `feather` less than 0.
        """
        if batch < 1 or depth < 1 or feather < 0:
            raise UsageError(
                f"batch ({batch}) and depth ({depth}) start at 1, feather ({feather}) at 0"
            )
        self._follower = follower
        self._castings = tuple(castings)
        self._batch = batch
        self._depth = depth
        self._feather = feather

    def following(self, wrap: Callable[[Follower], Follower]) -> "Pipeline":
        """Return the same pipeline with its follower wrapped in another one."""
        return Pipeline(
            wrap(self._follower),
            self._castings,
            batch=self._batch,
            depth=self._depth,
            feather=self._feather,
        )

    def run(
        self,
        source: FrameSource,
        sink: FrameSink,
        *,
        mattes: FrameSink | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
        keeper: Keeper | None = None,
        watch: Callable[[Frame, Composite], None] | None = None,
    ) -> PipelineReport:
        """Send every frame of an open source to an open sink.

        Args:
            source: Entered by the caller, read in a thread of its own.
            sink: Entered by the caller, written in the calling thread.
            mattes: Takes one grey picture per frame, see `instavid.mattes`.
            on_progress: Called in the calling thread after every frame.
            stop: Set it to end decoding; what is in flight is still finished.
            keeper: Keeps the places from which another run could go on, and says where this one
                begins; the follower must be a `ResumableFollower`.
            watch: Called in the calling thread with each source frame and what became of it.

        Raises:
            Exception: Whatever a stage raised, once all threads have ended.
        """
        started, encode_seconds = time.perf_counter(), 0.0
        begin = keeper.begin if keeper else None
        tally = Tally.from_json(begin.tally) if begin else Tally()
        kept = tally.report.frames
        last: Frame | None = None
        cut_short, stop = threading.Event(), stop or threading.Event()
        coming = iter(source)
        if keeper is not None and not _replay(keeper, coming, stop, on_progress):
            return tally.finish(is_stopped=True, seconds=0.0, stage_seconds={})
        with StageChain(depth=self._depth) as chain:
            frames = chain.add("decode", _until(coming, stop, cut_short))
            tracked = chain.add("follow", self._follow(frames, keeper))
            translated = chain.add("translate", self._translate(tracked))
            for item in chain.add("composite", self._composite(translated)):
                encode_started = time.perf_counter()
                known = item.translated.tracked.known_before
                # What was in flight at a stop was followed without the frames to come.
                if keeper and known and tally.report.frames > kept and not cut_short.is_set():
                    kept = tally.report.frames
                    keeper.keep(Bookmark(kept, known, tally.to_json(), last))
                last = item.translated.tracked.frame
                sink.write(item.composite.frame)
                if watch is not None:
                    watch(item.translated.tracked.frame, item.composite)
                if mattes is not None:
                    mattes.write(matte_frame(item.composite.frame, item.composite.matte))
                encode_seconds += time.perf_counter() - encode_started
                tally.add(
                    item.changed,
                    changed_share=item.composite.changed_share,
                    is_cut=item.translated.tracked.is_cut,
                )
                if on_progress is not None:
                    stage = slowest(chain.busy_seconds | {"encode": encode_seconds})
                    on_progress(Progress(tally.report.frames, len(item.changed), stage))
        return tally.finish(
            is_stopped=cut_short.is_set(),
            seconds=time.perf_counter() - started,
            stage_seconds=chain.busy_seconds | {"encode": encode_seconds},
        )

    def _follow(self, frames: Iterable[Frame], keeper: Keeper | None) -> Iterator[TrackedFrame]:
        if keeper is None:
            return self._follower.follow(frames)
        if not isinstance(self._follower, ResumableFollower):
            raise UsageError(f"{type(self._follower).__name__} cannot say what it knows")
        since = keeper.begin.follower if keeper.begin else b""
        return self._follower.follow_on(frames, since=since, every=keeper.every)

    def _translate(self, tracked: Iterable[TrackedFrame]) -> Iterator[_Translated]:
        """Translate the crops of a batch of frames together, one pass per casting."""
        iterator = iter(tracked)
        while frames := list(islice(iterator, self._batch)):
            painted: list[list[Painted]] = [[] for _ in frames]
            for index, casting in enumerate(self._castings):
                plans = [(n, p) for n, t in enumerate(frames) for p in self._plan(t, index)]
                pieces = paint([(frames[n].frame, p) for n, p in plans], casting.translator)
                for (n, _), piece in zip(plans, pieces, strict=True):
                    painted[n].append(piece)
            for frame, parts in zip(frames, painted, strict=True):
                yield _Translated(frame, tuple(parts))

    def _plan(self, tracked: TrackedFrame, index: int) -> list[CropPlan]:
        """Return the crops of one frame for the casting at `index`."""
        casting, earlier = self._castings[index], self._castings[:index]
        mine = [
            instance
            for instance in tracked.instances
            if casting.takes(instance) and not any(e.takes(instance) for e in earlier)
        ]
        return plan_frame(tracked.frame, mine, casting)

    def _composite(self, translated: Iterable[_Translated]) -> Iterator[_Finished]:
        for item in translated:
            frame = item.tracked.frame
            yield _Finished(item, composite(frame, item.painted, feather=self._feather))


def _replay(
    keeper: Keeper,
    frames: Iterator[Frame],
    stop: threading.Event,
    on_progress: Callable[[Progress], None] | None,
) -> bool:
    """Have the frames copied that an earlier run made; return whether it came to the end."""

    def on_frame(count: int) -> bool:
        if on_progress is not None:
            on_progress(Progress(count, 0, "replay"))
        return not stop.is_set()

    return keeper.begin is None or keeper.replay(frames, on_frame=on_frame)


def _until(
    source: Iterable[Frame], stop: threading.Event, cut_short: threading.Event
) -> Iterator[Frame]:
    """Yield frames until `stop` is set; set `cut_short` if that left any out."""
    for frame in source:
        if stop.is_set():
            cut_short.set()
            return
        yield frame
    if stop.is_set():  # a pipe that gave nothing more was not waited for
        cut_short.set()
