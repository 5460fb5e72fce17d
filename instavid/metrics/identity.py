"""Whether objects keep their identities through a clip; pure counting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from instagan.windows import Window
from instavid.types import Mask

_SAME_IOU = 0.5
"""True masks share no pixel, and neither do tracked ones: above this a match is the only one."""


@dataclass(frozen=True)
class Sighting:
    """What is known of one frame: where the true objects are, and which tracks they have."""

    boxes: Mapping[int, Window]
    """By true identity, of those of which anything is seen."""
    track_ids: Mapping[int, int] = field(default_factory=dict)
    """By true identity, of those that a track covers."""


def tracks_of(truth: Mapping[int, Mask], tracks: Mapping[int, Mask]) -> dict[int, int]:
    """Return the track of each true identity whose visible mask it overlaps by more than half.

    >>> here = Mask(Window(0, 0, 2, 1), np.ones((1, 2), bool))
    >>> tracks_of({7: here}, {3: here})
    {7: 3}
    """
    return {
        identity: track_id
        for identity, mask in truth.items()
        for track_id, tracked in tracks.items()
        if mask.iou(tracked) > _SAME_IOU
    }


def count_switches(clip: Sequence[Sighting], *, width: int) -> int:
    """Count how often a true identity is covered by another track than the last time.

    One that goes out of the picture begins anew: nothing could tell that it is the same. One that
    others hide does not.

    Args:
        clip: Consecutive frames.
        width: Of the frames, px; objects leave at the left and the right.
    """
    switches = 0
    last: dict[int, int] = {}
    for before, now in zip([Sighting({}), *clip], clip, strict=False):
        for identity in _gone(before, now, width):
            last.pop(identity, None)
        for identity, track_id in now.track_ids.items():
            switches += last.get(identity, track_id) != track_id
            last[identity] = track_id
    return switches


def count_crossings(clip: Sequence[Sighting], *, width: int) -> int:
    """Count how often two true objects pass each other.

    That is: their boxes were apart, overlapped, and are apart again with sides changed.
    """
    crossings = 0
    sides: dict[tuple[int, int], bool] = {}
    for before, now in zip([Sighting({}), *clip], clip, strict=False):
        gone = _gone(before, now, width)
        sides = {pair: side for pair, side in sides.items() if not gone & set(pair)}
        for pair in combinations(sorted(now.boxes), 2):
            one, other = (now.boxes[identity] for identity in pair)
            if one.intersect(other).is_empty:
                is_left = one.left < other.left
                crossings += sides.get(pair, is_left) != is_left
                sides[pair] = is_left
    return crossings


def _gone(before: Sighting, now: Sighting, width: int) -> set[int]:
    """Return who was at an edge of the picture and is not seen any more."""
    return {
        identity
        for identity, box in before.boxes.items()
        if identity not in now.boxes and (box.left <= 0 or box.right >= width)
    }
