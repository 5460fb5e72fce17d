"""A data set of a bright square and a bright bar, and flags that train on it in a second."""

from pathlib import Path

import numpy as np
from PIL import Image

from instagan.data.layout import image_path, mask_path

TINY = [
    *("--width", "2", "--mask-width", "2", "--blocks", "1", "--judge-width", "2"),
    *("--no-compile", "--precision", "float32", "--warm-up", "2", "--batch", "1"),
    *("--threads", "1"),
]


def write_bars(root: Path, *, stems: str = "abcd") -> Path:
    """Write pictures of either side with a mask each, all training data, and return the folder."""
    rng = np.random.default_rng(0)
    for domain, (rows, columns) in {"A": ((30, 50), (20, 40)), "B": ((8, 52), (26, 36))}.items():
        for stem in stems:
            picture = rng.integers(0, 100, (64, 64, 3)).astype(np.uint8)
            mask = np.zeros((64, 64), np.uint8)
            mask[slice(*rows), slice(*columns)] = 255
            picture[mask > 0] += 150
            for path, pixels in (
                (image_path(root, "train", domain=domain, stem=stem), picture),
                (mask_path(root, "train", domain=domain, stem=stem, index=0), mask),
            ):
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(path)
    return root
