"""The discriminators: order-free, still in evaluation, moving as the authors' in training."""

import copy

import pytest
import torch

from instagan.config import DiscriminatorConfig
from instagan.models.build import build_discriminator
from instagan.models.discriminators import (
    PatchDiscriminator,
    PatchSegDiscriminator,
    SetDiscriminator,
)
from instagan.models.layers import SpectralWeight, biases_without_effect


@pytest.fixture
def judge() -> SetDiscriminator:
    config = DiscriminatorConfig(base_width=4)
    made = build_discriminator(config, rng=torch.Generator().manual_seed(1))
    assert isinstance(made, SetDiscriminator)
    return made


def vectors(network):
    return {name: v.clone() for name, v in network.state_dict().items() if "weight_u" in name}


@pytest.mark.parametrize("training", [True, False])
def test_a_sample_scores_the_same_in_any_batch_and_with_any_padding(judge, make_set, training):
    image, masks, valid = make_set([2, 0, 3], slots=5, size=(32, 40))
    judge.train(training)
    with torch.no_grad():
        together = copy.deepcopy(judge)(image, masks, valid)
        for b, count in enumerate([2, 0, 3]):
            row = slice(b, b + 1)
            alone = copy.deepcopy(judge)(image[row], masks[row, :count], valid[row, :count])
            assert torch.allclose(together[row], alone, atol=1e-5)


def test_evaluation_moves_nothing_and_forgets_the_order(judge, make_set):
    image, masks, valid = make_set([3], slots=3, size=(32, 40))
    judge.eval()
    before = vectors(judge)
    with torch.no_grad():
        first = judge(image, masks, valid)
        again = judge(image, masks, valid)
        flipped = judge(image, masks.flip(1), valid.flip(1))
    assert torch.equal(first, again)
    assert torch.allclose(first, flipped, atol=1e-5)
    assert all(torch.equal(before[name], now) for name, now in vectors(judge).items())


def test_training_advances_the_mask_branch_once_per_mask(judge, make_set):
    image, masks, valid = make_set([3], slots=4, size=(32, 40))
    once = copy.deepcopy(judge)
    with torch.no_grad():
        judge(image, masks, valid)
        for _ in range(3):
            once(image, masks[:, :1], valid[:, :1])
    name = "feature_seg.2.module.weight_u"
    assert torch.allclose(vectors(judge)[name], vectors(once)[name], atol=1e-6)
    assert not torch.allclose(
        vectors(judge)["feature_img.2.module.weight_u"],
        vectors(once)["feature_img.2.module.weight_u"],
        atol=1e-6,
    )


def test_power_iteration_finds_the_largest_singular_value():
    torch.manual_seed(0)
    part = SpectralWeight(3, 5)
    gains = part.gains(200)
    largest = torch.linalg.matrix_norm(part.weight_bar.detach().flatten(1), ord=2)
    assert torch.allclose(gains[-1], largest, rtol=1e-3)
    assert gains[0] < gains[-1]


def test_gradients_of_the_gain_are_those_of_the_singular_value():
    torch.manual_seed(0)
    part = SpectralWeight(3, 5)
    part.gains(500)
    part.eval()
    part.gains(1).sum().backward()
    exact = part.weight_bar.detach().clone().requires_grad_()
    torch.linalg.matrix_norm(exact.flatten(1), ord=2).backward()
    assert torch.allclose(part.weight_bar.grad, exact.grad, atol=1e-3)


def test_cyclegans_discriminator_scores_patches_whatever_the_masks(make_set):
    judge = PatchDiscriminator(base_width=2).eval()
    image, masks, valid = make_set([2, 1], slots=2, size=(48, 40))
    score = judge(image, masks, valid)
    assert score.shape == (2, 1, 4, 3)
    assert torch.equal(score, judge(image, masks.flip(2), valid))


def test_with_masks_as_a_channel_it_sees_their_union(make_set):
    judge = PatchSegDiscriminator(base_width=2).eval()
    image, masks, valid = make_set([2, 1], slots=2, size=(48, 40))
    score = judge(image, masks, valid)
    union = masks.amax(1, keepdim=True)
    assert torch.allclose(score, judge(image, union, valid.any(1, keepdim=True)))
    assert not torch.allclose(score, judge(image, union.flip(2), valid.any(1, keepdim=True)))


def test_biases_before_a_norm_are_named_and_only_those(judge):
    named = biases_without_effect(judge)
    assert "feature_img.2.module.bias" in named
    assert "classifier.0.module.bias" in named
    assert "feature_img.0.module.bias" not in named
    assert "classifier.3.module.bias" not in named
    assert named < judge.state_dict().keys()


@pytest.mark.parametrize("kind", ["set", "patch", "patch-seg"])
def test_without_norm_every_weight_is_drawn_and_the_signal_keeps_its_size(kind, make_set):
    config = DiscriminatorConfig(kind=kind, base_width=4, layers=2, norm="none")
    judges = [build_discriminator(config, rng=torch.Generator().manual_seed(1)) for _ in "ab"]
    image, masks, valid = make_set([1, 1], slots=1, size=(32, 32))
    first, second = (judge(image, masks, valid) for judge in judges)
    assert torch.equal(first, second)
    assert 0.1 < first.std() < 10


@pytest.mark.parametrize("norm", ["spectral", "none"])
@pytest.mark.parametrize("kind", ["set", "patch", "patch-seg"])
def test_half_the_bits_give_nearly_the_same_scores(kind, norm, make_set):
    config = DiscriminatorConfig(kind=kind, base_width=4, layers=2, norm=norm)
    judge = build_discriminator(config, rng=torch.Generator().manual_seed(1))
    image, masks, valid = make_set([1, 2, 0], slots=2, size=(32, 32))
    judge.eval()
    full = judge(image, masks, valid)
    with torch.autocast("cpu", torch.bfloat16):
        half = judge(image, masks, valid)
    assert half.dtype == torch.bfloat16
    assert (half.float() - full).abs().max() < 0.05 * full.abs().max() + 0.02
