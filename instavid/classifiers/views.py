"""What a classifier sees of a picture: all of it, or one object with a little around it."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from instagan.cards import CropMargins
from instagan.data.crops import ROOM, TrainingCrop, cut_crops
from instagan.data.layout import Sample
from instagan.data.reading import read_sample
from instagan.pixels import picture_at, resize
from instagan.windows import Window, crop_window
from instavid.classifiers.cards import View
from instavid.types import ByteArray, Frame, Mask

MARGIN = 0.1
"""What an object's view adds to its box on each side, in heights of the box."""

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, of RGB in 0..1


def object_view(frame: Frame, mask: Mask) -> ByteArray:
    """Cut an object out: its box with the margin, made square; (h, w, 3) uint8 RGB.

    Square, since a squeezed giraffe is no giraffe. Near the frame's border the window is moved,
    and where the frame is too small for it, cut.

    Args:
        frame: The picture.
        mask: At least one pixel of it.
    """
    height, width = frame.picture.upright_size
    margins = (MARGIN, MARGIN, MARGIN, MARGIN)
    window = crop_window(
        [mask.window], margins=margins, aspect=1.0, frame_width=width, frame_height=height
    )
    return frame.rgb(window)


def load_views(samples: Iterable[Sample], *, size: int) -> dict[View, list[TrainingCrop]]:
    """Return every object and every whole picture of some samples, with room to vary them.

    Args:
        samples: See `instagan.data.layout`.
        size: Height and width that the classifier sees, px; pictures are kept no larger than that
            and the room takes.

    Raises:
        instagan.ConfigError: A file is no picture, or a mask has another size than its picture.
    """
    margins = CropMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    found: dict[View, list[TrainingCrop]] = {"objects": [], "pictures": []}
    for sample in samples:
        picture, masks = read_sample(sample)
        for mask in masks:
            found["objects"] += cut_crops(
                picture, mask[None], margins=margins, size=(size, size), least=0
            )
        found["pictures"].append(_whole(picture, round(size * (1 + ROOM))))
    return found


def network_input(images: Sequence[ByteArray], *, size: int, device: torch.device) -> Tensor:
    """Return pictures, (h, w, 3) uint8 RGB of any size, as (B, 3, size, size) in [-1, 1]."""
    pixels = (torch.from_numpy(image).to(device).permute(2, 0, 1) for image in images)
    return torch.stack([picture_at(picture, (size, size)) for picture in pixels])


def standardised(images: Tensor) -> Tensor:
    """Return (B, 3, h, w) in [-1, 1] as networks of torchvision want it: ImageNet's mean is 0."""
    mean, deviation = (
        torch.tensor(values, device=images.device).view(1, 3, 1, 1)
        for values in (_MEAN, _DEVIATION)
    )
    return ((images + 1) / 2 - mean) / deviation


def _whole(picture: Tensor, side: int) -> TrainingCrop:
    """Return a picture, (3, H, W) uint8, squeezed into a square."""
    squeezed = resize(picture[None].float(), (side, side))[0].round().clamp(0, 255)
    all_of_it = torch.ones(1, side, side, dtype=torch.bool)
    return TrainingCrop(squeezed.to(torch.uint8), all_of_it, (Window(0, 0, side, side),))
