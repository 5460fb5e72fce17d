"""Crops through a generator: nothing depends on how they are batched, and nothing is lost."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from instagan.models.generators import SetGenerator
from instagan.types import SetOutput
from instavid.core.tensors import crops_to_batch, output_to_patches
from instavid.errors import UsageError
from instavid.testing import textured
from instavid.translators.instagan import InstaGanTranslator
from instavid.types import Crop

SIZE = (32, 40)


class Echo:
    """A generator that returns what it is given."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def __call__(
        self, image: Tensor, masks: Tensor, valid: Tensor | None, *, need_masks: bool
    ) -> SetOutput:
        self.shapes.append(tuple(image.shape))
        return SetOutput(image, masks)


def crop(height: int, width: int, count: int, *, seed: int = 0) -> Crop:
    masks = np.zeros((count, height, width), bool)
    for n in range(count):
        top, left = height // 4, n * width // (count + 1) + 2
        masks[n, top : height - 4, left : left + width // (count + 2)] = True
    return Crop(textured(height, width, seed=seed), masks)


def translator(*, batch: int = 8, device: str = "cpu") -> InstaGanTranslator:
    torch.manual_seed(0)
    generator = SetGenerator(base_width=4, blocks=1).eval().to(device)
    return InstaGanTranslator(
        generator, working_size=SIZE, device=torch.device(device), batch=batch
    )


CROPS = [crop(50, 60, 1), crop(33, 41, 3, seed=1), crop(32, 40, 2, seed=2), crop(90, 20, 5, seed=3)]


def test_no_crop_gives_no_patch() -> None:
    assert translator().translate([]) == []


def test_patches_have_the_shape_of_their_crops() -> None:
    for given, patch in zip(CROPS, translator().translate(CROPS), strict=True):
        assert patch.rgb.shape == given.rgb.shape
        assert patch.masks.shape == given.masks.shape
        assert (patch.rgb != given.rgb).any()


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_the_result_does_not_depend_on_what_shares_a_batch(batch: int) -> None:
    together = translator().translate(CROPS)
    apart = translator(batch=batch).translate(CROPS)
    for one, other in zip(together, apart, strict=True):
        np.testing.assert_array_equal(one.rgb, other.rgb)
        np.testing.assert_array_equal(one.masks, other.masks)


def test_a_group_is_translated_larger_in_batches_of_its_like_and_in_order() -> None:
    times = [1.0, 1.3, 1.02, 1.5, 1.4, 9.0]
    given = [replace(crop(40, 50, 1, seed=n), times_alone=times[n]) for n in range(len(times))]
    echo = Echo()
    patches = InstaGanTranslator(
        echo, working_size=SIZE, device=torch.device("cpu"), batch=2
    ).translate(given)
    assert echo.shapes == [(2, 3, 32, 40), (2, 3, 48, 60), (1, 3, 48, 60), (1, 3, 64, 80)]
    for before, after in zip(given, patches, strict=True):
        assert np.abs(after.rgb.astype(int) - before.rgb).mean() < 12


def test_detail_is_added_where_that_is_asked_for() -> None:
    given = crop(*SIZE, 2)
    given = replace(given, rgb=given.rgb[..., :1].repeat(3, axis=2))
    soft, crisp = (
        InstaGanTranslator(
            Echo(), working_size=SIZE, device=torch.device("cpu"), sharpen=amount
        ).translate([given])[0]
        for amount in (0.0, 1.0)
    )
    assert crisp.rgb.std() > 1.1 * soft.rgb.std()
    np.testing.assert_array_equal(crisp.masks, soft.masks)


@pytest.mark.parametrize("amount", [-1.0, 11.0, float("nan")])
def test_an_amount_of_detail_out_of_range_is_refused(amount: float) -> None:
    with pytest.raises(UsageError, match="use 0 to 10"):
        InstaGanTranslator(Echo(), working_size=SIZE, device=torch.device("cpu"), sharpen=amount)


def test_slots_of_one_mini_batch_may_change_places() -> None:
    given = crop(40, 50, 2)
    swapped = Crop(given.rgb, given.masks[::-1].copy())
    (one,), (other,) = translator().translate([given]), translator().translate([swapped])
    assert np.abs(one.rgb.astype(int) - other.rgb).max() <= 1
    np.testing.assert_array_equal(one.masks, other.masks[::-1])


@pytest.mark.parametrize("size", [SIZE, (96, 120), (17, 90)], ids=["equal", "down", "odd"])
def test_what_the_generator_leaves_alone_comes_back_in_place(size: tuple[int, int]) -> None:
    given = crop(*size, 2)
    echo = InstaGanTranslator(Echo(), working_size=SIZE, device=torch.device("cpu"))
    (patch,) = echo.translate([given])
    blurred = np.abs(patch.rgb.astype(int) - given.rgb)
    assert blurred.mean() < (0.6 if size == SIZE else 12)
    for before, after in zip(given.masks, patch.masks, strict=True):
        assert (before & after).sum() / (before | after).sum() > 0.75


def test_the_ranges_are_those_of_the_networks() -> None:
    white = Crop(np.full((*SIZE, 3), 255, np.uint8), np.ones((1, *SIZE), bool))
    black = Crop(np.zeros((*SIZE, 3), np.uint8), np.zeros((1, *SIZE), bool))
    batch = crops_to_batch([white, black], size=SIZE, device=torch.device("cpu"))
    assert batch.image[0].unique().tolist() == [1.0]
    assert batch.image[1].unique().tolist() == [-1.0]
    assert batch.masks.flatten(1).unique(dim=1).tolist() == [[1.0], [-1.0]]
    assert batch.valid.tolist() == [[True], [False]]


def test_a_mask_too_small_to_see_keeps_its_place_and_its_crop_keeps_its_picture() -> None:
    masks = np.zeros((1, 300, 400), bool)
    masks[0, 150, 200] = True
    given = Crop(textured(300, 400), masks)
    (patch,) = translator().translate([given])
    np.testing.assert_array_equal(patch.rgb, given.rgb)
    np.testing.assert_array_equal(patch.masks, given.masks)


def test_a_crop_with_one_mask_too_small_still_changes_for_the_others() -> None:
    masks = np.zeros((2, 300, 400), bool)
    masks[0, 150, 200] = True
    masks[1, 50:250, 80:300] = True
    given = Crop(textured(300, 400), masks)
    batch = crops_to_batch([given], size=SIZE, device=torch.device("cpu"))
    assert batch.valid.tolist() == [[False, True]]
    out = SetOutput(-batch.image, -batch.masks)
    (patch,) = output_to_patches(out, [given], batch.valid)
    np.testing.assert_array_equal(patch.masks[0], masks[0])
    assert patch.masks[1, 0, 0]
    assert not patch.masks[1, 150, 150]


@pytest.mark.needs_cuda
def test_a_gpu_paints_what_the_cpu_paints() -> None:
    for here, there in zip(
        translator().translate(CROPS), translator(device="cuda").translate(CROPS), strict=True
    ):
        # Convolutions in TF32 differ in the third digit, which normalisation may amplify.
        assert np.abs(here.rgb.astype(int) - there.rgb).mean() < 2
        assert (here.masks != there.masks).mean() < 0.02


def test_specks_of_a_generated_mask_are_dropped_and_its_parts_kept() -> None:
    masks = torch.full((1, 1, 40, 40), -1.0)
    masks[0, 0, 10:30, 5:20] = 1.0
    masks[0, 0, 12:28, 25:30] = 1.0
    masks[0, 0, 2:4, 33:35] = 1.0
    given = Crop(textured(40, 40), np.ones((1, 40, 40), bool))
    valid = torch.ones(1, 1, dtype=torch.bool)
    (patch,) = output_to_patches(SetOutput(torch.zeros(1, 3, 40, 40), masks), [given], valid)
    assert not patch.masks[0, :6].any()
    assert patch.masks[0].sum() == 20 * 15 + 16 * 5
