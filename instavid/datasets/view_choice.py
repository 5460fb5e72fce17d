"""Which views of an object are kept: the best of those that look alike, and not too many."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from instavid.core.fingerprints import alike_among, differing_bits
from instavid.datasets.view_rules import Reason
from instavid.datasets.views import View

Loss = tuple[View, Reason]
"""A view that is not kept, and why."""


@dataclass(frozen=True)
class Choice:
    """Views of one object in one scene, no two of which look alike."""

    views: tuple[View, ...] = ()

    def offered(self, view: View, *, most: int, bits: int) -> tuple["Choice", list[Loss]]:
        """Return what is kept when there is one more view, and what is not any longer.

        Of views that look alike the best is kept. Of too many, the two that look most alike are
        found, and the worse one goes: so what is left shows as much as it can.

        Args:
            view: The new one.
            most: Views to keep.
            bits: Views whose fingerprints differ in no more look alike.
        """
        twins = [one for one in self.views if _difference(one, view) <= bits]
        if any(twin.quality >= view.quality for twin in twins):
            return self, [(view, "alike")]
        kept = [one for one in self.views if one not in twins] + [view]
        lost: list[Loss] = [(twin, "alike") for twin in twins]
        if len(kept) > most:
            worse = _worse_of_nearest(kept)
            kept.remove(worse)
            lost.append((worse, "surplus"))
        return Choice(tuple(kept)), lost


def without_doubles(views: Sequence[View], *, bits: int) -> tuple[list[View], list[Loss]]:
    """Part views, whatever they are from, into those to keep and those like a better one."""
    kept: list[View] = []
    prints = np.zeros(len(views), np.uint64)
    lost: list[Loss] = []
    for view in sorted(views, key=lambda view: -view.quality):
        if alike_among(view.fingerprint, prints[: len(kept)], bits=bits).any():
            lost.append((view, "alike"))
        else:
            prints[len(kept)] = view.fingerprint
            kept.append(view)
    return sorted(kept, key=lambda view: view.name), lost


def _worse_of_nearest(views: Sequence[View]) -> View:
    if len(views) == 1:
        return views[0]
    nearest = min(combinations(views, 2), key=lambda pair: _difference(*pair))
    return min(nearest, key=lambda view: view.quality)


def _difference(one: View, other: View) -> int:
    return differing_bits(one.fingerprint, other.fingerprint)
