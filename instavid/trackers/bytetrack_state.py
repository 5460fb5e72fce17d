"""What ultralytics' ByteTrack knows, as plain arrays: no object of theirs is ever pickled."""

import copy
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[Any]]

_NUMBERS = ("track_id", "state", "frame_id", "start_frame", "tracklet_len")


def take_state(tracker: Any) -> dict[str, npt.NDArray[Any]]:
    """Return all that the next updates of a `BYTETracker` depend on.

    Returns:
        `counters`, (2,) int64: frames seen, and the identity to give next; `boxes`, (T, 8) float64,
        and `covariances`, (T, 8, 8) float64, of the Kalman filters; `scores`, (T,) float32;
        `numbers`, (T, 8) int64: the fields of each track, whether it is confirmed, whether it is
        lost, and whether it was removed once.
    """
    removed = {track.track_id for track in tracker.removed_stracks}
    tracks = [*tracker.tracked_stracks, *tracker.lost_stracks]
    lost = [False] * len(tracker.tracked_stracks) + [True] * len(tracker.lost_stracks)
    numbers = [
        [*(getattr(t, name) for name in _NUMBERS), t.is_activated, is_lost, t.track_id in removed]
        for t, is_lost in zip(tracks, lost, strict=True)
    ]
    count = len(tracks)
    return {
        "counters": np.array([tracker.frame_id, _next_id(tracker)], np.int64),
        "boxes": np.array([t.mean for t in tracks], np.float64).reshape(count, 8),
        "covariances": np.array([t.covariance for t in tracks], np.float64).reshape(count, 8, 8),
        "scores": np.array([t.score for t in tracks], np.float32),
        "numbers": np.array(numbers, np.int64).reshape(count, 8),
    }


def put_state(tracker: Any, state: Arrays) -> None:
    """Give a `BYTETracker` what `take_state` returned, in place of all that it knows."""
    tracker.reset()
    frames, next_id = (int(number) for number in state["counters"])
    tracker.frame_id = frames
    _count_from(tracker, next_id)
    for mean, covariance, score, numbers in zip(
        *(state[name] for name in ("boxes", "covariances", "scores", "numbers")), strict=True
    ):
        track = _made(tracker, mean, covariance, score, numbers)
        _, _, _, _, _, _, is_lost, was_removed = numbers
        (tracker.lost_stracks if is_lost else tracker.tracked_stracks).append(track)
        if was_removed:
            tracker.removed_stracks.append(track)


def _made(
    tracker: Any,
    mean: npt.NDArray[np.float64],
    covariance: npt.NDArray[np.float64],
    score: np.float32,
    numbers: Iterable[np.int64],
) -> Any:
    from ultralytics.trackers.byte_tracker import STrack

    make: Any = STrack
    track = make(np.zeros(5, np.float32), score, np.float32(0))
    track.kalman_filter = tracker.kalman_filter
    track.mean, track.covariance = mean.copy(), covariance.copy()
    for name, number in zip(_NUMBERS, numbers, strict=False):
        setattr(track, name, int(number))
    track.is_activated = bool(list(numbers)[len(_NUMBERS)])
    return track


def _next_id(tracker: Any) -> int:
    """Return the identity that the next new track gets; ultralytics 8.4.190 counts by tracker."""
    if hasattr(tracker, "_ids"):
        return int(next(copy.copy(tracker._ids)))
    return int(_shared_counter()._count) + 1


def _count_from(tracker: Any, next_id: int) -> None:
    if hasattr(tracker, "_ids"):
        tracker._ids = itertools.count(next_id)
    else:
        _shared_counter()._count = next_id - 1


def _shared_counter() -> Any:
    from ultralytics.trackers.basetrack import BaseTrack

    return BaseTrack
