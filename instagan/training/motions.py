"""What may happen to an object from one frame to the next, drawn at random.

A still picture and the same picture a little later stand in for two frames of a video, and how each
pixel went is known exactly; estimated flow would bring its errors into training.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from instagan.types import SetBatch, SetOutput

# Of a frame's motion within a crop that follows the object, as shares of the picture's side.
_SHIFT, _BEND = 0.04, 0.02
# Degrees in radians, and the change of size.
_TURN, _ZOOM = 0.05, 0.05
# Knots of the smooth field along each side.
_KNOTS = 4
# Light: gain and offset; grain: standard deviation. Pictures are in -1 to 1.
_GAIN, _OFFSET, _GRAIN = 0.1, 0.05, 0.02
# A mask's outline moves by a pixel or two from frame to frame.
_BLUR_PX, _WOBBLE = 5, 0.6


@dataclass(frozen=True)
class Motion:
    """From one frame to the next, for each sample of a batch.

    grid: (B, H, W, 2), where each pixel comes from, x and y in -1 to 1.
    known: (B, 1, H, W) bool, where that is inside the picture.
    gain, offset: (B, 1, 1, 1), of the light.
    grain: (B, 3, H, W), noise.
    wobble: (B, 1, H, W), how far a detector's outline of an object goes out or in; about -1 to 1.
    """

    grid: Tensor
    known: Tensor
    gain: Tensor
    offset: Tensor
    grain: Tensor
    wobble: Tensor

    def move(self, x: Tensor) -> Tensor:
        """Return (B, C, H, W) a frame later."""
        mode = "bicubic" if x.shape[1] else "nearest"
        moved = F.grid_sample(
            x.float(), self.grid, mode=mode, padding_mode="border", align_corners=False
        )
        return moved.clamp(-1, 1)

    def light(self, image: Tensor) -> Tensor:
        """Return (B, 3, H, W) in the next frame's light."""
        return (image * self.gain + self.offset).clamp(-1, 1)

    def next_given(self, given: SetBatch) -> SetBatch:
        """Return what the next frame's decoder and detector would give."""
        image = (self.light(self.move(given.image)) + self.grain).clamp(-1, 1)
        if not given.masks.shape[1]:
            return SetBatch(image, given.masks, given.valid)
        soft = F.avg_pool2d(
            self.move(given.masks), _BLUR_PX, 1, _BLUR_PX // 2, count_include_pad=False
        )
        masks = torch.where(soft + _WOBBLE * self.wobble > 0, 1.0, -1.0)
        # One that would vanish stays: a generator is never asked about nothing.
        gone = ~(masks > 0).flatten(2).any(2)[:, :, None, None]
        masks = torch.where(gone, given.masks, masks)
        empty = ~given.valid.to(masks.device)[:, :, None, None]
        return SetBatch(image, torch.where(empty, given.masks, masks), given.valid)

    def next_made(self, made: SetOutput) -> SetOutput:
        """Return what a steady generator makes of the next frame."""
        masks = self.move(made.masks) if made.masks.shape[1] else made.masks
        return SetOutput(self.light(self.move(made.image)), masks)


def draw_motion(like: Tensor, *, rng: torch.Generator) -> Motion:
    """Draw a motion for each sample: shift, turn, zoom, a smooth bend, light, grain, outlines.

    Args:
        like: (B, 3, H, W) of the wanted size, on the wanted device.
        rng: a CPU generator.
    """
    count, _, height, width = like.shape

    def uniform(*shape: int) -> Tensor:
        return 2 * torch.rand(count, *shape, generator=rng) - 1

    turn, zoom = _TURN * uniform(), 1 + _ZOOM * uniform()
    cos, sin = zoom * turn.cos(), zoom * turn.sin()
    aspect = height / width
    rows = [torch.stack([cos, -sin * aspect], 1), torch.stack([sin / aspect, cos], 1)]
    theta = torch.cat([torch.stack(rows, 1), 2 * _SHIFT * uniform(2, 1)], 2)
    grid = F.affine_grid(theta, [count, 1, height, width], align_corners=False)
    bend = F.interpolate(uniform(2, _KNOTS, _KNOTS), (height, width), mode="bicubic")
    grid = grid + 2 * _BEND * bend.permute(0, 2, 3, 1)
    wobble = F.interpolate(uniform(1, 2 * _KNOTS, 2 * _KNOTS), (height, width), mode="bicubic")
    grain = _GRAIN * torch.randn(count, 3, height, width, generator=rng)
    parts = (
        grid,
        (grid.abs() <= 1).all(3)[:, None],
        1 + _GAIN * uniform(1, 1, 1),
        _OFFSET * uniform(1, 1, 1),
        grain,
        wobble,
    )
    return Motion(*(part.to(like.device) for part in parts))
