"""Training crops: every object of a data set, cut as inference cuts it, with room to move."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from instagan.cards import CropMargins
from instagan.data.layout import DomainLetter, divide, find_samples
from instagan.data.reading import read_sample
from instagan.errors import ConfigError
from instagan.grouping import group_boxes
from instagan.pixels import masks_at, resize
from instagan.windows import Window, crop_window

_log = logging.getLogger(__name__)

LEAST_HEIGHT = 0.2
"""Share of the height of the training pictures below which an object is not used."""
ROOM = 0.15
"""Share of a window's side that is kept around it, for moving and scaling it in training."""
MAX_MEMBERS = 4


@dataclass(frozen=True)
class TrainingCrop:
    """One object, or a group of overlapping ones, with what lies around.

    image: (3, h, w) uint8 RGB.
    masks: (N, h, w) bool, N >= 1, True inside.
    windows: what to show at the size of a stage, in pixels of `image`, all equally large; one
        is drawn each time. For a single object it is what inference would cut. Inference
        translates a group larger, so that its tallest object keeps the size that it has alone;
        here each object of a group has a window of that size, in which parts of others show.
    """

    image: Tensor
    masks: Tensor
    windows: tuple[Window, ...]


def load_crops(
    root: Path,
    split: str,
    *,
    domain: DomainLetter,
    margins: CropMargins,
    size: tuple[int, int],
    least: float = LEAST_HEIGHT,
    hold_out: float = 0.0,
    on_picture: Callable[[int, int], None] = lambda done, total: None,
) -> list[TrainingCrop]:
    """Cut all crops of one domain; they stay in memory, at most `size` and the room large.

    Args:
        root, split, domain: see `instagan.data.layout`.
        margins: of the direction that starts from this domain.
        size: (height, width) of the largest training stage, px.
        least: crops less than this share as high as `size` are left out: enlarging them
            would teach blur.
        hold_out: share of the pictures to leave for tests, see `instagan.data.layout.divide`.
        on_picture: told how many pictures are done.

    Raises:
        ConfigError: as `find_samples`; a file cannot be read; sizes of picture and mask
            differ; no crop is large enough.
    """
    samples, _ = divide(find_samples(root, split, domain=domain), hold_out)
    crops: list[TrainingCrop] = []
    empty: list[Path] = []
    for done, sample in enumerate(samples, 1):
        image, masks = read_sample(sample)
        empty += [path for path, mask in zip(sample.masks, masks, strict=True) if not mask.any()]
        crops += cut_crops(image, masks, margins=margins, size=size, least=least)
        on_picture(done, len(samples))
    if empty:
        _log.warning(
            "Masks without a white pixel are left out, %d in all, the first is %s; draw or remove "
            "them",
            len(empty),
            empty[0],
        )
    if not crops:
        raise ConfigError(
            f"No object of domain {domain} in {root} fills {least:.0%} of {size[0]} px; "
            "use a smaller size, or pictures with larger objects"
        )
    return crops


def cut_crops(
    image: Tensor,
    masks: Tensor,
    *,
    margins: CropMargins,
    size: tuple[int, int],
    least: float,
) -> Iterator[TrainingCrop]:
    """Yield the crops of one picture: groups, windows and sizes are those of inference."""
    _, height, width = image.shape
    place = partial(
        crop_window,
        margins=(margins.top, margins.bottom, margins.left, margins.right),
        aspect=size[1] / size[0],
        frame_width=width,
        frame_height=height,
    )
    masks = masks[masks.flatten(1).any(1)]
    boxes = [_box(mask) for mask in masks]
    for group in group_boxes(boxes, max_members=MAX_MEMBERS) if boxes else ():
        members = [boxes[index] for index in group]
        alone = place([max(members, key=lambda box: box.height)])
        if alone.height >= least * size[0]:
            around = place(members)
            windows = tuple(_piece(around, alone, place([box])) for box in members)
            yield _cut(image, masks[group], around, windows, size=size)


def _piece(around: Window, size: Window, aim: Window) -> Window:
    """Return a window as large as `size`, within `around`, as near as that allows to `aim`."""
    width, height = min(size.width, around.width), min(size.height, around.height)
    left = min(max(around.left, (aim.left + aim.right - width) // 2), around.right - width)
    top = min(max(around.top, (aim.top + aim.bottom - height) // 2), around.bottom - height)
    return Window(left, top, left + width, top + height)


def _cut(
    image: Tensor,
    masks: Tensor,
    around: Window,
    windows: tuple[Window, ...],
    *,
    size: tuple[int, int],
) -> TrainingCrop:
    outer = _with_room(around, width=image.shape[2], height=image.shape[1])
    crop = TrainingCrop(
        image[:, *outer.slices].clone(),
        masks[:, *outer.slices].clone(),
        tuple(window.relative_to(outer) for window in windows),
    )
    scale = min(1.0, size[0] / windows[0].height)
    return _shrink(crop, scale) if scale < 1 else crop


def _with_room(window: Window, *, width: int, height: int) -> Window:
    more_x, more_y = round(window.width * ROOM), round(window.height * ROOM)
    grown = Window(
        window.left - more_x, window.top - more_y, window.right + more_x, window.bottom + more_y
    )
    return grown.intersect(Window(0, 0, width, height))


def _shrink(crop: TrainingCrop, scale: float) -> TrainingCrop:
    height, width = crop.image.shape[1:]
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    image = resize(crop.image[None].float(), size)[0].round().clamp(0, 255).to(torch.uint8)
    masks = masks_at(crop.masks, size)
    sx, sy = size[1] / width, size[0] / height
    wide, high = round(crop.windows[0].width * sx), round(crop.windows[0].height * sy)
    corners = [
        (min(round(w.left * sx), size[1] - wide), min(round(w.top * sy), size[0] - high))
        for w in crop.windows
    ]
    windows = tuple(Window(left, top, left + wide, top + high) for left, top in corners)
    return replace(crop, image=image, masks=masks, windows=windows)


def _box(mask: Tensor) -> Window:
    rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
    return Window(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
