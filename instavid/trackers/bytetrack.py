"""ByteTrack, by ultralytics' class and not by its `model.track`, which installs packages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from instavid.taming import tamed
from instavid.trackers.bytetrack_state import Arrays, put_state, take_state
from instavid.types import Instances

_FRAME_RATE_OF_THE_PAPER = 30.0
UNCONFIRMED = -1


class ByteTracker:
    """Satisfies `Tracker`; follows the boxes of the masks with a Kalman filter."""

    def __init__(
        self,
        *,
        frame_rate: float = 30.0,
        buffer_frames: int = 30,
        high: float = 0.25,
        low: float = 0.1,
        new: float = 0.25,
        match: float = 0.8,
    ) -> None:
        """Set up an empty tracker.

        Args:
            frame_rate: Of the clip, frames per second.
            buffer_frames: How long a lost identity is kept, in frames at 30 frames per second.
            high: Lowest score of a detection for the first round of matching.
            low: Lowest score for the second round.
            new: Lowest score to begin an identity.
            match: Largest cost of a match in the first round: 1 - IoU times score.
        """
        with tamed():
            from ultralytics.trackers.byte_tracker import BYTETracker
            from ultralytics.utils import IterableSimpleNamespace

        make: Callable[..., Any] = BYTETracker
        self._tracker = make(
            IterableSimpleNamespace(
                track_high_thresh=high,
                track_low_thresh=low,
                new_track_thresh=new,
                track_buffer=max(1, round(buffer_frames * frame_rate / _FRAME_RATE_OF_THE_PAPER)),
                match_thresh=match,
                fuse_score=True,
            )
        )

    def update(self, instances: Instances) -> npt.NDArray[np.int64]:
        """Return an identity per instance, (N,) int64; -1 until it was seen in two frames."""
        rows = self._tracker.update(_Boxes.around(instances))
        identities = np.full(len(instances), UNCONFIRMED, np.int64)
        for row in rows:  # x1 y1 x2 y2 identity score class index
            identities[int(row[7])] = int(row[4])
        return identities

    def reset(self) -> None:
        """Forget everything, as at a scene cut."""
        self._tracker.reset()

    def state(self) -> Arrays:
        """Return all that it knows, as named arrays."""
        return take_state(self._tracker)

    def restore(self, state: Arrays) -> None:
        """Take up where `state` was called."""
        put_state(self._tracker, state)


@dataclass(frozen=True)
class _Boxes:
    """What ultralytics' trackers read from their own `Boxes`."""

    xywh: npt.NDArray[np.float32]
    """(N, 4) centre and size, px of the frame."""
    conf: npt.NDArray[np.float32]
    cls: npt.NDArray[np.float32]

    @staticmethod
    def around(instances: Instances) -> "_Boxes":
        windows = [mask.window for mask in instances.masks]
        xywh = [
            ((w.left + w.right) / 2, (w.top + w.bottom) / 2, w.width, w.height) for w in windows
        ]
        return _Boxes(
            np.array(xywh, np.float32).reshape(-1, 4),
            np.array(instances.scores, np.float32),
            np.zeros(len(instances), np.float32),
        )

    def __len__(self) -> int:
        return len(self.conf)

    def __getitem__(self, which: npt.NDArray[np.bool_]) -> "_Boxes":
        return _Boxes(self.xywh[which], self.conf[which], self.cls[which])
