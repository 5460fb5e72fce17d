"""Landscapes: the drawings of one surrounding, and where its props stand."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from instavid.meadow import greenery, scenery
from instavid.meadow.canvas import Colour
from instavid.meadow.sprites import Sprite
from instavid.types import ByteArray

GRASS_SIDE_M = 6.4
"""Side of the square of grass that is repeated."""
MOTTLE_SIDE_M = 41.0

_FLOWERS: tuple[Colour | None, ...] = (
    None, None, None, (0.96, 0.95, 0.92), (0.95, 0.80, 0.20), (0.80, 0.55, 0.85), (0.85, 0.25, 0.2),
)  # fmt: skip


@dataclass(frozen=True)
class Prop:
    """Something that stands still."""

    sprite: Sprite
    x_m: float
    z_m: float
    size: float
    """Factor on the size it was drawn in; negative mirrors it."""
    wraps: bool = False


@dataclass(frozen=True)
class Landscape:
    """Everything but the animals."""

    sky: Sprite
    grass: tuple[ByteArray, ...]
    mottle: tuple[ByteArray, ...]
    props: tuple[Prop, ...]
    """Far to near."""
    shadow: Sprite


@lru_cache(maxsize=6)
def landscape(number: int) -> Landscape:
    """Draw a landscape; the same number is the same drawing."""
    rng = np.random.default_rng([number, 3])
    far, near = scenery.hills(rng, haze=0.62, steep_m=9), scenery.hills(rng, haze=0.34, steep_m=7)
    props = [
        Prop(far, rng.uniform(0, 256), 150.0, 1.0, wraps=True),
        Prop(near, rng.uniform(0, 256), 80.0, 0.62, wraps=True),
        *_trees(rng),
        *_tufts(rng),
    ]
    if rng.random() < 0.7:
        props.append(Prop(scenery.fence(rng), 0.0, rng.uniform(12.5, 16), 1.0, wraps=True))
    return Landscape(
        sky=scenery.sky(rng),
        grass=greenery.grass(rng, side_px=1024),
        mottle=greenery.mottle(rng, side_px=256),
        props=tuple(sorted(props, key=lambda prop: -prop.z_m)),
        shadow=scenery.shadow(),
    )


def _trees(rng: np.random.Generator) -> list[Prop]:
    drawn = [scenery.tree(rng) for _ in range(3)]
    depths = rng.uniform(19, 55, 9)
    return [
        Prop(
            drawn[i % 3], z * rng.uniform(-0.9, 0.9), z, rng.uniform(0.6, 1.0) * rng.choice([-1, 1])
        )
        for i, z in enumerate(depths)
    ]


def _tufts(rng: np.random.Generator) -> list[Prop]:
    drawn = [greenery.tuft(rng, flower=flower) for flower in _FLOWERS]
    depths = np.exp(rng.uniform(np.log(3.0), np.log(10.0), 44))
    return [
        Prop(drawn[i % len(drawn)], z * rng.uniform(-1.0, 1.0), z, rng.uniform(0.7, 1.3))
        for i, z in enumerate(depths)
    ]
