"""Compiled stacks compute what plain ones compute, for any number of masks."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from instagan.models.generators import SetGenerator
from instagan.training.compiling import can_compile, compile_networks


@pytest.mark.skipif(not can_compile(), reason="needs a C++ compiler")
def test_stacks_of_other_channels_and_sides_are_compiled_one_after_the_other() -> None:
    """They share their code: taken for one whose sides change, the second one did not compile."""
    torch.manual_seed(0)
    generator = SetGenerator(base_width=2, blocks=0, mask_width=3)
    networks = SimpleNamespace(generators={"AtoB": generator}, discriminators={})
    stacks = (generator.encoder_seg, generator.encoder_img, generator.decoder_img)
    inputs = [torch.rand(2, *shape) for shape in ((1, 16, 16), (3, 16, 16), (20, 4, 4))]
    plain = [stack(x) for stack, x in zip(stacks, inputs, strict=True)]
    compile_networks(cast(Any, networks))
    compiled = [generator.apply_stack(s, x) for s, x in zip(stacks, inputs, strict=True)]
    for value, expected in zip(compiled, plain, strict=True):
        torch.testing.assert_close(value, expected)
