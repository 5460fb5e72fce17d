"""The committed vectors: what our code computed when it equalled the authors'."""

import importlib.util
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from instagan.models.build import build_discriminator, build_generator

VECTORS = Path(__file__).parents[1] / "vectors"


@pytest.fixture(scope="module")
def recipe():
    spec = importlib.util.spec_from_file_location("make_vectors", VECTORS / "make_vectors.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def kept():
    return load_file(VECTORS / "instagan.safetensors")


def weights(kept, letter):
    return {
        name[2:]: tensor
        for name, tensor in kept.items()
        if name.startswith(f"{letter}.") and ".out." not in name
    }


def test_networks_compute_what_they_computed(recipe, kept):
    generator = build_generator(recipe.GENERATOR, rng=torch.Generator()).eval()
    judge = build_discriminator(recipe.DISCRIMINATOR, rng=torch.Generator()).eval()
    generator.load_state_dict(weights(kept, "G"))
    judge.load_state_dict(weights(kept, "D"))
    batch = recipe.make_batch(1)
    with torch.no_grad():
        out = generator(batch.image, batch.masks, batch.valid)
        score = judge(batch.image, batch.masks, batch.valid)
    assert torch.allclose(out.image, kept["G.out.image"], atol=1e-4)
    assert torch.allclose(out.masks, kept["G.out.masks"], atol=1e-4)
    assert torch.allclose(score, kept["D.out.score"], atol=1e-4)


def test_a_training_step_computes_the_losses_it_computed(recipe, kept):
    trainer = recipe.start(weights(kept, "G"), weights(kept, "D"))
    result = trainer.step(recipe.make_batch(1), recipe.make_batch(2))
    found = {
        f"losses.{index}.{direction}": recipe.loss_row(terms)
        for index, losses in enumerate(result.losses)
        for direction, terms in losses.items()
    }
    assert found.keys() == {name for name in kept if name.startswith("losses.")}
    for name, row in found.items():
        assert torch.allclose(row, kept[name], rtol=1e-3), name
