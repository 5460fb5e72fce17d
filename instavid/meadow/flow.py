"""Exact optical flow: where what a pixel shows is at another time, and whether it is seen there.

Nothing is estimated: every element is a plane with one map to the screen, so a point moves from one
map to the other. Shadows and light change the colour of a point, not its place.
"""

from dataclasses import dataclass

import numpy as np

from instavid.meadow.geometry import FloatArray, Matrix, apply
from instavid.meadow.render import ElementMap, element_map
from instavid.meadow.stage import set_scene
from instavid.meadow.world import Scene
from instavid.types import BoolArray


@dataclass(frozen=True)
class Flow:
    """How the pixels of one picture move to another."""

    vectors: FloatArray
    """(H, W, 2) float32, px to the right and down."""
    visible: BoolArray
    """(H, W) bool, True where the same surface is still seen at the end of the vector."""


def flow(scene: Scene, start_s: float, end_s: float, *, height: int, width: int) -> Flow:
    """Return the flow from one time to another, earlier or later.

    Args:
        scene: What there is.
        start_s: Time of the picture whose pixels are asked for.
        end_s: Time at which their new places are wanted.
        height: Height of both pictures, px.
        width: Width of both pictures, px.
    """
    size = {"height": height, "width": width}
    before, after = (element_map(scene, t, **size) for t in (start_s, end_s))
    starts, ends = (set_scene(scene, t, **size).maps() for t in (start_s, end_s))
    vectors = np.zeros((height, width, 2), np.float32)
    for element in np.unique(before):
        rows, columns = np.nonzero(before == element)
        middles = np.stack([columns, rows], axis=1) + 0.5
        motion = _motion(starts[int(element)], ends.get(int(element)))
        vectors[rows, columns] = apply(motion, middles) - middles
    return Flow(vectors, _is_seen(before, after, vectors))


def _motion(start: Matrix, end: Matrix | None) -> Matrix:
    """Return the map between two pictures of one surface; where it has gone, away from both."""
    return np.eye(3) if end is None else end @ np.linalg.inv(start)


def _is_seen(before: ElementMap, after: ElementMap, vectors: FloatArray) -> BoolArray:
    height, width = before.shape
    rows, columns = np.indices(before.shape)
    x = np.floor(columns + 0.5 + vectors[..., 0]).astype(np.int64)
    y = np.floor(rows + 0.5 + vectors[..., 1]).astype(np.int64)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    found = after[y.clip(0, height - 1), x.clip(0, width - 1)]
    seen: BoolArray = inside & (found == before)
    return seen
