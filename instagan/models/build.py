"""From a config to a network: the only place that reads network configs."""

import torch
from torch import nn

from instagan.config import DiscriminatorConfig, GeneratorConfig
from instagan.models.discriminators import PatchDiscriminator, SetDiscriminator
from instagan.models.generators import ResnetGenerator, SetGenerator
from instagan.models.layers import SpectralWeight


def generator_skeleton(config: GeneratorConfig) -> nn.Module:
    """Return the generator without memory for its weights (on torch's meta device)."""
    kind = {"set": SetGenerator, "resnet": ResnetGenerator}[config.kind]
    with torch.device("meta"):
        return kind(base_width=config.base_width, blocks=config.blocks)


def build_generator(config: GeneratorConfig, *, rng: torch.Generator) -> nn.Module:
    """Return an untrained generator on the CPU; `rng` is a CPU generator."""
    return draw_weights(generator_skeleton(config).to_empty(device="cpu"), rng=rng)


def build_discriminator(config: DiscriminatorConfig, *, rng: torch.Generator) -> nn.Module:
    """Return an untrained discriminator on the CPU; `rng` is a CPU generator."""
    kind = {"set": SetDiscriminator, "patch": PatchDiscriminator}[config.kind]
    with torch.device("meta"):
        empty = kind(base_width=config.base_width, layers=config.layers)
    return draw_weights(empty.to_empty(device="cpu"), rng=rng)


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
