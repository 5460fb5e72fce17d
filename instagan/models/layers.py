"""The parts networks are made of: encoders, decoders, spectral norm, size padding.

The places in each `nn.Sequential` are those of the authors' code, so that published
weights keep their names (`encoder_img.10.conv_block.1.weight`).
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 4
"""Two stride-2 convolutions: picture sides are made a multiple of this."""
MIN_SIDE = 5
"""A side of 5 is padded to 8, whose code of 2 is the least that can be reflected by 1."""


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut; reflection padding, no affine norm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width),
            nn.ReLU(inplace=True),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to the same shape."""
        changed: Tensor = self.conv_block(x)
        return x + changed


class PhaseConv2d(nn.Conv2d):
    """A stride-1 convolution that compiled training computes four neighbours at a time.

    With an odd kernel of k, the 2x2 outputs that share a (k + 1) x (k + 1) patch are four
    channels of one stride-2 convolution. The sums are the same ones; where input or output
    has few channels, their gradients cost a CPU a half to a hundredth of the time. Eager
    code keeps the plain form, whose rounding is that of the authors' code.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (B, C, H, W) without padding."""
        plain = not (self.training and torch.compiler.is_compiling())
        if plain or (x.shape[-1] - self.kernel_size[1] + 1) % 2:
            return super().forward(x)
        phases = [
            F.pad(self.weight, (right, 1 - right, down, 1 - down))
            for down in (0, 1)
            for right in (0, 1)
        ]
        weight = torch.stack(phases, 1).flatten(0, 1)  # (4 * C_out, C, k + 1, k + 1)
        whole = F.pixel_shuffle(F.conv2d(x, weight, stride=2), 2)
        return whole if self.bias is None else whole + self.bias[:, None, None]


class ResizeConv2d(nn.Conv2d):
    """A convolution of a picture whose pixels were each repeated twice in both directions."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to (B, C_out, 2h, 2w)."""
        return super().forward(F.interpolate(x, scale_factor=2.0, mode="nearest"))


def encoder_layers(channels: int, *, base_width: int, blocks: int) -> list[nn.Module]:
    """Layers from (B, channels, H, W) to a code (B, 4 * base_width, H / 4, W / 4)."""
    stem = PhaseConv2d if channels == 1 else nn.Conv2d
    layers = [
        nn.ReflectionPad2d(3),
        stem(channels, base_width, 7),
        nn.InstanceNorm2d(base_width),
        nn.ReLU(inplace=True),
    ]
    for width in (base_width, 2 * base_width):
        layers += [
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.InstanceNorm2d(2 * width),
            nn.ReLU(inplace=True),
        ]
    return layers + [ResidualBlock(4 * base_width) for _ in range(blocks)]


def decoder_layers(channels: int, *, base_width: int, resize: bool = False) -> list[nn.Module]:
    """Layers from a code (B, 4 * base_width, h, w) to (B, channels, 4h, 4w) in [-1, 1].

    `resize` repeats pixels before plain convolutions (Odena et al. 2016), where transposed ones
    overlap unevenly.
    """
    layers: list[nn.Module] = []
    for width in (4 * base_width, 2 * base_width):
        layers += [
            ResizeConv2d(width, width // 2, 3, padding=1, padding_mode="reflect")
            if resize
            else nn.ConvTranspose2d(width, width // 2, 3, stride=2, padding=1, output_padding=1),
            nn.InstanceNorm2d(width // 2),
            nn.ReLU(inplace=True),
        ]
    return [*layers, nn.ReflectionPad2d(3), PhaseConv2d(base_width, channels, 7), nn.Tanh()]


def pad_to_stride(x: Tensor) -> Tensor:
    """Mirror the right and bottom edge up to the next multiple of 4; a no-op at multiples."""
    height, width = x.shape[-2:]
    if min(height, width) < MIN_SIDE:
        raise ValueError(f"pictures must be at least {MIN_SIDE}x{MIN_SIDE}, got {height}x{width}")
    right, bottom = -width % STRIDE, -height % STRIDE
    return F.pad(x, (0, right, 0, bottom), mode="reflect") if right or bottom else x


def apply_rows(stack: nn.Module, x: Tensor) -> Tensor:
    """Apply `stack` to (B, C, H, W), B at least 1: all rows at once, but one by one on a CPU.

    Inference on a CPU gains nothing from batching maps of this size (they leave its cache),
    and a row alone gives the same bits whatever batch it came in.
    """
    if x.device.type != "cpu" or len(x) == 1:
        whole: Tensor = stack(x)
        return whole
    return apply_one_by_one(stack, x)


def apply_one_by_one(stack: nn.Module, x: Tensor) -> Tensor:
    """Apply `stack` to each row of (B, C, H, W), B at least 1, which needs memory for one only."""
    return torch.cat([stack(row[None]) for row in x])


class SpectralWeight(nn.Module):
    """The weight of a convolution with the two vectors that estimate its largest gain."""

    weight_u: Tensor
    weight_v: Tensor

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.weight_bar = nn.Parameter(torch.empty(channels_out, channels_in, 4, 4))
        self.bias = nn.Parameter(torch.empty(channels_out))
        self.register_buffer("weight_u", torch.empty(channels_out))
        self.register_buffer("weight_v", torch.empty(channels_in * 16))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self, *, rng: torch.Generator | None = None) -> None:
        """Draw the weight from N(0, 0.02) and two random directions."""
        self.weight_bar.normal_(0.0, 0.02, generator=rng)
        self.bias.zero_()
        for vector in (self.weight_u, self.weight_v):
            vector.normal_(generator=rng)
            vector.div_(vector.norm())

    def gains(self, turns: int) -> Tensor:
        """Return the (turns,) largest gains, each after one more power iteration.

        In evaluation mode the vectors rest, and all gains are the last one.
        """
        found = []
        for _ in range(turns if self.training else 1):
            if self.training:
                self._advance()
            gain: Tensor = _Gain.apply(self.weight_bar, self)
            found.append(gain)
        return torch.stack(found).expand(turns)

    @torch.no_grad()
    def _advance(self) -> None:
        matrix = self.weight_bar.flatten(1)
        self.weight_v = _unit(matrix.T @ self.weight_u)
        self.weight_u = _unit(matrix @ self.weight_v)


class _Gain(torch.autograd.Function):
    """u^T W v, differentiated with the u and v known when backward runs.

    One loss may hold several power iterations. Theirs is one largest gain, so the latest,
    best vectors serve them all; the authors' code does the same.
    """

    @staticmethod
    def forward(ctx: Any, weight: Tensor, owner: SpectralWeight) -> Tensor:
        ctx.owner = owner
        return owner.weight_u @ (weight.flatten(1) @ owner.weight_v)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        owner = ctx.owner
        slope = torch.outer(owner.weight_u, owner.weight_v)
        return grad * slope.view_as(owner.weight_bar), None


class SpectralConv2d(nn.Module):
    """A 4x4 convolution divided by the largest gain of its weight (Miyato et al. 2018)."""

    def __init__(self, channels_in: int, channels_out: int, *, stride: int) -> None:
        super().__init__()
        self.module = SpectralWeight(channels_in, channels_out)
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (B, C, H, W), after one power iteration in training mode."""
        weight = self.module.weight_bar / self.module.gains(1)
        return F.conv2d(x, weight, self.module.bias, stride=self.stride, padding=1)

    def forward_ranked(self, x: Tensor, *, rank: Tensor, most: int) -> Tensor:
        """Convolve (M, C, H, W), row m after rank[m] + 1 power iterations of `most`.

        The authors' code feeds the masks of a picture one by one, and every call counts
        in training mode. Here they go together, and each row is scaled as it would be there.
        """
        scale = (1 / self.module.gains(most))[rank][:, None, None, None]
        raw = F.conv2d(x, self.module.weight_bar, stride=self.stride, padding=1)
        # Under autocast raw has fewer bits than the scales, and so have the pictures' features.
        return (raw * scale + self.module.bias[:, None, None]).to(raw.dtype)


def _unit(vector: Tensor) -> Tensor:
    unit: Tensor = vector / (vector.norm() + 1e-12)
    return unit


def biases_without_effect(module: nn.Module) -> frozenset[str]:
    """Name the biases that feed an affine-free instance norm, which subtracts them again.

    Their true gradient is zero; Adam turns what rounding leaves of it into full steps.
    """
    found = set()
    for path, stack in module.named_modules():
        if isinstance(stack, nn.Sequential):
            prefix = f"{path}." if path else ""
            for index in range(len(stack) - 1):
                if isinstance(stack[index + 1], nn.InstanceNorm2d):
                    found |= {
                        f"{prefix}{index}.{name}"
                        for name, _ in stack[index].named_parameters()
                        if name.rpartition(".")[2] == "bias"
                    }
    return frozenset(found)
