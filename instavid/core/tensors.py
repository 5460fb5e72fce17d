"""Crops to what a generator takes, and what it makes back to patches of uint8 pictures."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from instagan.pixels import masks_at, picture_at, resize, sharpened
from instagan.types import SetBatch, SetOutput
from instavid.core.masks import without_specks
from instavid.types import ByteArray, Crop, Patch


def crops_to_batch(
    crops: Sequence[Crop], *, size: tuple[int, int], device: torch.device
) -> SetBatch:
    """Bring crops to one working size and stack them.

    Args:
        crops: At least one; sizes and numbers of masks may differ.
        size: (height, width) that the generator works at, px.
        device: Where the generator is.

    Returns:
        image (B, 3, *size) and masks (B, N, *size) in [-1, 1], N being the most masks of any
        crop; valid (B, N) is False for slots that a crop lacks or whose mask is too small to be
        seen at this size. `valid` stays on the CPU.
    """
    slots = max(len(crop.masks) for crop in crops)
    image = torch.empty(len(crops), 3, *size, device=device)
    masks = torch.full((len(crops), slots, *size), -1.0, device=device)
    for row, crop in enumerate(crops):
        # Bytes travel to the device, and are resized there.
        image[row] = picture_at(torch.from_numpy(crop.rgb).to(device).permute(2, 0, 1), size)
        inside = masks_at(torch.from_numpy(crop.masks).to(device), size)
        masks[row, : len(crop.masks)] = torch.where(inside, 1.0, -1.0)
    return SetBatch(image, masks, (masks > 0).flatten(2).any(2).cpu())


def output_to_patches(
    output: SetOutput, crops: Sequence[Crop], valid: Tensor, *, sharpen: float = 0.0
) -> list[Patch]:
    """Bring what a generator made back to the size of each crop.

    Args:
        output: Of the batch that `crops_to_batch` made of the same crops.
        crops: The crops; a slot that was not valid keeps its old mask, and a crop without any
            valid slot keeps its picture.
        valid: (B, N) bool.
        sharpen: How much detail to add, see `instagan.pixels.sharpened`.
    """
    images = (sharpened(image.float(), sharpen) for image in output.image)
    return [
        _patch(image, output.masks[row, : len(crop.masks)], crop, valid[row].numpy())
        for row, (image, crop) in enumerate(zip(images, crops, strict=True))
    ]


def _patch(image: Tensor, masks: Tensor, crop: Crop, valid: npt.NDArray[np.bool_]) -> Patch:
    if not valid.any():
        return Patch(crop.rgb, crop.masks)
    size = (crop.rgb.shape[0], crop.rgb.shape[1])
    drawn = (resize(masks[None].float(), size)[0] > 0).cpu().numpy()
    # A generator leaves specks in the sky; each would flicker.
    new = np.stack([without_specks(mask) for mask in drawn])
    known = valid[: len(crop.masks), None, None]
    return Patch(image_to_rgb(image, size), np.where(known, new, crop.masks))


def image_to_rgb(image: Tensor, size: tuple[int, int]) -> ByteArray:
    """Return an image, (3, h, w) in [-1, 1], as a picture, (*size, 3) uint8 RGB."""
    levels = ((resize(image[None], size)[0] + 1) * 127.5).round().clamp(0, 255)
    return levels.to(torch.uint8).permute(1, 2, 0).contiguous().cpu().numpy()
