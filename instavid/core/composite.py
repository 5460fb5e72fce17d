"""Blending painted patches into a frame, in the decoder's own planes.

What is touched is the union of an object's old and new silhouette, grown by the feather; every
other sample leaves as it came.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from instagan.windows import Window
from instavid.core.crops import CropPlan
from instavid.picture import (
    PictureFormat,
    Planes,
    align_window,
    cut_planes,
    plane_window,
    rgb_to_planes,
)
from instavid.types import BoolArray, Crop, Frame, Patch

Alpha = npt.NDArray[np.float32]

OLD_MASK, NEW_MASK, TOUCHED = 128, 64, 32
"""Bits of a matte: inside an old silhouette, inside a new one, changed."""


@dataclass(frozen=True)
class Painted:
    """A crop of one frame and what the translator made of it."""

    plan: CropPlan
    crop: Crop
    patch: Patch


@dataclass(frozen=True)
class Composite:
    """A finished frame and what was done to it."""

    frame: Frame
    matte: npt.NDArray[np.uint8]
    """(H, W) uint8, upright: the bits `OLD_MASK`, `NEW_MASK`, `TOUCHED` of each pixel."""

    @property
    def changed_share(self) -> float:
        """Return the share of pixels that were touched, 0 to 1."""
        return float(np.count_nonzero(self.matte & TOUCHED)) / max(1, self.matte.size)


def composite(frame: Frame, painted: Sequence[Painted], *, feather: int) -> Composite:
    """Blend patches into a frame, in the order given.

    Args:
        frame: The source frame; its planes are not written to.
        painted: Crops with their patches; none leaves the frame as it is.
        feather: Width of the soft edge outside the silhouettes, px; 0 cuts hard.
    """
    height, width = frame.picture.upright_size
    matte = np.zeros((height, width), np.uint8)
    if not painted:
        return Composite(frame, matte)
    planes = tuple(plane.copy() for plane in frame.planes)
    silhouettes = [_silhouettes(piece) for piece in painted]
    claimed = np.zeros((height, width), bool)
    for piece, both in zip(painted, silhouettes, strict=True):
        claimed[piece.plan.window.slices] |= np.logical_or(*both)
    for piece, (old, new) in zip(painted, silhouettes, strict=True):
        window = piece.plan.window
        own = np.logical_or(old, new)
        alpha = soft_alpha(own, feather=feather)
        alpha *= inner_ramp(window, feather=feather, frame_width=width, frame_height=height)
        # Nothing of the old object may shine through, however near it is to the crop's side.
        alpha[old] = 1
        # Around a neighbour the crop shows what the neighbour was before it was painted.
        alpha[~own & claimed[window.slices]] = 0
        blend(planes, frame.picture, piece.patch.rgb, alpha, window)
        for bit, region in ((OLD_MASK, old), (NEW_MASK, new), (TOUCHED, alpha > 0)):
            matte[window.slices] |= np.where(region, np.uint8(bit), np.uint8(0))
    return Composite(replace(frame, planes=planes, origin=None), matte)


def _silhouettes(piece: Painted) -> tuple[BoolArray, BoolArray]:
    """Return the union of the old masks and that of the new ones, (h, w) bool each."""
    old: BoolArray = np.logical_or.reduce(piece.crop.masks)
    new: BoolArray = np.logical_or.reduce(piece.patch.masks)
    return old, new


def soft_alpha(region: BoolArray, *, feather: int) -> Alpha:
    """Return 1 inside a region and 0 farther than `feather` pixels from it; (h, w) float32.

    >>> soft_alpha(np.array([[True, False, False, False]]), feather=1).tolist()
    [[1.0, 0.5, 0.0, 0.0]]
    """
    if not region.any():
        return np.zeros(region.shape, np.float32)
    distance = cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.where(distance <= feather, 1 - distance / (feather + 1), 0).astype(np.float32)


def inner_ramp(window: Window, *, feather: int, frame_width: int, frame_height: int) -> Alpha:
    """Return a factor that falls to the window's sides, except where they are the frame's own.

    A new silhouette may run into the side of its crop; this keeps that from being a hard line.
    """

    def ramp(length: int, low_is_open: bool, high_is_open: bool) -> Alpha:
        position = np.minimum(np.arange(1, length + 1, dtype=np.float32) / (feather + 1), 1)
        factor = np.ones(length, np.float32)
        if low_is_open:
            factor *= position
        if high_is_open:
            factor *= position[::-1]
        return factor

    across = ramp(window.width, window.left > 0, window.right < frame_width)
    down = ramp(window.height, window.top > 0, window.bottom < frame_height)
    factor: Alpha = np.minimum(down[:, None], across[None, :])
    return factor


def blend(
    planes: Planes,
    picture: PictureFormat,
    rgb: npt.NDArray[np.uint8],
    alpha: Alpha,
    window: Window,
) -> None:
    """Blend an upright patch into planes, in place.

    Args:
        planes: Writable planes as coded.
        picture: How they are to be read.
        rgb: (h, w, 3) uint8, upright.
        alpha: (h, w) float32, 0 leaves the source, 1 takes the patch.
        window: Where the patch lies, upright.
    """
    coded = picture.orientation.coded_window(window, picture.width, picture.height)
    aligned = align_window(coded, picture)
    inner = coded.relative_to(aligned)
    border = (
        (inner.top, aligned.height - inner.bottom),
        (inner.left, aligned.width - inner.right),
    )
    coded_alpha = np.pad(picture.orientation.coded(alpha), border)
    coded_rgb = np.pad(picture.orientation.coded(rgb), (*border, (0, 0)), mode="edge")
    painted = rgb_to_planes(coded_rgb, picture)
    # An alpha plane is no picture: transparency stays as it was.
    opaque = len(planes) if len(planes) != 4 else 3
    for plane, new, shape in zip(
        cut_planes(planes, picture, aligned)[:opaque], painted, picture.plane_shapes, strict=False
    ):
        steps = (1, 1) if shape == picture.plane_shapes[0] else picture.chroma_steps
        weight = plane_alpha(coded_alpha, plane_window(aligned, shape, picture), steps)
        mixed = plane + (new.astype(np.float32) - plane) * weight
        np.copyto(plane, np.rint(mixed).astype(plane.dtype), where=weight > 0)


def plane_alpha(alpha: Alpha, plane: Window, steps: tuple[int, int]) -> Alpha:
    """Return the weight of each sample of a plane: the mean over the luma samples it covers.

    Args:
        alpha: (h, w) float32 over an aligned window.
        plane: That window in the coordinates of the plane.
        steps: Luma samples per sample of the plane, (down, across).
    """
    down, across = steps
    if steps == (1, 1):
        return alpha
    # At an odd frame edge the last chroma sample covers fewer luma samples: repeat the edge.
    extra = (plane.height * down - alpha.shape[0], plane.width * across - alpha.shape[1])
    full = np.pad(alpha, ((0, extra[0]), (0, extra[1])), mode="edge")
    blocks = full.reshape(plane.height, down, plane.width, across)
    weights: Alpha = blocks.mean(axis=(1, 3), dtype=np.float32)
    return weights
