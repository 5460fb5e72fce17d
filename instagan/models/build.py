"""From a config to a network: the only place that reads network configs."""

import torch
from torch import nn

from instagan.config import DiscriminatorConfig, GeneratorConfig, JudgeKind
from instagan.models.discriminators import (
    PatchDiscriminator,
    PatchSegDiscriminator,
    SetDiscriminator,
)
from instagan.models.generators import ResnetGenerator, ResnetSegGenerator, SetGenerator
from instagan.models.layers import SpectralWeight
from instagan.models.views import ViewedDiscriminator


def generator_skeleton(config: GeneratorConfig) -> nn.Module:
    """Return the generator without memory for its weights (on torch's meta device)."""
    with torch.device("meta"):
        width, blocks, resize = config.base_width, config.blocks, config.upsampling == "resize"
        if config.kind == "set":
            return SetGenerator(
                base_width=width, blocks=blocks, mask_width=config.mask_width, resize=resize
            )
        kind = {"resnet": ResnetGenerator, "resnet-seg": ResnetSegGenerator}[config.kind]
        return kind(base_width=width, blocks=blocks, resize=resize)


def build_generator(config: GeneratorConfig, *, rng: torch.Generator) -> nn.Module:
    """Return an untrained generator on the CPU; `rng` is a CPU generator."""
    return draw_weights(generator_skeleton(config).to_empty(device="cpu"), rng=rng)


def build_discriminator(config: DiscriminatorConfig, *, rng: torch.Generator) -> nn.Module:
    """Return an untrained discriminator of one view on the CPU; `rng` is a CPU generator."""
    kinds: dict[JudgeKind, type[nn.Module]] = {
        "set": SetDiscriminator,
        "patch": PatchDiscriminator,
        "patch-seg": PatchSegDiscriminator,
    }
    with torch.device("meta"):
        empty = kinds[config.kind](
            base_width=config.base_width, layers=config.layers, norm=config.norm
        )
    draw = draw_weights if config.norm == "spectral" else _draw_for_leaky_units
    return draw(empty.to_empty(device="cpu"), rng=rng)


def build_views(config: DiscriminatorConfig, *, rng: torch.Generator) -> ViewedDiscriminator:
    """Return a discriminator for each of the config's views."""
    return ViewedDiscriminator(
        {view: build_discriminator(config, rng=rng) for view in config.views}
    )


@torch.no_grad()
def _draw_for_leaky_units(module: nn.Module, *, rng: torch.Generator) -> nn.Module:
    """Draw weights that keep the signal's size from layer to layer (He et al. 2015).

    Without any norm, N(0, 0.02) would shrink it to nothing.
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, a=0.2, generator=rng)
            if part.bias is not None:
                part.bias.zero_()
    return module


@torch.no_grad()
def draw_weights(module: nn.Module, *, rng: torch.Generator) -> nn.Module:
    """Draw every weight from N(0, 0.02), as CycleGAN does; biases start at zero."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
            part.weight.normal_(0.0, 0.02, generator=rng)
            if part.bias is not None:
                part.bias.zero_()
        elif isinstance(part, SpectralWeight):
            part.reset_parameters(rng=rng)
    return module
