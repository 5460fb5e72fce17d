"""The set generator as one straight line of operations, which exporters can follow."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from instagan.models.generators import SetGenerator
from instagan.models.layers import STRIDE


class StraightGenerator(nn.Module):
    """Computes what a `SetGenerator` does, without a branch on values or sizes.

    That one picks the valid slots out and skips what is empty, which no exported graph can. Here
    every slot is computed and those that are not valid are taken out of the sum: the same values
    up to rounding, at the cost of the slots that do not count.
    """

    def __init__(self, generator: SetGenerator) -> None:
        super().__init__()
        self.encoder_img = generator.encoder_img
        self.encoder_seg = generator.encoder_seg
        self.decoder_img = generator.decoder_img
        self.decoder_seg = generator.decoder_seg

    def forward(self, image: Tensor, masks: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Translate a batch.

        Args:
            image: (B, 3, H, W) float in [-1, 1], sides of 5 or more.
            masks: (B, N, H, W) float in [-1, 1], N at least 1.
            valid: (B, N) bool, on the device of the others.

        Returns:
            image (B, 3, H, W) and masks (B, N, H, W) in [-1, 1]; slots that are not valid come
            back unchanged.
        """
        batch, slots, height, width = masks.shape
        image_code = self.encoder_img(_pad(image))
        mask_codes = self.encoder_seg(_pad(masks.reshape(batch * slots, 1, height, width)))
        channels, h, w = mask_codes.shape[1:]
        mask_codes = mask_codes.reshape(batch, slots, channels, h, w)
        total = mask_codes.masked_fill(~valid[:, :, None, None, None], 0.0).sum(1)
        scene = torch.cat([image_code, total], 1)
        beside = scene[:, None].expand(batch, slots, scene.shape[1], h, w)
        codes = torch.cat([mask_codes, beside], 2).flatten(0, 1)  # (B * N, C, h, w)
        new_image = _cut(self.decoder_img(scene), height, width)
        drawn = _cut(self.decoder_seg(codes), height, width).reshape(batch, slots, height, width)
        return new_image, torch.where(valid[:, :, None, None], drawn, masks)


def _pad(x: Tensor) -> Tensor:
    """Do as `pad_to_stride`, by nothing where nothing is missing: a graph cannot ask."""
    height, width = x.shape[-2:]
    return F.pad(x, (0, -width % STRIDE, 0, -height % STRIDE), mode="reflect")


def _cut(x: Tensor, height: int, width: int) -> Tensor:
    # A slice could be shorter than asked for, and its size would get a name of its own.
    return x.narrow(2, 0, height).narrow(3, 0, width)
