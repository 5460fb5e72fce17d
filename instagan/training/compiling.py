"""Compiling networks for training: the layers become kernels, the set logic stays Python."""

import logging
import os
import shutil

import torch
from torch import Tensor, nn

from instagan.models.generators import ResnetGenerator, SetGenerator
from instagan.training.steps import Networks

# Every stack exists for both directions, with and without gradients, at one and at any number of
# masks; torch's default of 8 would silently leave most of them uncompiled.
_VARIANTS = 128


def can_compile() -> bool:
    """Say whether there is a C++ compiler, which torch needs for it."""
    names = (os.environ.get("CXX"), "g++", "clang++", "c++", "cl")
    return any(name and shutil.which(name) for name in names)


def compile_networks(networks: Networks) -> None:
    """Compile in place, afresh: call it again when the size of the pictures changes.

    Weights and their names stay. The generators go through all samples of a batch at once,
    which rounds otherwise than row by row. Discriminators with spectral norm stay as they
    are: their power iterations are Python.
    """
    # It warns of a CUDA compiler that nothing here asks for.
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    torch._dynamo.reset()
    torch._dynamo.config.recompile_limit = _VARIANTS
    torch._dynamo.config.accumulated_recompile_limit = 2 * _VARIANTS
    # All stacks share the code of nn.Sequential: from their calls torch would conclude that
    # channels and sides change, and then fail to order strides of which it knows nothing.
    torch._dynamo.config.automatic_dynamic_shapes = False
    for generator in networks.generators.values():
        if isinstance(generator, SetGenerator | ResnetGenerator):
            generator.apply_stack = _apply_whole
        _compile_stacks(generator)
    for judge in networks.discriminators.values():
        if not any(name.endswith("weight_u") for name, _ in judge.named_buffers()):
            _compile_stacks(judge)


def _compile_stacks(network: nn.Module) -> None:
    for part in network.children():
        if isinstance(part, nn.Sequential):
            part.compile()
        else:
            _compile_stacks(part)


def _apply_whole(stack: nn.Module, x: Tensor) -> Tensor:
    # How many masks a batch has does change; one graph is for any number but 1.
    torch._dynamo.maybe_mark_dynamic(x, 0)
    whole: Tensor = stack(x)
    return whole
