"""Small networks and sets of masks; widths of 2 to 4 keep every test quick."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from instagan.config import GeneratorConfig
from instagan.models.build import build_generator
from instagan.models.generators import SetGenerator

SMALL = GeneratorConfig(base_width=4, blocks=2)

MakeSet = Callable[..., tuple[Tensor, Tensor, Tensor]]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Networks this small only wait for a second thread; the root fixture puts it back."""
    torch.set_num_threads(1)


@pytest.fixture
def generator() -> SetGenerator:
    made = build_generator(SMALL, rng=torch.Generator().manual_seed(3))
    assert isinstance(made, SetGenerator)
    return made.eval()


@pytest.fixture
def make_set() -> MakeSet:
    """Make a random picture with `counts[b]` boxes as masks in the first slots of sample b."""

    def make(
        counts: list[int], *, slots: int, size: tuple[int, int] = (24, 20), seed: int = 0
    ) -> tuple[Tensor, Tensor, Tensor]:
        rng = torch.Generator().manual_seed(seed)
        height, width = size
        image = torch.rand(len(counts), 3, height, width, generator=rng) * 2 - 1
        masks = -torch.ones(len(counts), slots, height, width)
        valid = torch.zeros(len(counts), slots, dtype=torch.bool)
        for sample, count in enumerate(counts):
            for slot in range(count):
                masks[sample, slot, 2 + 3 * slot : 9 + 3 * slot, 3 : 8 + 2 * slot] = 1
                valid[sample, slot] = True
        return image, masks, valid

    return make


@pytest.fixture(scope="session")
def reference() -> Path:
    """Return the folder of what the authors' code computes, or skip."""
    beside = Path(__file__).resolve().parents[3] / "shared"
    folder = Path(os.environ.get("INSTAVID_SHARED", beside)) / "reference"
    if not folder.is_dir():
        pytest.skip("the reference vectors are absent (set INSTAVID_SHARED to their parent)")
    return folder
