"""From what was asked for to translators that are ready to work."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from instagan.pairs import Pair, find_pair
from instavid.errors import UsageError
from instavid.interfaces import Translator
from instavid.painting import Casting
from instavid.selection import Selection
from instavid.translators.instagan import InstaGanTranslator
from instavid.translators.mirroring import MirroringTranslator
from instavid.zoo import pair_places


@dataclass(frozen=True)
class ChosenPair:
    """A pair that was found, and the objects that it is to change."""

    pair: Pair
    selection: Selection
    labels: tuple[str, ...]
    """Detector classes, at least one."""


def choose_pairs(
    selections: Sequence[Selection], *, classes: Sequence[str] = ()
) -> tuple[ChosenPair, ...]:
    """Find the pairs and settle which classes each one changes.

    A selector (`@class:NAME`) wins over `classes`, and these win over the pair's own card.

    Raises:
        UsageError: No selection, or two pairs for one class.
        instagan.PairError: A pair is missing or damaged.
    """
    if not selections:
        raise UsageError(
            "no pair: give one with -p PAIR; 'instavid pairs list' shows what there is"
        )
    chosen = []
    for selection in selections:
        pair = find_pair(selection.pair, pair_places())
        labels = (
            selection.classes or tuple(classes) or pair.card.domain_classes(selection.direction)
        )
        chosen.append(ChosenPair(pair, selection, labels))
    _refuse_contested(chosen)
    return tuple(chosen)


def _refuse_contested(chosen: Sequence[ChosenPair]) -> None:
    owner: dict[str, ChosenPair] = {}
    for choice in chosen:
        for label in choice.labels:
            other = owner.setdefault(label, choice)
            if other is not choice:
                raise UsageError(
                    f"both {other.selection.pair} and {choice.selection.pair} would change "
                    f"'{label}': give each its own with @class:NAME"
                )


def all_labels(chosen: Sequence[ChosenPair]) -> tuple[str, ...]:
    """Return every class that any of the pairs changes, without repeats, in order."""
    return tuple(dict.fromkeys(label for choice in chosen for label in choice.labels))


def build_casting(choice: ChosenPair, *, device: torch.device, batch: int = 8) -> Casting:
    """Load the generator of a chosen pair.

    Args:
        choice: See `choose_pairs`.
        device: Where the generator runs.
        batch: Crops per forward pass at the most.
    """
    card, direction = choice.pair.card, choice.selection.direction
    margins = card.crop_margins[direction]
    height, width = card.working_size
    translator: Translator = InstaGanTranslator.load(
        choice.pair, direction=direction, device=device, batch=batch
    )
    if side := card.faces.get(direction):
        translator = MirroringTranslator(translator, faces=-1 if side == "left" else 1)
    return Casting(
        translator,
        labels=frozenset(choice.labels),
        margins=(margins.top, margins.bottom, margins.left, margins.right),
        working_aspect=width / height,
    )
