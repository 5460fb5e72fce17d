"""The loop over mini-batches of instances."""

import pytest
import torch

from instagan.sequential import translate, walk


@pytest.mark.parametrize("counts", [[0], [1], [5], [3, 0, 5, 2]])
def test_a_batch_is_translated_like_its_samples_alone(generator, make_set, counts):
    image, masks, valid = make_set(counts, slots=5)
    with torch.no_grad():
        together = translate(generator, image, masks, valid, ins_per=2)
        for b, count in enumerate(counts):
            row = slice(b, b + 1)
            alone = translate(
                generator, image[row], masks[row, :count], valid[row, :count], ins_per=2
            )
            assert torch.equal(together.image[row], alone.image)
            assert torch.equal(together.masks[row, :count], alone.masks)
            assert torch.equal(together.masks[row, count:], masks[row, count:])


def test_samples_without_instances_come_back_bit_by_bit(generator, make_set):
    image, masks, valid = make_set([0, 2], slots=3)
    with torch.no_grad():
        out = translate(generator, image, masks, valid)
    assert torch.equal(out.image[0], image[0])
    assert torch.equal(out.masks[0], masks[0])
    assert not torch.equal(out.image[1], image[1])


def test_each_mini_batch_sees_the_picture_made_before(generator, make_set):
    image, masks, valid = make_set([3], slots=3)
    with torch.no_grad():
        first = generator(image, masks[:, :2], valid[:, :2])
        second = generator(first.image, masks[:, 2:], valid[:, 2:])
        out = translate(generator, image, masks, valid, ins_per=2)
    assert torch.equal(out.image, second.image)
    assert torch.equal(out.masks, torch.cat([first.masks, second.masks], 1))


def test_masks_of_later_mini_batches_are_blank_until_their_turn(generator, make_set):
    image, masks, valid = make_set([3, 1], slots=4)
    with torch.no_grad():
        steps = list(walk(generator, image, masks, valid, ins_per=2))
    assert [step.rows.tolist() for step in steps] == [[0, 1], [0]]
    assert torch.equal(steps[0].so_far.masks[:, 2:], -torch.ones_like(masks[:, 2:]))
    assert steps[0].so_far.valid.tolist() == [[True, True, False, False], [True] + [False] * 3]
    assert steps[1].so_far.valid.tolist() == valid.tolist()
    assert torch.equal(steps[1].so_far.image[1], steps[0].so_far.image[1])


def test_gradients_stay_within_their_step(generator, make_set):
    image, masks, valid = make_set([3], slots=3)
    steps = walk(generator, image, masks, valid, ins_per=2)
    first, second = next(steps), next(steps)
    assert first.so_far.image.requires_grad
    assert not second.given.image.requires_grad
    (slope,) = torch.autograd.grad(
        second.so_far.masks[:, :2].sum() + second.so_far.image.sum(),
        first.made.image,
        allow_unused=True,
    )
    assert slope is None


def test_without_masks_wanted_the_picture_is_the_same(generator, make_set):
    image, masks, valid = make_set([3, 4], slots=4)
    with torch.no_grad():
        full = translate(generator, image, masks, valid)
        lean = translate(generator, image, masks, valid, need_masks=False)
    assert torch.equal(full.image, lean.image)
    assert torch.equal(lean.masks, masks)


def test_no_slots_at_all_means_no_change(generator, make_set):
    image, masks, valid = make_set([0, 0], slots=0)
    out = translate(generator, image, masks, valid)
    assert torch.equal(out.image, image)
    assert out.masks.shape == masks.shape


def test_an_empty_mini_batch_is_refused(generator, make_set):
    with pytest.raises(ValueError, match="ins_per must be 1 or more, got 0"):
        translate(generator, *make_set([1], slots=1), ins_per=0)
