"""Which way objects face: the way they walk, for nothing walks backwards for long."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from instagan.windows import Window
from instavid.types import TrackedFrame

_STEP = 0.2  # of its height, that an object goes before it is believed to go that way
# Who shows less than this share of the most that it showed is partly hidden, and the middle of
# what is seen does not tell where it is; what it showed counts for less every frame. Who shows as
# much more than at first comes out from behind something, or into the picture.
_WHOLE, _FADING = 0.8, 0.99


@dataclass(frozen=True)
class Facing:
    """Which way an object was last seen to go."""

    x: float
    """Where its middle was when that was last certain, px on the ground, see `seen`."""
    area: float
    """What was seen of it then, px."""
    most: float
    """The most that was seen of it, px, fading."""
    side: int = 0
    """-1 to the left, 1 to the right, 0 not known yet."""

    @staticmethod
    def at_first(box: Window, area: int, *, pan: float) -> "Facing":
        """Return what is known after one frame."""
        return Facing(_middle(box) - pan, area, area)

    def seen(self, box: Window, area: int, *, pan: float) -> "Facing":
        """Return what is known after one more frame.

        Args:
            box: Of what is seen, px of the frame.
            area: Of what is seen, px.
            pan: How far the ground has moved to the right in the frame since the clip began, px.
        """
        most = max(area, _FADING * self.most)
        if area < _WHOLE * most:
            return replace(self, most=most)
        x = _middle(box) - pan
        if _WHOLE * area > self.area:
            return replace(self, x=x, area=area, most=most)
        if abs(x - self.x) < _STEP * box.height:
            return replace(self, most=most)
        return Facing(x, area, most, 1 if x > self.x else -1)


def _middle(box: Window) -> float:
    return (box.left + box.right) / 2


def foresee(tracked: Iterable[TrackedFrame], frames: int) -> Iterator[TrackedFrame]:
    """Hold frames back until it is known which way those face that have just appeared.

    Args:
        tracked: Consecutive frames.
        frames: How many to hold back; 0 for live use.
    """
    waiting: deque[TrackedFrame] = deque()
    for latest in tracked:
        waiting.append(latest)
        if len(waiting) > frames:
            yield _facing_as_later(waiting.popleft(), waiting)
    while waiting:
        yield _facing_as_later(waiting.popleft(), waiting)


def _facing_as_later(frame: TrackedFrame, later: Iterable[TrackedFrame]) -> TrackedFrame:
    if all(instance.facing for instance in frame.instances):
        return frame
    known: dict[int, int] = {}
    for other in later:
        for instance in other.instances:
            if instance.facing:
                known.setdefault(instance.track_id, instance.facing)
    return replace(
        frame,
        instances=tuple(
            replace(instance, facing=instance.facing or known.get(instance.track_id, 0))
            for instance in frame.instances
        ),
    )
