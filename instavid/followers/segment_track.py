"""The default follower: a segmenter, a box tracker, and a layer of masks above them."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from instagan.windows import Window
from instavid.core.cuts import is_cut
from instavid.core.masks import without_parts
from instavid.core.motion import Flow, carry_mask, measure_flow, measure_pan
from instavid.core.thumbnails import gray_copy, thumbnail
from instavid.errors import StageError
from instavid.followers.facings import foresee
from instavid.followers.remembering import remember
from instavid.followers.states import FollowerState, pack, unpack
from instavid.interfaces import ResumableTracker, Segmenter, Tracker
from instavid.types import ByteArray, Frame, Instances, Mask, TrackedFrame


class SegmentThenTrack:
    """Satisfies `Follower`.

    The box tracker forgets what it does not see and hides what it saw once. So identities are
    ours: masks that overlap those of the frame before go on, the tracker's word lowers the bar and
    calls back what was hidden, and what is missed is carried along by optical flow for a while.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        tracker: Tracker,
        *,
        conf: float = 0.25,
        max_missed_frames: int = 8,
        batch: int = 8,
        classes: Sequence[str] | None = None,
        foresight: int | None = None,
    ) -> None:
        """Put the parts together.

        Args:
            segmenter: Best set to report from a score of about 0.1 on.
            tracker: Reset here at the start and at every cut.
            conf: Least score with which an object may appear; weaker ones only keep it alive.
            max_missed_frames: How long an object that is not seen is carried along.
            batch: Frames to segment at once; the follower reads that far ahead, 1 is for live use.
            classes: Names of the classes to follow; all when None.
            foresight: Find out which way objects face, and hold so many frames back for that, as
                new objects must first go some steps; 0 is for live use. None saves the two
                milliseconds that it takes per frame.
        """
        self._segmenter = segmenter
        self._tracker = tracker
        self._conf = conf
        self._max_missed_frames = max_missed_frames
        self._batch = batch
        self._classes = None if classes is None else frozenset(classes)
        self._foresight = foresight

    def follow(self, frames: Iterable[Frame]) -> Iterator[TrackedFrame]:
        """Yield one `TrackedFrame` per frame, in order; each call starts with no memory."""
        self._tracker.reset()
        return foresee(self._follow(frames, FollowerState()), self._foresight or 0)

    def follow_on(
        self, frames: Iterable[Frame], *, since: bytes = b"", every: int
    ) -> Iterator[TrackedFrame]:
        """Follow, and note every so many frames all that is known by then.

        What is known does not depend on the frames that are held back: it is of the frame itself.
        """
        assert isinstance(self._tracker, ResumableTracker), f"{self._tracker} cannot be resumed"
        state = FollowerState()
        self._tracker.reset()
        if since:
            state, known_by_tracker = unpack(since)
            self._tracker.restore(known_by_tracker)
        return foresee(self._follow(frames, state, every=every), self._foresight or 0)

    def _follow(
        self, frames: Iterable[Frame], state: FollowerState, *, every: int = 0
    ) -> Iterator[TrackedFrame]:
        remaining = iter(frames)
        while batch := list(itertools.islice(remaining, self._batch)):
            found = self._segmenter.segment(batch)
            if len(found) != len(batch):
                raise StageError(f"{len(batch)} frames were segmented into {len(found)} results.")
            for frame, instances in zip(batch, found, strict=True):
                known = self._known(state) if every and frame.index % every == 0 else b""
                state, tracked = self._step(state, frame, self._wanted(instances))
                yield replace(tracked, known_before=known) if known else tracked

    def _known(self, state: FollowerState) -> bytes:
        assert isinstance(self._tracker, ResumableTracker), f"{self._tracker} cannot be resumed"
        return pack(state, self._tracker.state())

    def _step(
        self, state: FollowerState, frame: Frame, found: Instances
    ) -> tuple[FollowerState, TrackedFrame]:
        thumb, gray = thumbnail(frame), gray_copy(frame)
        height, width = frame.picture.upright_size
        cut = state.thumb is None or is_cut(state.thumb, thumb)
        if cut:
            self._tracker.reset()
        pan = None if self._foresight is None else 0.0 if cut else _pan(state, gray, frame)
        memory = remember(
            state.memory.forget() if cut else state.memory,
            found,
            self._tracker.update(found),
            carry=_Carrier(state.gray, gray, frame),
            conf=self._conf,
            max_missed_frames=self._max_missed_frames,
            picture=Window(0, 0, width, height),
            pan=pan,
        )
        tracked = TrackedFrame(frame, memory.instances(), is_cut=cut)
        return FollowerState(memory, thumb, gray, pan), tracked

    def _wanted(self, found: Instances) -> Instances:
        if self._classes is not None:
            named = [index for index, label in enumerate(found.labels) if label in self._classes]
            found = found.only(named)
        return without_parts(found)


def _pan(state: FollowerState, now: ByteArray, frame: Frame) -> float:
    """Return how far the picture has been moved to the right by this frame, px."""
    before = state.pan or 0.0
    if state.gray is None or state.gray.shape != now.shape or not state.memory.anyone:
        return before
    return before + measure_pan(
        state.gray,
        now,
        frame_width=frame.picture.upright_size[1],
        objects=[track.mask.window for track in state.memory.live],
    )


class _Carrier:
    """Moves masks from the frame before into this one; measures motion when first asked."""

    def __init__(self, before: ByteArray | None, now: ByteArray, frame: Frame) -> None:
        self._before, self._now, self._frame = before, now, frame
        self._flow: Flow | None = None

    def __call__(self, mask: Mask) -> Mask:
        if self._before is None or self._before.shape != self._now.shape:
            return mask
        if self._flow is None:
            height, width = self._frame.picture.upright_size
            self._flow = measure_flow(
                self._before, self._now, frame_height=height, frame_width=width
            )
        return carry_mask(mask, self._flow)
