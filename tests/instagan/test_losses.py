"""The losses, by hand-worked values."""

import torch

from instagan.losses import (
    adversarial_loss,
    context_loss,
    cycle_loss,
    identity_loss,
)
from instagan.types import SetBatch, SetOutput


def given(value: float, mask: float) -> SetBatch:
    masks = torch.full((1, 1, 2, 2), mask)
    return SetBatch(torch.full((1, 3, 2, 2), value), masks, torch.ones(1, 1, dtype=torch.bool))


def test_least_squares_pull_scores_to_their_label():
    scores = torch.tensor([0.0, 2.0])
    assert adversarial_loss(scores, real=True) == 1
    assert adversarial_loss(scores, real=False) == 2


def test_cycle_and_identity_count_picture_and_masks_together():
    back = SetOutput(torch.full((1, 3, 2, 2), 0.5), torch.full((1, 1, 2, 2), 1.0))
    # three channels off by 0.5, one by 2
    for loss in (cycle_loss, identity_loss):
        assert torch.isclose(loss(given(0.0, -1.0), back), torch.tensor((3 * 0.5 + 2) / 4))


def test_context_counts_only_pixels_outside_both_sets_of_masks():
    before = given(0.0, -1.0)
    before.masks[0, 0, 0, 0] = 1
    after = SetOutput(torch.full((1, 3, 2, 2), 0.5), -torch.ones(1, 1, 2, 2))
    after.masks[0, 0, 1, 1] = 1
    assert torch.isclose(context_loss(before, after), torch.tensor(0.5 * 2 / 4))
