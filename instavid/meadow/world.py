"""What there is in a scene and how it moves; pure numbers, nothing is drawn here."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, exp, log, pi, sin
from typing import Literal

import numpy as np

from instavid.errors import UsageError
from instavid.meadow.camera import FOCAL, Camera, Swing

Kind = Literal["sheep", "giraffe"]
KINDS: tuple[Kind, ...] = ("sheep", "giraffe")

_NEAREST_M, _FARTHEST_M = 3.9, 8.8
_HEIGHTS_M: dict[Kind, tuple[float, float]] = {"sheep": (0.85, 1.10), "giraffe": (2.15, 2.60)}
_SPEEDS_MPS: dict[Kind, tuple[float, float]] = {"sheep": (0.35, 0.75), "giraffe": (0.45, 0.9)}
_BODY_M = 1.0
"""Half the length of the longest animal, with some air."""


@dataclass(frozen=True)
class Animal:
    """One animal and the way that it goes: to one side, slower and faster, nearer and farther."""

    kind: Kind
    identity: int
    """Counts from 1 within a scene."""
    seed: int
    """What it looks like."""
    height_m: float
    facing: int
    """1 to the right, -1 to the left."""
    start_m: float
    """Where it is at time 0, along its lap."""
    speed_mps: float
    pace: Swing
    """Share of the speed by which it goes faster and slower, 0 to 1."""
    depth_m: float
    """Distance from the camera's place, on average."""
    approach: Swing
    """Logarithm of the share by which that distance changes."""
    lap_m: float
    """After so much it comes again from the other side; wider than what the camera can see."""

    def travelled_m(self, seconds: float) -> float:
        """Return how far it has walked since time 0."""
        turn = 2 * pi / self.pace.period_s
        swung = cos(self.pace.phase) - cos(turn * seconds + self.pace.phase)
        return self.speed_mps * (seconds + self.pace.amount * swung / turn)

    def vigour(self, seconds: float) -> float:
        """Return its speed as a share of its mean speed, 0 to 2."""
        return 1 + self.pace.at(seconds)

    def x_m(self, seconds: float) -> float:
        """Return where it is, metres to the right."""
        along = self.start_m + self.travelled_m(seconds)
        return self.facing * ((along % self.lap_m) - self.lap_m / 2)

    def z_m(self, seconds: float) -> float:
        """Return how far away it is, metres."""
        return self.depth_m * exp(self.approach.at(seconds))


@dataclass(frozen=True)
class Light:
    """Slow changes of the light."""

    gain: Swing
    warmth: Swing
    mean_gain: float

    def rgb(self, seconds: float) -> tuple[float, float, float]:
        """Return what red, green and blue are multiplied by."""
        gain, warmth = self.mean_gain + self.gain.at(seconds), self.warmth.at(seconds)
        return gain * (1 + warmth), gain, gain * (1 - warmth)


@dataclass(frozen=True)
class Scene:
    """A meadow; the same scene at the same time and size is always the same picture."""

    seed: int
    animals: tuple[Animal, ...]
    camera: Camera
    light: Light
    landscape: int
    """Which grass, hills and sky; few, because they take a moment to draw."""

    def without(self, identity: int) -> "Scene":
        """Return the scene as it is when one animal is not there."""
        rest = tuple(animal for animal in self.animals if animal.identity != identity)
        return Scene(self.seed, rest, self.camera, self.light, self.landscape)


def sample_scene(
    seed: int,
    *,
    kinds: Sequence[Kind] = ("sheep",),
    count: int | None = None,
    aspect: float = 16 / 9,
) -> Scene:
    """Make up a scene.

    Args:
        seed: The same seed and settings give the same scene.
        kinds: Kinds of animals to draw from.
        count: How many animals; by default 2 to 6.
        aspect: Width over height of the widest frame to be rendered: outside of it animals go
            back to the side that they came from.

    Raises:
        UsageError: For an unknown kind, no kind at all or a negative count.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown or not kinds:
        raise UsageError(f"kinds must be some of {', '.join(KINDS)}, got {list(kinds)}")
    if count is not None and count < 0:
        raise UsageError(f"count must not be negative, got {count}")
    rng = np.random.default_rng([seed, 0])
    count = int(rng.integers(2, 7)) if count is None else count
    camera = _camera(rng)
    reach = 0.5 * aspect / FOCAL + camera.pan.amount
    lanes = (rng.permutation(count) + rng.uniform(0.35, 0.65, count)) / max(1, count)
    animals = tuple(
        _animal(rng, kinds[int(rng.integers(len(kinds)))], i + 1, lanes=(float(lane), count), camera=camera, reach=reach)
        for i, lane in enumerate(lanes)
    )
    return Scene(seed, animals, camera, _light(rng), int(rng.integers(6)))


def _swing(rng: np.random.Generator, amount: tuple[float, float], period_s: tuple[float, float]) -> Swing:
    return Swing(rng.uniform(*amount), rng.uniform(*period_s), rng.uniform(0, 2 * pi))


def _camera(rng: np.random.Generator) -> Camera:
    return Camera(
        truck_m=_swing(rng, (0.2, 0.9), (14, 26)),
        dolly_m=_swing(rng, (0.0, 0.3), (11, 23)),
        pan=_swing(rng, (0.02, 0.16), (13, 29)),
        horizon=rng.uniform(0.30, 0.40),
    )


def _light(rng: np.random.Generator) -> Light:
    return Light(
        gain=_swing(rng, (0.03, 0.12), (7, 19)),
        warmth=_swing(rng, (0.0, 0.05), (9, 31)),
        mean_gain=rng.uniform(0.90, 1.05),
    )


def _animal(
    rng: np.random.Generator,
    kind: Kind,
    identity: int,
    *,
    lanes: tuple[float, int],
    camera: Camera,
    reach: float,
) -> Animal:
    lane, count = lanes
    span = log(_FARTHEST_M / _NEAREST_M)
    depth_m = _NEAREST_M * exp(span * lane)
    # Lanes never meet: bodies would pass through each other. Two neighbours keep 0.3 of a lane.
    approach = _swing(rng, (0.0, min(0.22, 0.17 * span / max(1, count))), (9, 21))
    seen_m = reach * (depth_m * exp(approach.amount) + camera.dolly_m.amount)
    lap_m = 2 * (seen_m + camera.truck_m.amount + _BODY_M)
    return Animal(
        kind=kind,
        identity=identity,
        seed=int(rng.integers(2**31)),
        height_m=rng.uniform(*_HEIGHTS_M[kind]),
        facing=int(rng.choice([-1, 1])),
        # Started where it is seen: an empty meadow teaches nobody.
        start_m=lap_m * rng.uniform(0.2, 0.7),
        speed_mps=rng.uniform(*_SPEEDS_MPS[kind]),
        pace=_swing(rng, (0.2, 0.97), (6, 14)),
        depth_m=depth_m,
        approach=approach,
        lap_m=lap_m,
    )
