"""Who of those that are not seen has come back."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from instagan.windows import Window
from instavid.followers.tracks import UNNAMED, Track
from instavid.types import Instances

# How long a place is remembered: of 40 animals of the meadow that came out from behind another,
# the last had been hidden for 68 frames.
_PLACE_FRAMES = 75
_REACH = 0.5  # of its size, that an object may have gone before it comes out again
_AT_EDGE = 0.005  # of the picture's sides: masks end a pixel or two short of them


def called_back(
    lost: Sequence[Track], names: npt.NDArray[np.int64], free: Sequence[int]
) -> dict[int, Track]:
    """Return the unseen tracks that the box tracker recognises among free instances.

    Args:
        lost: Tracks that are not seen.
        names: The box tracker's identities, (N,) int64, -1 for none.
        free: Indices of instances that no track has claimed.

    Returns:
        The track of each instance that got one.
    """
    by_name = {track.tracker_id: track for track in lost}
    return {
        index: by_name[int(names[index])]
        for index in free
        if names[index] != UNNAMED and int(names[index]) in by_name
    }


def found_again(
    lost: Sequence[Track], found: Instances, newcomers: Sequence[int], *, picture: Window
) -> dict[int, Track]:
    """Return the unseen tracks that come out near where they went out of sight.

    Objects do not spring up in the midst of a picture: who appears where another of its class was
    lost has most likely been behind something. The box tracker misses that, for what is seen of an
    object shrinks and seems to stop while it goes behind another. Who was lost at the edge of the
    picture may have left it, and is not taken for the next who comes in there. Who takes the place
    of another from one frame to the next is somebody else: the same would overlap itself.

    Args:
        lost: Tracks that are not seen.
        found: What the segmenter found.
        newcomers: Indices of those that would be born else.
        picture: The frame, px.

    Returns:
        The track of each instance that got one; the nearest pairs come first.
    """
    hidden = [
        track
        for track in lost
        if 1 < track.missed <= _PLACE_FRAMES and not _is_at_edge(track.seen_box, picture)
    ]
    pairs = [
        (_distance(found.masks[index].window, track.seen_box), index, track)
        for index in newcomers
        for track in hidden
        if found.labels[index] == track.label
        and _is_near(found.masks[index].window, track.seen_box)
    ]
    again: dict[int, Track] = {}
    taken: set[int] = set()
    for _, index, track in sorted(pairs, key=lambda pair: pair[0]):
        if index not in again and track.track_id not in taken:
            again[index] = track
            taken.add(track.track_id)
    return again


def _is_near(one: Window, other: Window) -> bool:
    apart = max(
        one.left - other.right,
        other.left - one.right,
        one.top - other.bottom,
        other.top - one.bottom,
    )
    size = float(np.sqrt(max(one.area, other.area)))
    return apart <= _REACH * size


def _is_at_edge(box: Window, picture: Window) -> bool:
    across, down = _AT_EDGE * picture.width, _AT_EDGE * picture.height
    return (
        box.left - picture.left <= across
        or picture.right - box.right <= across
        or box.top - picture.top <= down
        or picture.bottom - box.bottom <= down
    )


def _distance(one: Window, other: Window) -> float:
    """Return how far apart two boxes are across, middle to middle, px.

    Up and down does not count: of who is partly hidden only the head or the legs may be seen.
    """
    return abs((one.left + one.right) - (other.left + other.right)) / 2
