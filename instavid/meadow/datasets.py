"""Plans the pictures of a data set: which scenes, at which moments; and writes image files."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from instavid.errors import OutputError, OutputExistsError, UsageError
from instavid.meadow.render import Rendered, render
from instavid.meadow.sampling import sample_scene
from instavid.meadow.world import Kind, Scene
from instavid.types import ByteArray

OnPicture = Callable[[int, int], None]
"""Called after each picture with the number done and the number in all."""

_SEEDS_PER_SET, _SEEDS_PER_PART = 1_000_000, 100_000
_MOST_ANIMALS = 8
_APART_S = 5.0
"""Between two moments of a scene: an animal walks about two metres in it."""
_JPEG_QUALITY = 95


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


def claim_folder(folder: Path, *, overwrite: bool) -> None:
    """Make a folder; one that has something in it is taken only when that was asked for.

    Raises:
        OutputExistsError: It is not empty.
        OutputError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        raise OutputError(f"cannot write into the folder {folder} ({error.strerror})") from error
    if taken and not overwrite:
        raise OutputExistsError(f"{folder} is not empty: add -y to write into it")


def write_image(path: Path, pixels: ByteArray) -> None:
    """Write (H, W, 3) uint8 RGB or (H, W) uint8 gray in the format that the suffix names.

    Raises:
        OutputError: The file cannot be written.
    """
    stored = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    settings = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if path.suffix == ".jpg" else []
    _, encoded = cv2.imencode(path.suffix, stored, settings)
    write_bytes(path, encoded.tobytes())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file of a data set, making its folder.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise OutputError(f"cannot write {path} ({error.strerror})") from error
