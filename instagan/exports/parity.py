"""Whether two generators do the same: example sets, and how far apart the results lie."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from instagan.sequential import TranslatesSets, translate
from instagan.types import SetBatch


@dataclass(frozen=True)
class Case:
    """A batch to compare on, and how many of its instances are translated at once."""

    name: str
    given: SetBatch
    ins_per: int


@dataclass(frozen=True)
class Difference:
    """The largest differences of one case, in the units of pictures and masks, -1 to 1."""

    case: str
    image: float
    masks: float

    @property
    def largest(self) -> float:
        """The larger of both."""
        return max(self.image, self.masks)


def example_cases(size: tuple[int, int], *, ins_per: int, seed: int = 0) -> tuple[Case, ...]:
    """Return what a set generator meets: one mask and more, odd sizes, empty slots, mini-batches.

    Args:
        size: (height, width) in px that the pair works at.
        ins_per: instances translated at once where they go one after the other.
        seed: of the pictures and masks.
    """
    rng = torch.Generator().manual_seed(seed)
    height, width = size
    odd = (height // 2 * 2 + 3, width // 2 * 2 + 1)
    gap = torch.tensor([[True, True], [False, True]])

    def case(name: str, counts: tuple[int, int], at: tuple[int, int], at_once: int) -> Case:
        return Case(f"{name}, {at[0]}x{at[1]}", example_set(counts, at, rng=rng), at_once)

    plain = [case(_masks(count), (1, count), size, count) for count in (1, 2, 4)]
    two = case("2 pictures, a slot empty", (2, 2), odd, 2)
    empty_slot = Case(two.name, SetBatch(two.given.image, two.given.masks, gap), two.ins_per)
    name = f"4 masks, {ins_per} at a time"
    return (*plain, case(_masks(1), (1, 1), odd, 1), empty_slot, case(name, (1, 4), size, ins_per))


def example_set(
    counts: tuple[int, int], size: tuple[int, int], *, rng: torch.Generator
) -> SetBatch:
    """Return (batch, slots) smooth random pictures with an ellipse in each of their slots."""
    batch, slots = counts
    coarse = torch.rand(batch, 3, 6, 6, generator=rng) * 2 - 1
    image = torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(-1, 1)
    middle = 0.3 + 0.4 * torch.rand(2, batch, slots, 1, 1, generator=rng)
    radius = 0.2 + 0.2 * torch.rand(2, batch, slots, 1, 1, generator=rng)
    y, x = (torch.linspace(0, 1, side) for side in size)
    off = ((y[:, None] - middle[0]) / radius[0]) ** 2 + ((x - middle[1]) / radius[1]) ** 2
    masks = torch.where(off < 1, 1.0, -1.0)
    return SetBatch(image, masks, torch.ones(batch, slots, dtype=torch.bool))


@torch.no_grad()
def compare(
    ours: TranslatesSets, theirs: TranslatesSets, cases: Sequence[Case]
) -> tuple[Difference, ...]:
    """Return for each case how far apart two generators are; both are called as `walk` does."""
    found = []
    for case in cases:
        given = case.given
        a, b = (
            translate(one, given.image, given.masks, given.valid, ins_per=case.ins_per)
            for one in (ours, theirs)
        )
        found.append(Difference(case.name, _apart(a.image, b.image), _apart(a.masks, b.masks)))
    return tuple(found)


def _apart(a: Tensor, b: Tensor) -> float:
    """Return the largest absolute difference, infinite where one is no number."""
    largest = float((a - b).abs().max())
    return math.inf if math.isnan(largest) else largest


def _masks(count: int) -> str:
    return f"{count} mask{'s' * (count > 1)}"
