"""Generators: a picture with its set of masks to another (InstaGAN), a picture alone (CycleGAN)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from instagan.masks import (
    Slots,
    find_valid,
    find_valid_or_first,
    locate,
    merged,
    share_out,
)
from instagan.models.layers import (
    apply_one_by_one,
    apply_rows,
    decoder_layers,
    encoder_layers,
    pad_to_stride,
)
from instagan.types import SetOutput, check_shapes


class SetGenerator(nn.Module):
    """Translate a picture and any number of instance masks together (paper eq. 1).

    With f the encoders, g the decoders and S = sum of f_seg(a_i) over the valid masks:

        image:   g_img([f_img(x); S])                    whatever the order of the masks
        mask n:  g_seg([f_seg(a_n); f_img(x); S])        follows the order of the masks

    Every sample stands alone, and slots that are not valid neither count nor cost.
    """

    def __init__(
        self,
        *,
        base_width: int = 64,
        blocks: int = 9,
        mask_width: int | None = None,
        resize: bool = False,
    ) -> None:
        super().__init__()
        # Training may trade the bits of row by row for speed; see training/compiling.py.
        self.apply_stack: Callable[[nn.Module, Tensor], Tensor] = apply_rows
        mask_width = base_width if mask_width is None else mask_width
        scene_width = base_width + mask_width
        self.encoder_img = nn.Sequential(*encoder_layers(3, base_width=base_width, blocks=blocks))
        self.encoder_seg = nn.Sequential(*encoder_layers(1, base_width=mask_width, blocks=blocks))
        self.decoder_img = nn.Sequential(*decoder_layers(3, base_width=scene_width, resize=resize))
        self.decoder_seg = nn.Sequential(
            *decoder_layers(1, base_width=scene_width + mask_width, resize=resize)
        )
        self.mask_code_channels = 4 * mask_width

    def forward(
        self,
        image: Tensor,
        masks: Tensor,
        valid: Tensor | None = None,
        *,
        need_masks: bool = True,
    ) -> SetOutput:
        """Translate a batch.

        Args:
            image: (B, 3, H, W) float in [-1, 1], sides of 5 or more. Sides that are no
                multiple of 4 are mirrored up to one, and the results are cut back.
            masks: (B, N, H, W) float in [-1, 1], -1 outside, +1 inside; N may be 0.
            valid: (B, N) bool, the slots that hold an instance, on any device (on the CPU
                it saves a wait for the GPU). None: those with a pixel above -1, or the
                first of a sample that has none, which is what the authors' code does
                (and worth little: a blank mask is encoded to amplified rounding).
            need_masks: False leaves out the mask decoder; the masks come back as given.

        Returns:
            image (B, 3, H, W) and masks (B, N, H, W) in [-1, 1]; slots that are not valid
            come back unchanged.
        """
        check_shapes(image, masks, valid)
        slots = locate(find_valid_or_first(masks) if valid is None else valid, device=masks.device)
        mask_codes = self._encode_masks(masks, slots)
        scene = self._encode_scene(image, mask_codes, slots)
        height, width = image.shape[-2:]
        new_image = self.apply_stack(self.decoder_img, scene)[..., :height, :width]
        if not need_masks or not len(slots):
            return SetOutput(new_image, masks)
        drawn = self.apply_stack(self.decoder_seg, torch.cat([mask_codes, scene[slots.owner]], 1))
        drawn = drawn[:, 0, :height, :width].to(masks.dtype)
        return SetOutput(new_image, masks.index_put((slots.owner, slots.slot), drawn))

    def _encode_masks(self, masks: Tensor, slots: Slots) -> Tensor:
        """Return the codes (M, C, h, w) of the valid masks of all samples."""
        chosen = masks[slots.owner, slots.slot].unsqueeze(1)
        return self.apply_stack(self.encoder_seg, pad_to_stride(chosen)) if len(slots) else chosen

    def _encode_scene(self, image: Tensor, mask_codes: Tensor, slots: Slots) -> Tensor:
        """Return [f_img(x); S] as (B, 4 * (base_width + mask_width), h, w)."""
        image_code = self.apply_stack(self.encoder_img, pad_to_stride(image))
        batch, _, height, width = image_code.shape
        total = image_code.new_zeros(batch, self.mask_code_channels, height, width)
        if len(slots):
            total = total.index_add(0, slots.owner, mask_codes)
        return torch.cat([image_code, total], 1)


class ResnetGenerator(nn.Module):
    """Translate a picture alone: CycleGAN's generator, of the same parts."""

    channels = 3

    def __init__(self, *, base_width: int = 64, blocks: int = 9, resize: bool = False) -> None:
        super().__init__()
        self.apply_stack: Callable[[nn.Module, Tensor], Tensor] = apply_rows
        self.model = nn.Sequential(
            *encoder_layers(self.channels, base_width=base_width, blocks=blocks),
            *decoder_layers(self.channels, base_width=base_width, resize=resize),
        )

    def forward(
        self,
        image: Tensor,
        masks: Tensor,
        valid: Tensor | None = None,
        *,
        need_masks: bool = True,
    ) -> SetOutput:
        """Translate a batch, arguments as for `SetGenerator`; the masks come back as given."""
        check_shapes(image, masks, valid)
        return SetOutput(self.translate(image), masks)

    def translate(self, x: Tensor) -> Tensor:
        """Map (B, channels, H, W) in [-1, 1] to the same; sides as for `SetGenerator`."""
        height, width = x.shape[-2:]
        return self.apply_stack(self.model, pad_to_stride(x))[..., :height, :width]


class ResnetSegGenerator(ResnetGenerator):
    """Translate a picture with one mask of all its instances: "CycleGAN+Seg" of the paper.

    The paper does not say how the masks enter; here their union is a fourth channel, in and out.
    """

    channels = 4

    def forward(
        self,
        image: Tensor,
        masks: Tensor,
        valid: Tensor | None = None,
        *,
        need_masks: bool = True,
    ) -> SetOutput:
        """Translate a batch, arguments as for `SetGenerator`.

        Where there are several instances, each pixel of the new mask goes to the instance whose
        old middle is nearest.
        """
        check_shapes(image, masks, valid)
        known = find_valid(masks) if valid is None else valid.to(masks.device)
        whole = self.translate(torch.cat([image, merged(masks, known)], 1))
        union = whole[:, 3:]
        return SetOutput(whole[:, :3], share_out(union, masks, known) if need_masks else masks)


@contextmanager
def one_by_one(generator: object) -> Iterator[None]:
    """Let a generator take its pictures and masks one after the other for the block.

    Needs memory for the layers of one of them only. What is none of ours stays as it is.
    """
    if not isinstance(generator, SetGenerator | ResnetGenerator):
        yield
        return
    before, generator.apply_stack = generator.apply_stack, apply_one_by_one
    try:
        yield
    finally:
        generator.apply_stack = before
