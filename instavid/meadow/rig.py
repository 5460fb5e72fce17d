"""Rigs: parts that hang on each other by joints, and where a pose puts them."""

from collections.abc import Mapping
from dataclasses import dataclass

from instavid.meadow.geometry import Matrix, rotation, translation
from instavid.meadow.sprites import Sprite


@dataclass(frozen=True)
class Part:
    """One rigid piece of an animal, drawn in its own coordinates with its joint at (0, 0)."""

    name: str
    sprite: Sprite
    joint: tuple[float, float] = (0.0, 0.0)
    """Where it hangs on its parent, in the parent's coordinates."""
    parent: str = ""
    """Empty: the ground under the middle of the animal."""


@dataclass(frozen=True)
class Rig:
    """An animal that faces right, one unit tall or so, its feet at y = 0."""

    parts: tuple[Part, ...]
    """In the order of painting, far to near; a parent may come after its children."""
    stride: float
    """How far it goes in one cycle of its legs, units."""
    girth: tuple[float, float]
    """Half length of the shadow that its body casts, and x of its middle, units."""


@dataclass(frozen=True)
class Pose:
    """How the joints of a rig stand."""

    angles: Mapping[str, float]
    """Name of a part to radians, anticlockwise (forward and up for what hangs in front)."""
    lift: float = 0.0
    """Height of the trunk above its rest, units."""


def place_parts(rig: Rig, pose: Pose) -> tuple[Matrix, ...]:
    """Return the map from each part's surface to the animal's coordinates, in painting order."""
    by_name = {part.name: part for part in rig.parts}

    def place(part: Part) -> Matrix:
        start = place(by_name[part.parent]) if part.parent else translation(0.0, pose.lift)
        angle = pose.angles.get(part.name, 0.0)
        placed: Matrix = start @ translation(*part.joint) @ rotation(angle)
        return placed

    return tuple(place(part) for part in rig.parts)
