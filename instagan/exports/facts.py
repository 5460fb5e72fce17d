"""What an exported file says of itself: enough to use it without the pair's card."""

from dataclasses import asdict
from typing import Any

from instagan.cards import Domain, Pair
from instagan.config import Direction
from instagan.models.layers import MIN_SIDE

KEY = "instavid.json"
"""The name under which a file holds its facts, as JSON."""
INPUTS = ("image", "masks", "valid")
OUTPUTS = ("new_image", "new_masks")

_SCHEMA = 1
_IMAGE = ("batch", 3, "height", "width")
_MASKS = ("batch", "instances", "height", "width")


def describe(pair: Pair, direction: Direction) -> dict[str, Any]:
    """Return what JSON can hold of a pair's direction: what it is, and how it wants to be called.

    Raises:
        PairError: the pair lacks that direction.
    """
    card = pair.card
    height, width = card.working_size
    source, target = card.source_domain(direction), card.target_domain(direction)
    return {
        "schema": _SCHEMA,
        "pair": card.name,
        "direction": direction,
        "source": _domain(source),
        "target": _domain(target),
        "weights_sha256": card.weights_of(direction).sha256,
        "pair_sha256": card.sha256,
        "working_size": {"height": height, "width": width},
        "smallest_side": MIN_SIDE,
        "crop_margins": asdict(card.crop_margins[direction]),
        "ins_per": card.ins_per,
        "faces": card.faces.get(direction),
        "sharpen": card.sharpen.get(direction, 0.0),
        "inputs": {
            "image": _tensor(_IMAGE, "RGB from -1 (black) to 1 (white)"),
            "masks": _tensor(_MASKS, "-1 outside an instance, 1 inside"),
            "valid": {
                "shape": list(_MASKS[:2]),
                "dtype": "bool",
                "values": "whether a mask counts; one that does not comes back unchanged",
            },
        },
        "outputs": {
            "new_image": _tensor(_IMAGE, "as image"),
            "new_masks": _tensor(_MASKS, "inside where above 0"),
        },
        "provenance": dict(card.provenance),
    }


def _domain(domain: Domain) -> dict[str, Any]:
    return {"name": domain.name, "classes": list(domain.classes)}


def _tensor(shape: tuple[str | int, ...], values: str) -> dict[str, Any]:
    return {"shape": list(shape), "dtype": "float32", "range": [-1, 1], "values": values}
