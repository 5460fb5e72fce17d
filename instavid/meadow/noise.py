"""Random textures: soft noise and cells, both without seams where they are to be tiled."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from instavid.meadow.geometry import FloatArray


def soft_noise(
    rng: np.random.Generator, shape: tuple[int, int], *, cell_px: float, octaves: int = 3
) -> FloatArray:
    """Return tileable noise, (height, width) float32 of mean 0 and deviation 1.

    Args:
        rng: Where it is drawn from.
        shape: (height, width), px.
        cell_px: Size of the largest features.
        octaves: How often features of half the size and half the strength are added.
    """
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        grid = [max(2, round(side / cell_px * 2**octave)) for side in shape]
        coarse = np.pad(rng.standard_normal(grid, np.float32), 3, mode="wrap")
        total += _enlarge(coarse, shape, margin=3) / 2**octave
    normal: FloatArray = (total - total.mean()) / (total.std() + 1e-6)
    return normal


def _enlarge(padded: FloatArray, shape: tuple[int, int], *, margin: int) -> FloatArray:
    """Stretch the inside of a padded grid to a shape, smoothly across its borders."""
    rows, columns = (side - 2 * margin for side in padded.shape)
    step_y, step_x = rows / shape[0], columns / shape[1]
    matrix = np.array(
        [[step_x, 0, step_x / 2 - 0.5 + margin], [0, step_y, step_y / 2 - 0.5 + margin]]
    )
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    stretched = cv2.warpAffine(padded, matrix, shape[::-1], flags=flags)
    return stretched.astype(np.float32, copy=False)


@dataclass(frozen=True)
class Cells:
    """The plane cut into the neighbourhoods of random points."""

    index: npt.NDArray[np.int32]
    """(height, width), number of the nearest point, from 0."""
    distance: FloatArray
    """(height, width), px to that point."""
    offset: FloatArray
    """(height, width, 2), x and y from that point, px."""
    count: int

    def per_cell(self, values: FloatArray) -> FloatArray:
        """Spread one value per cell, (count, ...), over the picture."""
        spread: FloatArray = values[self.index]
        return spread


def cells(rng: np.random.Generator, shape: tuple[int, int], *, cell_px: float) -> Cells:
    """Return cells about one point per square of `cell_px`, each moved at random in its square."""
    rows, columns = (max(1, round(side / cell_px)) for side in shape)
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    jitter = rng.uniform(0.08, 0.92, (2, rows, columns)).astype(np.float32)
    # Every other row is shifted by half a cell, as bricks and hides are.
    x = (x + 0.5 * (y % 2) + jitter[0]) * shape[1] / columns % shape[1]
    y = (y + jitter[1]) * shape[0] / rows
    return _cells_about(x.ravel(), y.ravel(), shape)


def _cells_about(x: FloatArray, y: FloatArray, shape: tuple[int, int]) -> Cells:
    px = np.clip(x.astype(int), 0, shape[1] - 1)
    py = np.clip(y.astype(int), 0, shape[0] - 1)
    absent = np.full(shape, 255, np.uint8)
    absent[py, px] = 0
    distance, label = cv2.distanceTransformWithLabels(
        absent, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # OpenCV numbers the points from 1 in the order of its scan.
    where = np.zeros((label.max() + 1, 2), np.float32)
    where[label[py, px]] = np.stack([px, py], axis=-1)
    grid = np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), axis=-1)
    offset = grid.astype(np.float32) - where[label]
    return Cells(
        label.astype(np.int32, copy=False),
        distance.astype(np.float32, copy=False),
        offset,
        len(where),
    )


def seam_distance(index: npt.NDArray[np.int32]) -> FloatArray:
    """Return the distance to the nearest border between cells, (height, width), px."""
    inside = np.full(index.shape, 255, np.uint8)
    inside[:, 1:][index[:, 1:] != index[:, :-1]] = 0
    inside[1:][index[1:] != index[:-1]] = 0
    return cv2.distanceTransform(inside, cv2.DIST_L2, 5).astype(np.float32, copy=False)
