"""Data and weights for tests of the classifier: small, and known."""

from collections.abc import Callable
from pathlib import Path

import torch
from known_pairs import GIRAFFE, WILLING, write_picture
from torch import Tensor, nn

SHEEP_BOX, GIRAFFE_BOX = (8, 30, 28, 50), (40, 4, 50, 44)


def write_domains(root: Path, *, pictures: int, split: str = "train") -> Path:
    """Write white squares as domain A and high yellow boxes as B, each a little elsewhere."""
    for number in range(pictures):
        shift = number % 10
        for domain, colour, box in (("A", WILLING, SHEEP_BOX), ("B", GIRAFFE, GIRAFFE_BOX)):
            left, top, right, bottom = box
            moved = (left + shift, top + shift, right + shift, bottom + shift)
            write_picture(root, f"{number:02}", [(colour, moved)], domain=domain, split=split)
    return root


def write_published(path: Path, build: Callable[[], nn.Module]) -> dict[str, Tensor]:
    """Write weights of a published network's names and shapes into a file of some kilobytes.

    Each tensor is one drawn value, repeated without memory of its own: what loads it cannot tell.
    """
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in build().state_dict().items()}
    rng = torch.Generator().manual_seed(1)
    state = {
        name: (torch.rand((), generator=rng) * 0.01).expand(shape) if shape else torch.tensor(0)
        for name, shape in shapes.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path)
    return state
