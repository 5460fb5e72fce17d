"""How one more frame changes the memory of a follower."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from instagan.windows import Window
from instavid.core.masks import NOTHING, covered_share
from instavid.core.matching import match
from instavid.followers.facings import Facing
from instavid.followers.recalling import called_back, found_again
from instavid.followers.tracks import UNNAMED, Memory, Track
from instavid.types import Instances, Mask

# Carried masks are dropped when others cover this share of them, or when this share of what was
# last seen is all that is left inside the frame.
_COVERED, _LEFT_OVER = 0.5, 0.5
_PART = 0.5  # who shares more than this with others is not born: small models see parts twice
# Of an object that is partly hidden, the parts on both sides are found beside the whole, all with
# doubt: within the box of another of its class, who is less sure than this is not born.
_SURE = 0.6
_REVIVABLE_FRAMES = 300


def remember(
    memory: Memory,
    found: Instances,
    names: npt.NDArray[np.int64],
    *,
    carry: Callable[[Mask], Mask],
    conf: float,
    max_missed_frames: int,
    picture: Window,
    pan: float | None = None,
) -> Memory:
    """Return the memory after one more frame.

    Args:
        memory: After the frame before.
        found: What the segmenter found, weak detections included.
        names: The box tracker's identities, (N,) int64, -1 for none.
        carry: Moves a mask of the frame before into this one; called only for missed tracks.
        conf: Least score of a birth; weaker detections only keep tracks alive.
        max_missed_frames: How long a track lives unseen.
        picture: The frame, px.
        pan: How far the camera's motion has moved the picture to the right so far, px; None when
            nobody asks which way objects face.
    """
    strong = [index for index, score in enumerate(found.scores) if score >= conf]
    claims, missed = _overlapping(memory.live, found, names, strong=strong, carry=carry)
    free = [index for index in strong if index not in claims]
    lost = [*memory.retired, *missed]
    claims |= called_back(lost, names, free)
    seen = _seen(claims, found, names, pan=pan)
    newcomers = _apart(found, [index for index in free if index not in claims], seen)
    again = found_again(_without(lost, seen), found, newcomers, picture=picture)
    newcomers = [index for index in newcomers if index not in again]
    seen += _seen(again, found, names, pan=pan)
    seen += _born(memory.next_id, found, names, newcomers, pan=pan)
    absent = _without(missed, seen)
    kept = _credible(absent, seen, max_missed_frames)
    retired = [*_without(memory.retired, seen), *_without(absent, kept)]
    return Memory(
        next_id=memory.next_id + len(newcomers),
        live=tuple(sorted([*seen, *kept], key=lambda track: track.track_id)),
        retired=tuple(
            replace(track, mask=NOTHING, missed=track.missed + 1)
            for track in retired
            if track.missed < _REVIVABLE_FRAMES
        ),
    )


def _overlapping(
    live: Sequence[Track],
    found: Instances,
    names: npt.NDArray[np.int64],
    *,
    strong: Sequence[int],
    carry: Callable[[Mask], Mask],
) -> tuple[dict[int, Track], list[Track]]:
    """Give tracks the instances that they overlap: where they were, then where they moved to.

    Returns:
        The track of each instance that got one, and the other tracks, moved into this frame.
    """
    weak = [index for index in range(len(found)) if index not in strong]
    claims = _claimed(live, found, names, strong)
    claims |= _claimed(_without(live, claims.values()), found, names, weak)
    moved = [
        replace(track, mask=carry(track.mask), missed=track.missed + 1)
        for track in _without(live, claims.values())
    ]
    unclaimed = [index for index in range(len(found)) if index not in claims]
    claims |= _claimed(moved, found, names, unclaimed)
    return claims, _without(moved, claims.values())


def _claimed(
    tracks: Sequence[Track],
    found: Instances,
    names: npt.NDArray[np.int64],
    candidates: Sequence[int],
) -> dict[int, Track]:
    """Match tracks with some of the instances by their masks; return the track of each."""
    shape = len(tracks), len(candidates)
    name = names[list(candidates)]
    alike = [[track.label == found.labels[index] for index in candidates] for track in tracks]
    agreeing = [(name == track.tracker_id) & (name != UNNAMED) for track in tracks]
    pairs = match(
        [track.mask for track in tracks],
        [found.masks[index] for index in candidates],
        agreeing=np.array(agreeing, bool).reshape(shape),
        compatible=np.array(alike, bool).reshape(shape),
    )
    return {candidates[column]: tracks[row] for row, column in pairs}


def _seen(
    claims: Mapping[int, Track],
    found: Instances,
    names: npt.NDArray[np.int64],
    *,
    pan: float | None,
) -> list[Track]:
    """Return the tracks as they are after they were seen."""
    return [
        track.seen_as(found, index, int(names[index]), pan=pan) for index, track in claims.items()
    ]


def _apart(found: Instances, free: Sequence[int], seen: Sequence[Track]) -> list[int]:
    """Return the instances that are not mere parts or doubles of others, the surest first."""
    claimed = [(track.mask, track.label) for track in seen]
    apart: list[int] = []
    for index in sorted(free, key=lambda index: -found.scores[index]):
        mask, label = found.masks[index], found.labels[index]
        within = [_share_within(mask, other) for other, its_label in claimed if its_label == label]
        if found.scores[index] < _SURE and max(within, default=0.0) > _PART:
            continue
        if covered_share(mask, [other for other, _ in claimed]) < _PART:
            claimed.append((mask, label))
            apart.append(index)
    return apart


def _share_within(mask: Mask, other: Mask) -> float:
    """Return which share of the box of one mask lies within the box of another, 0 to 1."""
    return mask.window.intersect(other.window).area / max(1, mask.window.area)


def _born(
    first_id: int,
    found: Instances,
    names: npt.NDArray[np.int64],
    newcomers: Sequence[int],
    *,
    pan: float | None,
) -> list[Track]:
    """Return new tracks, the largest first, as InstaGAN orders the masks of an image."""
    by_size = sorted(newcomers, key=lambda index: -found.masks[index].area)
    return [
        Track(
            track_id=first_id + place,
            label=found.labels[index],
            mask=found.masks[index],
            score=found.scores[index],
            seen_area=found.masks[index].area,
            seen_box=found.masks[index].window,
            facing=Facing.at_first(
                found.masks[index].window, found.masks[index].area, pan=pan or 0.0
            ),
            tracker_id=int(names[index]),
        )
        for place, index in enumerate(by_size)
    ]


def _credible(
    absent: Sequence[Track], seen: Sequence[Track], max_missed_frames: int
) -> list[Track]:
    """Return the unseen tracks that are worth showing: not too old, out of frame, or covered."""
    kept: list[Track] = []
    for track in absent:
        area = track.mask.area
        if track.missed > max_missed_frames or area <= _LEFT_OVER * track.seen_area:
            continue
        if covered_share(track.mask, [other.mask for other in [*seen, *kept]]) < _COVERED:
            kept.append(track)
    return kept


def _without(tracks: Iterable[Track], others: Iterable[Track]) -> list[Track]:
    """Return the tracks whose ids are not among the others'."""
    ids = {track.track_id for track in others}
    return [track for track in tracks if track.track_id not in ids]
