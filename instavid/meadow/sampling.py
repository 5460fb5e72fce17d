"""Makes up scenes."""

from collections.abc import Sequence
from math import exp, log, pi

import numpy as np

from instavid.errors import UsageError
from instavid.meadow.camera import FOCAL, Camera, Swing
from instavid.meadow.world import KINDS, Animal, Kind, Light, Scene

_NEAREST_M, _FARTHEST_M = 3.9, 8.8
_HEIGHTS_M: dict[Kind, tuple[float, float]] = {"sheep": (0.85, 1.10), "giraffe": (2.15, 2.60)}
_SPEEDS_MPS: dict[Kind, tuple[float, float]] = {"sheep": (0.35, 0.75), "giraffe": (0.45, 0.9)}
_BODY_M = 1.0
"""Half the length of the longest animal, with some air."""


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
        count: How many animals; by default 3 to 6.
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
    count = int(rng.integers(3, 7)) if count is None else count
    camera = _camera(rng)
    reach = 0.5 * aspect / FOCAL + camera.pan.amount
    lanes = (rng.permutation(count) + rng.uniform(0.35, 0.65, count)) / max(1, count)
    animals = tuple(
        _animal(
            rng,
            kinds[int(rng.integers(len(kinds)))],
            i + 1,
            lanes=(float(lane), count),
            camera=camera,
            reach=reach,
        )
        for i, lane in enumerate(lanes)
    )
    return Scene(seed, animals, camera, _light(rng), int(rng.integers(6)))


def _swing(
    rng: np.random.Generator, amount: tuple[float, float], period_s: tuple[float, float]
) -> Swing:
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
        start_m=lap_m * rng.uniform(0.2, 0.6),
        speed_mps=rng.uniform(*_SPEEDS_MPS[kind]),
        pace=_swing(rng, (0.2, 0.97), (6, 14)),
        depth_m=depth_m,
        approach=approach,
        lap_m=lap_m,
    )
