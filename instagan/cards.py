"""The card of a pair: all that is known of it besides the weights."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from instagan.config import DIRECTIONS, MOST_SHARPEN, Direction, GeneratorConfig
from instagan.errors import PairError

SCHEMA = 1
CARD_NAME = "card.json"
DEFAULT_MARGIN = 0.25
Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class CropMargins:
    """How much of the surroundings a crop shows around the object's box, side by side.

    All four are fractions of the box's *height*: 0.25 adds a quarter of the object's height.
    """

    top: float = DEFAULT_MARGIN
    bottom: float = DEFAULT_MARGIN
    left: float = DEFAULT_MARGIN
    right: float = DEFAULT_MARGIN

    def __post_init__(self) -> None:
        for side, value in vars(self).items():
            check(
                _is_number(value) and 0 <= value <= 10,
                f"crop margin {side} is {value!r}",
                "use 0 to 10 object heights",
            )


@dataclass(frozen=True)
class Domain:
    """One side of a pair: its name, and the detector classes that count as its objects."""

    name: str
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        check(_is_text(self.name), f"domain name is {self.name!r}", "use a non-empty text")
        check(
            isinstance(self.classes, tuple)
            and len(self.classes) > 0
            and all(_is_text(entry) for entry in self.classes),
            f"detector classes of {self.name!r} are {self.classes!r}",
            "list at least one class name",
        )


@dataclass(frozen=True)
class WeightFile:
    """The weights of one direction: a file of the pair's folder, its SHA-256 and its size."""

    file: str
    sha256: str
    bytes: int

    def __post_init__(self) -> None:
        check(
            is_name(self.file) and self.file.endswith(".safetensors"),
            f"weight file is {self.file!r}",
            "use a plain name that ends in .safetensors",
        )
        check(
            isinstance(self.sha256, str) and _DIGEST.fullmatch(self.sha256) is not None,
            f"sha256 of {self.file} is {self.sha256!r}",
            "use 64 lower-case hexadecimal digits",
        )
        check(
            _is_whole(self.bytes) and self.bytes > 0,
            f"size of {self.file} is {self.bytes!r}",
            "use a positive number of bytes",
        )


@dataclass(frozen=True)
class Card:
    """All that is known of a pair besides its weights.

    name: letters, digits, dot, dash, underscore.
    architecture: the one shape of all its generators.
    working_size: (height, width) in pixels of the crops it was trained on.
    domain_a, domain_b: what "AtoB" turns into what.
    crop_margins: for each direction it has.
    ins_per: instances translated at once.
    faces: for each direction whose objects come out facing one way, whichever way the source
        faces, that way: "left" or "right".
    sharpen: for each direction whose pictures come out soft, how much detail to add, see
        `instagan.pixels.sharpened`.
    weights: for each direction it has; `save_pair` fills it in.
    provenance: where the weights come from, under free keys.
    """

    name: str
    architecture: GeneratorConfig
    working_size: tuple[int, int]
    domain_a: Domain
    domain_b: Domain
    crop_margins: Mapping[Direction, CropMargins] = field(
        default_factory=lambda: {direction: CropMargins() for direction in DIRECTIONS}
    )
    ins_per: int = 2
    faces: Mapping[Direction, Side] = field(default_factory=dict)
    sharpen: Mapping[Direction, float] = field(default_factory=dict)
    weights: Mapping[Direction, WeightFile] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check(is_name(self.name), f"pair name is {self.name!r}", NAME_RULE)
        check(
            len(self.working_size) == 2
            and all(_is_whole(side) and 8 <= side <= 8192 for side in self.working_size),
            f"working size is {self.working_size!r}",
            "use height and width from 8 to 8192 pixels",
        )
        check(
            _is_whole(self.ins_per) and 1 <= self.ins_per <= 1000,
            f"ins_per is {self.ins_per!r}",
            "use 1 to 1000",
        )
        for known in (self.crop_margins, self.weights):
            check(set(known) <= set(DIRECTIONS), f"directions are {sorted(known)}", "AtoB or BtoA")
        check(
            set(self.weights) <= set(self.crop_margins),
            f"crop margins are there for {sorted(self.crop_margins)} only",
            "give them for every direction that has weights",
        )
        check(
            set(self.faces) <= set(DIRECTIONS) and set(self.faces.values()) <= set(SIDES),
            f"faces is {dict(self.faces)!r}",
            "use AtoB or BtoA, and left or right",
        )
        for direction in set(self.faces) & set(self.crop_margins):
            margins = self.crop_margins[direction]
            check(
                margins.left == margins.right,
                f"crops of {direction} show {margins.left} to the left and {margins.right} to the "
                "right, and what faces the other way is mirrored",
                "use equal margins with faces",
            )
        check(
            set(self.sharpen) <= set(DIRECTIONS)
            and all(
                _is_number(amount) and 0 <= amount <= MOST_SHARPEN
                for amount in self.sharpen.values()
            ),
            f"sharpen is {dict(self.sharpen)!r}",
            f"use AtoB or BtoA, and 0 to {MOST_SHARPEN:g}",
        )
        check(
            all(_is_text(key) and isinstance(text, str) for key, text in self.provenance.items()),
            f"provenance is {dict(self.provenance)!r}",
            "use texts only",
        )

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions it has weights for."""
        return tuple(direction for direction in DIRECTIONS if direction in self.weights)

    @property
    def sha256(self) -> str:
        """SHA-256 of the card's content; as that holds the weights' digests, of the pair."""
        return hashlib.sha256(canonical_text(self).encode()).hexdigest()

    def weights_of(self, direction: Direction) -> WeightFile:
        """Return the weights of a direction; PairError where there are none."""
        check(
            direction in self.weights,
            f"Pair {self.name!r} has no direction {direction!r}",
            f"use {' or '.join(self.directions)}",
        )
        return self.weights[direction]

    def source_domain(self, direction: Direction) -> Domain:
        """Return the domain that a direction starts from."""
        return self.domain_a if direction == "AtoB" else self.domain_b

    def target_domain(self, direction: Direction) -> Domain:
        """Return the domain that a direction leads to."""
        return self.domain_b if direction == "AtoB" else self.domain_a

    def domain_classes(self, direction: Direction) -> tuple[str, ...]:
        """Return the detector classes of what a direction turns into something else."""
        return self.source_domain(direction).classes


@dataclass(frozen=True)
class Pair:
    """A pair on disk: its folder, and the card found there."""

    folder: Path
    card: Card


NAME_RULE = "use letters, digits, '.', '-' and '_', starting with a letter or digit"


def is_name(text: object) -> bool:
    """Say whether a text may name a pair or a file in its folder."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def card_content(card: Card) -> dict[str, Any]:
    """Return what `card.json` says, without the checksum."""
    height, width = card.working_size
    return {
        "schema": SCHEMA,
        "name": card.name,
        "architecture": {
            key: value for key, value in asdict(card.architecture).items() if value is not None
        },
        "working_size": {"height": height, "width": width},
        "domains": {
            letter: {"name": domain.name, "classes": list(domain.classes)}
            for letter, domain in (("A", card.domain_a), ("B", card.domain_b))
        },
        "crop_margins": {d: asdict(card.crop_margins[d]) for d in sorted(card.crop_margins)},
        "ins_per": card.ins_per,
        # Left out when empty: cards written before there were such keys keep their checksums.
        **({"faces": {d: card.faces[d] for d in sorted(card.faces)}} if card.faces else {}),
        **({"sharpen": {d: card.sharpen[d] for d in sorted(card.sharpen)}} if card.sharpen else {}),
        "weights": {d: asdict(card.weights[d]) for d in sorted(card.weights)},
        "provenance": dict(card.provenance),
    }


def canonical_text(card: Card) -> str:
    """Return the card as the one text its checksum is taken of."""
    return json.dumps(card_content(card), sort_keys=True, separators=(",", ":"), allow_nan=False)


def check(holds: bool, fault: str, advice: str) -> None:
    """Raise PairError with the fault and the advice unless `holds`."""
    if not holds:
        raise PairError(f"{fault}; {advice}")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
