"""The follower that every command uses, and an ear for what its segmenter says."""

from collections import deque
from collections.abc import Sequence

from instavid.followers.segment_track import SegmentThenTrack
from instavid.interfaces import Segmenter
from instavid.trackers.bytetrack import ByteTracker
from instavid.types import Frame, Instances


def usual_follower(
    segmenter: Segmenter, *, conf: float, batch: int = 8, foresight: int | None = None
) -> SegmentThenTrack:
    """Return the follower of `instavid run` around a segmenter.

    Args:
        segmenter: Best set to report from `instavid.defaults.FLOOR_CONFIDENCE` on.
        conf: Confidence from which a detection begins a track.
        batch, foresight: See `SegmentThenTrack`.
    """
    tracker = ByteTracker(new=conf)
    return SegmentThenTrack(segmenter, tracker, conf=conf, batch=batch, foresight=foresight)


class Listening:
    """A segmenter that remembers what another one said, until it is taken out.

    Followers pass over what they do not believe; whoever judges them, or looks for doubt, wants it.
    """

    heard: deque[Instances]
    """One for each frame that was segmented, the oldest first."""

    def __init__(self, segmenter: Segmenter) -> None:
        """Listen to a segmenter."""
        self._segmenter = segmenter
        self.heard = deque()

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        """Return what the other one says, and remember it."""
        found = self._segmenter.segment(frames)
        self.heard.extend(found)
        return found
