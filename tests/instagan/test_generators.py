"""The set generator: every sample alone, empty slots free, order irrelevant."""

import pytest
import torch
from torch import nn

from instagan.models.generators import ResnetGenerator, SetGenerator

ROUNDING = 2e-5


@pytest.mark.parametrize("counts", [[0, 1, 3], [2, 2], [0, 0], [1]])
def test_a_batch_gives_each_sample_the_same_bits_as_alone(generator, make_set, counts):
    image, masks, valid = make_set(counts, slots=3)
    with torch.no_grad():
        together = generator(image, masks, valid)
        for b, count in enumerate(counts):
            row = slice(b, b + 1)
            alone = generator(image[row], masks[row, :count], valid[row, :count])
            assert torch.equal(together.image[row], alone.image)
            assert torch.equal(together.masks[row, :count], alone.masks)


def test_slots_that_are_not_valid_change_nothing_and_come_back_unchanged(generator, make_set):
    image, masks, valid = make_set([2], slots=5)
    masks[:, 3] = 0.7  # content of a slot that is not valid must not matter
    with torch.no_grad():
        padded = generator(image, masks, valid)
        bare = generator(image, masks[:, :2], valid[:, :2])
    assert torch.equal(padded.image, bare.image)
    assert torch.equal(padded.masks[:, :2], bare.masks)
    assert torch.equal(padded.masks[:, 2:], masks[:, 2:])


def test_permuting_the_slots_permutes_the_masks_and_keeps_the_picture(generator, make_set):
    image, masks, valid = make_set([3], slots=4)
    order = torch.tensor([3, 1, 0, 2])
    with torch.no_grad():
        plain = generator(image, masks, valid)
        mixed = generator(image, masks[:, order], valid[:, order])
    assert torch.allclose(mixed.image, plain.image, atol=ROUNDING)
    assert torch.allclose(mixed.masks, plain.masks[:, order], atol=ROUNDING)
    assert not torch.allclose(plain.masks[:, 0], plain.masks[:, 1], atol=0.01)


def test_the_picture_depends_on_the_masks(generator, make_set):
    image, masks, valid = make_set([2], slots=2)
    with torch.no_grad():
        both = generator(image, masks, valid).image
        one = generator(image, masks, torch.tensor([[True, False]])).image
    assert (both - one).abs().max() > 0.01


@pytest.mark.parametrize("size", [(24, 20), (23, 21), (5, 7), (26, 22)])
def test_any_size_from_5_keeps_its_shape(generator, make_set, size):
    image, masks, valid = make_set([1], slots=2, size=size)
    with torch.no_grad():
        out = generator(image, masks, valid)
    assert out.image.shape == image.shape
    assert out.masks.shape == masks.shape
    assert out.image.abs().max() <= 1


def test_odd_sizes_are_mirrored_up_to_a_multiple_of_4_and_cut_back(generator, make_set):
    image, masks, valid = make_set([1], slots=1, size=(22, 19))
    mirror = nn.ReflectionPad2d((0, 1, 0, 2))
    with torch.no_grad():
        odd = generator(image, masks, valid)
        even = generator(mirror(image), mirror(masks), valid)
    assert torch.equal(odd.image, even.image[..., :22, :19])
    assert torch.equal(odd.masks, even.masks[..., :22, :19])


def test_without_masks_wanted_the_picture_is_the_same_and_no_mask_is_decoded(generator, make_set):
    image, masks, valid = make_set([2], slots=3)
    calls = []
    generator.decoder_seg.register_forward_hook(lambda *_: calls.append(1))
    with torch.no_grad():
        picture = generator(image, masks, valid, need_masks=False)
        assert not calls
        full = generator(image, masks, valid)
    assert calls
    assert torch.equal(picture.image, full.image)
    assert torch.equal(picture.masks, masks)


def test_empty_slots_are_never_encoded(generator, make_set):
    image, masks, valid = make_set([0, 2, 1], slots=9)
    rows = []
    generator.encoder_seg.register_forward_hook(lambda _, given, __: rows.append(len(given[0])))
    with torch.no_grad():
        generator(image, masks, valid)
    assert sum(rows) == 3


def test_unsaid_validity_is_read_from_the_masks(generator, make_set):
    image, masks, valid = make_set([1, 2], slots=3)
    with torch.no_grad():
        assert torch.equal(generator(image, masks).image, generator(image, masks, valid).image)


def test_gradients_reach_picture_masks_and_all_weights(generator, make_set):
    image, masks, valid = make_set([2, 1], slots=2)
    image.requires_grad_()
    masks.requires_grad_()
    out = generator.train()(image, masks, valid)
    (out.image.square().mean() + out.masks[valid].square().mean()).backward()
    assert image.grad is not None
    assert image.grad.abs().sum() > 0
    assert masks.grad is not None
    assert masks.grad[valid].abs().sum() > 0
    assert all(parameter.grad is not None for parameter in generator.parameters())


@pytest.mark.parametrize(
    ("image", "masks", "valid", "told"),
    [
        ((3, 8, 8), (1, 1, 8, 8), None, "image must be"),
        ((1, 3, 8, 8), (2, 1, 8, 8), None, "masks must be (1, N, 8, 8)"),
        ((1, 3, 8, 8), (1, 1, 8, 9), None, "masks must be"),
        ((1, 3, 8, 8), (1, 1, 8, 8), torch.ones(1, 2, dtype=torch.bool), "valid must be bool"),
        ((1, 3, 8, 8), (1, 1, 8, 8), torch.ones(1, 1), "got torch.float32"),
        ((1, 3, 4, 8), (1, 1, 4, 8), None, "at least 5x5, got 4x8"),
    ],
)
def test_shapes_that_do_not_fit_are_refused_with_the_shape(generator, image, masks, valid, told):
    with pytest.raises(ValueError, match=told.replace("(", r"\(").replace(")", r"\)")):
        generator(torch.zeros(image), torch.zeros(masks), valid)


def test_cyclegans_generator_shares_size_rule_and_parts():
    network = ResnetGenerator(base_width=2, blocks=1).eval()
    with torch.no_grad():
        assert network(torch.zeros(2, 3, 9, 6), torch.zeros(2, 0, 9, 6)).image.shape == (2, 3, 9, 6)
    assert "model.10.conv_block.5.weight" in network.state_dict()


@pytest.mark.needs_cuda
def test_a_gpu_gives_the_same_picture_as_the_cpu_whatever_the_batch(make_set):
    torch.backends.cudnn.allow_tf32 = False
    image, masks, valid = make_set([0, 1, 3], slots=4, size=(64, 48))
    torch.manual_seed(0)
    network = SetGenerator(base_width=8, blocks=2).eval()
    with torch.no_grad():
        cpu = network(image, masks, valid)
        network.cuda()
        gpu = network(image.cuda(), masks.cuda(), valid)
        alone = network(image[2:].cuda(), masks[2:].cuda(), valid[2:].cuda())
    assert torch.allclose(gpu.image.cpu(), cpu.image, atol=1e-3)
    assert torch.allclose(gpu.masks.cpu(), cpu.masks, atol=1e-3)
    assert torch.allclose(alone.image, gpu.image[2:], atol=1e-3)
