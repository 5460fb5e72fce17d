"""How animals hold themselves: walk cycles, nodding heads, swinging tails."""

from dataclasses import dataclass
from math import cos, pi, sin

from instavid.meadow.rig import Pose
from instavid.meadow.world import Animal, Kind

LEGS = ("near_hind", "near_front", "far_hind", "far_front")


@dataclass(frozen=True)
class Gait:
    """What is typical of the walk of a kind."""

    offsets: tuple[float, float, float, float]
    """When each of `LEGS` steps, in cycles."""
    reach: float
    """How far a leg swings to the front and to the back, radians."""
    flex: float
    """How far it bends while it is carried to the front, radians."""
    graze: float
    """How far the neck sinks when the animal all but stands, radians."""
    nod: float
    """How far head and neck go up and down with each step, radians."""


GAITS: dict[Kind, Gait] = {
    # Walking sheep set down hind, fore, other hind, other fore, a quarter of a cycle apart;
    # giraffes move both legs of a side almost together.
    "sheep": Gait((0.0, 0.25, 0.5, 0.75), reach=0.36, flex=0.75, graze=1.15, nod=0.05),
    "giraffe": Gait((0.0, 0.13, 0.5, 0.63), reach=0.30, flex=0.60, graze=0.22, nod=0.045),
}


def cycle(animal: Animal, seconds: float, *, stride: float) -> float:
    """Return how many cycles its legs have gone through; grows with the way, so feet hold."""
    return animal.travelled_m(seconds) / (stride * animal.height_m) + animal.seed % 97 / 97


def pose(animal: Animal, seconds: float, *, stride: float) -> Pose:
    """Return how an animal holds itself at a time.

    Args:
        animal: Who.
        seconds: When.
        stride: Length of a cycle of its rig, units.
    """
    gait, phase = GAITS[animal.kind], cycle(animal, seconds, stride=stride)
    vigour = min(1.0, animal.vigour(seconds) / 0.6)
    swing = 0.3 + 0.7 * vigour
    angles: dict[str, float] = {}
    for leg, offset in zip(LEGS, gait.offsets, strict=True):
        angles |= _leg(gait, leg, phase + offset, swing)
    angles |= _neck(gait, animal, seconds, phase, vigour)
    wag = sin(2 * pi * phase) * 0.25 + sin(2 * pi * seconds / 1.7 + animal.seed % 7) * 0.22
    angles["tail"] = wag - 0.08
    return Pose(angles, lift=0.008 * cos(4 * pi * phase) * swing)


def _leg(gait: Gait, leg: str, phase: float, swing: float) -> dict[str, float]:
    upper = gait.reach * swing * sin(2 * pi * phase)
    carried = max(0.0, cos(2 * pi * phase)) ** 1.5
    bend = -gait.flex * swing * carried
    # A hind leg stands with its hock to the back, a fore leg straight.
    rest = 0.12 if leg.endswith("hind") else 0.0
    return {f"{leg}_upper": upper - rest - bend * 0.3, f"{leg}_lower": bend + 1.8 * rest}


def _neck(
    gait: Gait, animal: Animal, seconds: float, phase: float, vigour: float
) -> dict[str, float]:
    """Return the angles of neck, head and ears; the head stays more level than the neck."""
    sunk = gait.graze * (1 - vigour) ** 1.5
    nod = gait.nod * sin(4 * pi * phase)
    twitch = 0.25 * max(0.0, sin(2 * pi * seconds / 2.3 + animal.seed % 5)) ** 8
    return {
        "neck": nod - sunk,
        "head": -0.6 * nod + 0.25 * sunk,
        "near_ear": twitch,
        "far_ear": -twitch,
    }
