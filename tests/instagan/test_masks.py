"""Mask helpers: finding, merging, ordering, weighing."""

import pytest
import torch

from instagan.masks import background_weight, coverage, find_valid, locate, select


def stripes(*widths: int) -> torch.Tensor:
    """Masks (1, N, 4, 12) that cover the first `width` columns."""
    masks = -torch.ones(1, len(widths), 4, 12)
    for slot, width in enumerate(widths):
        masks[0, slot, :, :width] = 1
    return masks


def test_a_single_grey_pixel_makes_a_mask_valid():
    masks = stripes(0, 3, 0)
    masks[0, 2, 1, 1] = -0.5
    assert find_valid(masks).tolist() == [[False, True, True]]


def test_valid_slots_are_located_with_their_rank():
    slots = locate(
        torch.tensor([[True, False, True], [False, False, False], [False, True, False]]),
        device=torch.device("cpu"),
    )
    assert slots.owner.tolist() == [0, 0, 2]
    assert slots.slot.tolist() == [0, 2, 1]
    assert slots.rank.tolist() == [0, 1, 0]
    assert slots.most == 2
    assert len(locate(torch.zeros(2, 0, dtype=torch.bool), device=torch.device("cpu"))) == 0


def test_overlapping_masks_cover_a_pixel_once():
    assert coverage(stripes(2, 5))[0, 0, 0].tolist() == [1.0] * 5 + [0.0] * 7


def test_background_is_what_lies_outside_both_sets():
    weight = background_weight(stripes(2), stripes(0, 5))
    assert weight[0, 0, 0].tolist() == [0.0] * 5 + [1.0] * 7


def test_decreasing_order_takes_the_largest_first_and_blanks_the_rest():
    masks = stripes(3, 9, 0, 6, 12)
    valid = torch.tensor([[True, True, False, True, False]])
    chosen, kept = select(masks, valid, limit=4)
    assert (chosen > 0).sum((0, 2, 3)).tolist() == [36, 24, 12, 0]
    assert kept.tolist() == [[True, True, True, False]]
    assert torch.equal(chosen[0, 3], -torch.ones(4, 12))


@pytest.mark.parametrize("slots", [0, 1, 3])
def test_too_few_slots_are_filled_up(slots):
    masks = stripes(*range(1, slots + 1))
    chosen, kept = select(masks, torch.ones(1, slots, dtype=torch.bool), limit=3)
    assert chosen.shape == (1, 3, 4, 12)
    assert kept.sum() == slots


def test_random_order_shuffles_the_largest_and_keeps_blanks_last():
    masks, valid = stripes(1, 2, 3, 4, 5, 0), torch.tensor([[True] * 5 + [False]])
    rng = torch.Generator().manual_seed(0)
    seen = set()
    for _ in range(40):
        chosen, kept = select(masks, valid, limit=3, order="random", rng=rng)
        seen.add(tuple((chosen > 0).sum((0, 2, 3)).div(4, rounding_mode="floor").tolist()))
        assert kept.all()
    assert {frozenset(entry) for entry in seen} == {frozenset({3, 4, 5})}
    assert len(seen) == 6
    few, kept = select(masks[:, 4:], valid[:, 4:], limit=3, order="random", rng=rng)
    assert kept.tolist() == [[True, False, False]]
    assert few[0, 0].max() == 1


def test_random_order_without_a_generator_is_refused():
    with pytest.raises(ValueError, match=r"needs a torch\.Generator"):
        select(stripes(1), torch.ones(1, 1, dtype=torch.bool), limit=1, order="random")
