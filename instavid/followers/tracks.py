"""The memory of a follower: objects with their identities."""

from dataclasses import dataclass, replace

from instagan.windows import Window
from instavid.core.masks import share_out
from instavid.followers.facings import Facing
from instavid.types import Instances, Mask, TrackedInstance

UNNAMED = -1

_DECAY_PER_FRAME = 0.85
_SHOWN = 0.2  # who keeps less than this after sharing out is hidden, but lives on


@dataclass(frozen=True)
class Track:
    """One object, from its birth on."""

    track_id: int
    label: str
    mask: Mask
    """Where it is, seen or carried; empty once retired."""
    score: float
    """Of the last detection, 0 to 1."""
    seen_area: int
    """Size of the mask when it was last seen, px."""
    seen_box: Window
    """Its box then, px of the frame."""
    facing: Facing
    """Which way it goes."""
    tracker_id: int = UNNAMED
    """The last name that the box tracker gave it."""
    missed: int = 0
    """Frames since it was last seen."""

    def seen_as(
        self, found: Instances, index: int, tracker_id: int, *, pan: float | None
    ) -> "Track":
        """Return the track after it was seen as one of the instances found."""
        mask = found.masks[index]
        return replace(
            self,
            mask=mask,
            score=found.scores[index],
            seen_area=mask.area,
            seen_box=mask.window,
            facing=self.facing
            if pan is None
            else self.facing.seen(mask.window, mask.area, pan=pan),
            tracker_id=self.tracker_id if tracker_id == UNNAMED else tracker_id,
            missed=0,
        )


@dataclass(frozen=True)
class Memory:
    """All that a follower knows of the frames before, about objects."""

    next_id: int = 1
    live: tuple[Track, ...] = ()
    """In ascending id."""
    retired: tuple[Track, ...] = ()
    """Kept for a while, as one may come back."""

    @property
    def anyone(self) -> bool:
        """Return whether anything is remembered, seen or not."""
        return bool(self.live or self.retired)

    def forget(self) -> "Memory":
        """Return the memory at a scene cut: ids go on counting, all else is gone."""
        return Memory(next_id=self.next_id)

    def instances(self) -> tuple[TrackedInstance, ...]:
        """Return what is to be seen, in slot order; no pixel belongs to two."""
        own = share_out(
            [track.mask for track in self.live],
            yielding=[track.missed > 0 for track in self.live],
        )
        return tuple(
            TrackedInstance(
                track_id=track.track_id,
                mask=mask,
                label=track.label,
                score=track.score * _DECAY_PER_FRAME**track.missed,
                carried=track.missed > 0,
                facing=track.facing.side,
            )
            for track, mask in zip(self.live, own, strict=True)
            if mask.area >= _SHOWN * track.mask.area
        )
