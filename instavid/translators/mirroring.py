"""Turns what a generator always paints facing one way."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from instavid.interfaces import Translator
from instavid.types import Crop, Patch

Piece = TypeVar("Piece", Crop, Patch)


class MirroringTranslator:
    """Shows another translator crops as if all objects walked one way; satisfies `Translator`.

    Unpaired pictures do not tell a generator that an object that faces left becomes another that
    faces left: one that paints every giraffe facing right deceives its discriminator just as well.
    In a video the way an object walks tells it.
    """

    def __init__(self, translator: Translator, *, faces: int) -> None:
        """Wrap a translator.

        Args:
            translator: Sees crops of what faces the other way mirrored.
            faces: What it paints looks to the left (-1) or to the right (1).
        """
        self._translator = translator
        self._faces = faces

    def translate(self, crops: Sequence[Crop]) -> list[Patch]:
        """Return one patch per crop, in order; crops that face nowhere go through as they are."""
        turned = [crop.facing == -self._faces for crop in crops]
        given = [_mirrored(c) if turn else c for c, turn in zip(crops, turned, strict=True)]
        made = self._translator.translate(given)
        return [_mirrored(p) if turn else p for p, turn in zip(made, turned, strict=True)]


def _mirrored(piece: Piece) -> Piece:
    """Return a crop or patch with left and right exchanged, in memory of its own."""
    rgb = np.ascontiguousarray(piece.rgb[:, ::-1])
    return replace(piece, rgb=rgb, masks=np.ascontiguousarray(piece.masks[:, :, ::-1]))
