"""Plans the pictures of a rendered data set: which scenes, at which moments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from instavid.errors import UsageError
from instavid.meadow.render import Rendered, render
from instavid.meadow.sampling import sample_scene
from instavid.meadow.world import Kind, Scene

_SEEDS_PER_SET, _SEEDS_PER_PART = 1_000_000, 100_000
_MOST_ANIMALS = 8
_APART_S = 5.0
"""Between two moments of a scene: an animal walks about two metres in it."""


@dataclass(frozen=True)
class PictureSize:
    """Of every picture of a data set, px."""

    height: int = 360
    width: int = 640

    def __post_init__(self) -> None:
        if min(self.height, self.width) < 32:
            raise UsageError(f"pictures must be 32 px or more, got {self.height}x{self.width}")


@dataclass(frozen=True)
class Shot:
    """One picture of a data set, not rendered yet."""

    scene: Scene
    seconds: float

    def render(self, size: PictureSize) -> Rendered:
        """Return the picture and the truth."""
        return render(self.scene, self.seconds, height=size.height, width=size.width)


def scene_seed(seed: int, part: int, index: int) -> int:
    """Return the seed of one scene; no two of (seed, part, index) share one.

    Seeds of a set are at least 1,000,000: scenes of smaller seeds are in no set.

    Raises:
        UsageError: The seed is below 1, or there are too many scenes.

    >>> scene_seed(3, 1, 20)
    3100020
    """
    if seed < 1:
        raise UsageError(f"the seed of a data set must be 1 or more, got {seed}")
    if index >= _SEEDS_PER_PART:
        raise UsageError(f"a part of a data set has at most {_SEEDS_PER_PART} scenes")
    return seed * _SEEDS_PER_SET + part * _SEEDS_PER_PART + index


def plan_shots(
    pictures: int,
    *,
    seed: int,
    part: int,
    herds: Sequence[tuple[Kind, ...]],
    per_scene: int,
    empty_every: int | None = None,
) -> Iterator[Shot]:
    """Yield what to render: 1 to 8 animals, several moments of each scene well apart.

    Args:
        pictures: How many.
        seed: Of the set.
        part: Which part of the set, 0 to 9; parts share no scene.
        herds: The kinds of animals in a scene, taken in turn.
        per_scene: Moments per scene.
        empty_every: One scene in so many has no animal; none when None.
    """
    for index in range(-(-pictures // per_scene)):
        number = scene_seed(seed, part, index)
        rng = np.random.default_rng([number, 1])
        count = int(rng.integers(1, _MOST_ANIMALS + 1))
        if empty_every is not None and index % empty_every == empty_every - 1:
            count = 0
        scene = sample_scene(number, kinds=herds[index % len(herds)], count=count)
        first_s = rng.uniform(0, _APART_S)
        for moment in range(min(per_scene, pictures - index * per_scene)):
            yield Shot(scene, first_s + moment * _APART_S)
