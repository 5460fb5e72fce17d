"""Crops, their variation, and what detectors' errors do to masks."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from instagan.cards import CropMargins
from instagan.data.batches import CropStream, Variation
from instagan.data.crops import TrainingCrop, cut_crops, load_crops
from instagan.data.held_out import load_held_out
from instagan.data.layout import Sample, divide, evenly, image_path, mask_path
from instagan.data.mask_errors import disturb
from instagan.errors import ConfigError
from instagan.windows import Window, crop_window

TIGHT = CropMargins(0.5, 0.25, 0.25, 0.25)


def ramp(height: int, width: int) -> torch.Tensor:
    """Return a picture whose red tells the row and whose green tells the column."""
    rows = torch.arange(height)[:, None].expand(height, width)
    columns = torch.arange(width)[None, :].expand(height, width)
    return torch.stack([rows, columns, torch.zeros_like(rows)]).to(torch.uint8)


def boxes(height: int, width: int, *windows: Window) -> torch.Tensor:
    masks = torch.zeros(len(windows), height, width, dtype=torch.bool)
    for mask, window in zip(masks, windows, strict=True):
        mask[window.slices] = True
    return masks


def write(root: Path, domain: str, stem: str, image: torch.Tensor, masks: torch.Tensor) -> None:
    for path, pixels in (
        (image_path(root, "train", domain=domain, stem=stem), image.permute(1, 2, 0)),
        *(
            (
                mask_path(root, "train", domain=domain, stem=stem, index=i),
                mask.to(torch.uint8) * 255,
            )
            for i, mask in enumerate(masks)
        ),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.numpy()).save(path)


def test_a_crop_is_what_inference_would_cut():
    box = Window(80, 90, 120, 130)
    (crop,) = cut_crops(
        ramp(200, 200), boxes(200, 200, box), margins=TIGHT, size=(70, 70), least=0.1
    )
    expected = crop_window(
        [box], margins=(0.5, 0.25, 0.25, 0.25), aspect=1.0, frame_width=200, frame_height=200
    )
    (window,) = crop.windows
    assert (window.height, window.width) == (expected.height, expected.width) == (70, 70)
    inside = crop.image[:, *window.slices]
    assert inside[0, 0, 0] == expected.top
    assert inside[1, 0, 0] == expected.left
    assert crop.image.shape[1] > 70
    assert int(crop.masks.sum()) == box.area


def test_neighbours_that_overlap_share_a_crop_and_others_do_not():
    near = (Window(20, 20, 60, 60), Window(45, 20, 85, 60))
    masks = boxes(200, 200, *near, Window(150, 150, 180, 180))
    crops = list(cut_crops(ramp(200, 200), masks, margins=TIGHT, size=(32, 32), least=0.1))
    assert sorted(len(crop.masks) for crop in crops) == [1, 2]


def test_an_object_of_a_group_is_as_large_as_alone_and_in_the_window_that_is_its_own():
    low, high = Window(40, 60, 95, 90), Window(85, 40, 125, 90)
    masks = boxes(200, 200, low, high)
    (crop,) = cut_crops(ramp(200, 200), masks, margins=TIGHT, size=(400, 400), least=0.1)
    (alone,) = cut_crops(ramp(200, 200), masks[1:], margins=TIGHT, size=(400, 400), least=0.1)
    of_low, of_high = crop.windows
    assert {(w.height, w.width) for w in crop.windows} == {
        (alone.windows[0].height, alone.windows[0].width)
    }
    assert of_low.left < of_high.left
    assert crop.masks[0, *of_low.slices].sum() == low.area
    assert crop.masks[1, *of_high.slices].sum() == high.area
    assert 0 < crop.masks[0, *of_high.slices].sum() < low.area
    stream = CropStream([crop], Variation(mirror=False, move=False), seed="4")
    drawn = stream.draw(12, size=(50, 50)).masks[:, 0].flatten(1).sum(1)
    assert len(drawn.unique()) == 2


@pytest.mark.parametrize("seen", [0, 1, 2])
def test_an_object_outside_the_window_that_is_shown_is_not_valid(seen):
    inside, outside = [Window(10, 10, 30, 30), Window(20, 10, 40, 30)], Window(60, 60, 80, 80)
    masks = boxes(100, 100, *inside[:seen], *[outside] * (2 - seen))
    crop = TrainingCrop(ramp(100, 100), masks, (Window(0, 0, 50, 50),))
    batch = CropStream([crop], Variation(mirror=False, move=False), seed="5").draw(1, size=(40, 40))
    assert batch.valid.tolist() == [[n < seen for n in range(2)]]
    assert (batch.masks[~batch.valid] == -1).all()


def test_large_crops_are_stored_small_and_tiny_ones_left_out():
    masks = boxes(240, 240, Window(20, 20, 180, 200), Window(220, 220, 224, 224))
    (crop,) = cut_crops(ramp(240, 240), masks, margins=TIGHT, size=(32, 32), least=0.5)
    assert crop.windows[0].height == 32
    assert max(crop.image.shape) < 50
    assert not list(cut_crops(ramp(9, 9), boxes(9, 9), margins=TIGHT, size=(32, 32), least=0.1))


def test_an_unvaried_draw_is_the_window_itself():
    box = Window(80, 90, 120, 130)
    (crop,) = cut_crops(
        ramp(200, 200), boxes(200, 200, box), margins=TIGHT, size=(70, 70), least=0.1
    )
    stream = CropStream([crop], Variation(mirror=False, move=False), seed="1")
    batch = stream.draw(2, size=(70, 70))
    expected = crop.image[:, *crop.windows[0].slices].float() / 127.5 - 1
    assert torch.equal(batch.image[0], expected)
    assert torch.equal(batch.image[0], batch.image[1])
    assert set(batch.masks.unique().tolist()) == {-1.0, 1.0}
    assert batch.valid.all()


def test_picture_and_mask_move_together():
    image = torch.zeros(3, 120, 120, dtype=torch.uint8)
    box = Window(40, 30, 80, 90)
    image[:, *box.slices] = 255
    (crop,) = cut_crops(image, boxes(120, 120, box), margins=TIGHT, size=(64, 64), least=0.1)
    batch = CropStream([crop], Variation(), seed="2").draw(16, size=(64, 64))
    bright = batch.image[:, 0] > 0
    inside = batch.masks[:, 0] > 0
    assert (bright == inside).float().mean() > 0.99
    assert len({tuple(mask.any(0).nonzero()[:1, 0].tolist()) for mask in inside}) > 3


def test_every_crop_comes_once_before_any_comes_again_and_draws_can_be_resumed():
    crops = [
        TrainingCrop(
            torch.full((3, 8, 8), value, dtype=torch.uint8),
            torch.ones(1, 8, 8, dtype=torch.bool),
            (Window(0, 0, 8, 8),),
        )
        for value in (0, 60, 120, 180)
    ]
    stream = CropStream(crops, Variation(mask_errors=0.5), seed="3")
    first = [stream.draw(1, size=(8, 8)).image.mean().item() for _ in range(4)]
    assert len(set(first)) == 4
    stream.draw(3, size=(8, 8))
    state = stream.state()
    ahead = [stream.draw(2, size=(8, 8)) for _ in range(3)]
    other = CropStream(crops, Variation(mask_errors=0.5), seed="another")
    other.restore(state)
    for batch in ahead:
        again = other.draw(2, size=(8, 8))
        assert torch.equal(batch.image, again.image)
        assert torch.equal(batch.masks, again.masks)
    fewer = CropStream(crops[:2], Variation(), seed="3")
    fewer.restore(state)
    fewer.draw(4, size=(8, 8))


def test_a_detectors_errors_are_small_and_never_remove_a_mask():
    mask = torch.zeros(1, 64, 64)
    mask[0, 16:48, 20:44] = 1
    overlaps = []
    for seed in range(60):
        changed = disturb(mask, rng=random.Random(seed))
        assert set(changed.unique().tolist()) <= {0.0, 1.0}
        overlaps.append(float((changed * mask).sum() / (changed + mask).clamp(max=1).sum()))
    assert min(overlaps) > 0.4
    assert sum(overlap < 1 for overlap in overlaps) > 40
    assert torch.equal(disturb(mask[:0], rng=random.Random(0)), mask[:0])
    assert torch.equal(disturb(mask * 0, rng=random.Random(0)), mask * 0)
    at_edge = torch.zeros(1, 64, 64)
    at_edge[0, 40:, 20:44] = 1
    assert not any(disturb(at_edge, rng=random.Random(seed))[0, :20].any() for seed in range(60))
    dot = torch.zeros(1, 9, 9)
    dot[0, 4, 4] = 1
    assert all(disturb(dot, rng=random.Random(seed)).sum() > 0 for seed in range(20))


def test_holding_out_goes_by_name_whatever_else_is_there():
    samples = [Sample(Path(f"n{i}.png"), ()) for i in range(400)]
    kept, held = divide(samples, 0.25)
    assert len(kept) + len(held) == 400
    assert 70 < len(held) < 130
    _, fewer = divide(samples[::2], 0.25)
    assert set(fewer) == set(held) & set(samples[::2])
    assert divide(samples, 0.0) == (tuple(samples), ())


def test_loading_reads_a_folder_and_holds_out(tmp_path):
    masks = boxes(60, 60, Window(20, 20, 40, 40))
    for index in range(12):
        write(tmp_path, "A", f"p{index}", ramp(60, 60), masks)
    told = []
    options = {"domain": "A", "margins": TIGHT, "size": (32, 32)}
    crops = load_crops(
        tmp_path, "train", **options, on_picture=lambda done, total: told.append((done, total))
    )
    assert len(crops) == 12
    assert told[-1] == (12, 12)
    fewer = load_crops(tmp_path, "train", **options, hold_out=0.3)
    assert 0 < len(fewer) < 12
    held = load_held_out(tmp_path, "train", **options, hold_out=0.3, most=99)
    assert len(fewer) + len(held) == 12
    assert not load_held_out(tmp_path, "train", **options, hold_out=0.0, most=99)
    assert len(load_held_out(tmp_path, "train", **options, hold_out=0.3, most=1)) == 1
    assert list(evenly("abcdefgh", 3)) == ["a", "c", "e"]
    assert list(evenly("ab", 3)) == ["a", "b"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("size", "is 30x60, its picture 60x60"),
        ("damage", "Cannot read"),
        ("tiny", "No object of domain A"),
    ],
)
def test_a_bad_sample_is_named(tmp_path, fault, told):
    write(tmp_path, "A", "p", ramp(60, 60), boxes(60, 60, Window(20, 20, 24, 24)))
    mask = mask_path(tmp_path, "train", domain="A", stem="p", index=0)
    if fault == "size":
        Image.fromarray(np.zeros((60, 30), np.uint8)).save(mask)
    if fault == "damage":
        mask.write_bytes(mask.read_bytes()[:20])
    with pytest.raises(ConfigError, match=told):
        load_crops(tmp_path, "train", domain="A", margins=TIGHT, size=(96, 96))
