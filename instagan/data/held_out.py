"""The crops that a training never sees: to measure it on, not to learn from."""

from pathlib import Path

from instagan.cards import CropMargins
from instagan.data.crops import LEAST_HEIGHT, TrainingCrop, cut_crops
from instagan.data.layout import DomainLetter, divide, evenly, find_samples
from instagan.data.reading import read_sample


def load_held_out(
    root: Path,
    split: str,
    *,
    domain: DomainLetter,
    margins: CropMargins,
    size: tuple[int, int],
    hold_out: float,
    most: int,
) -> list[TrainingCrop]:
    """Cut crops of the pictures that `load_crops` leaves out; none where it leaves none.

    Args:
        root, split, domain, margins, size, hold_out: as for `load_crops`.
        most: pictures that are read, evenly among those left out.

    Raises:
        ConfigError: as `load_crops`, but that there may be no crop.
    """
    _, samples = divide(find_samples(root, split, domain=domain), hold_out)
    crops: list[TrainingCrop] = []
    for sample in evenly(samples, most):
        image, masks = read_sample(sample)
        crops += cut_crops(image, masks, margins=margins, size=size, least=LEAST_HEIGHT)
    return crops
