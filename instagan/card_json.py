"""The text of `card.json`: written canonically, read strictly."""

import json
from typing import Any

from instagan.cards import (
    SCHEMA,
    Card,
    CropMargins,
    Domain,
    WeightFile,
    card_content,
    check,
)
from instagan.config import DIRECTIONS, Direction, GeneratorConfig
from instagan.errors import ConfigError, PairError


def render_card(card: Card) -> str:
    """Return the text of `card.json`, with the content's own SHA-256 in it."""
    content = {**card_content(card), "sha256": card.sha256}
    return json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def parse_card(text: str) -> Card:
    """Read what `render_card` wrote.

    Raises:
        PairError: not JSON, another schema, a key unknown or missing, a value of the wrong
            type or out of range, or a content that does not fit its checksum.
    """
    try:
        content = json.loads(text, object_pairs_hook=_refuse_twins, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as fault:
        raise PairError(f"not valid JSON ({fault})") from fault
    table = _Table(content, "the card")
    schema = table.take("schema", int)
    check(schema == SCHEMA, f"schema is {schema}", f"this version reads schema {SCHEMA}")
    claimed = table.take("sha256", str)
    card = _read_card(table)
    if claimed != card.sha256:
        raise PairError(
            "its content does not fit its own sha256: damaged, or edited by hand; "
            "fetch the pair again, or write it with instagan.pairs.save_pair"
        )
    return card


class _Table:
    """A JSON object of which every key must be taken exactly once."""

    def __init__(self, value: object, where: str) -> None:
        check(isinstance(value, dict), f"{where} is {value!r}", "use a JSON object")
        self.rest: dict[str, Any] = dict(value)  # type: ignore[call-overload]
        self.where = where

    def take(self, key: str, kind: type) -> Any:
        check(key in self.rest, f"{self.where} lacks {key!r}", "fetch or write the pair again")
        value = self.rest.pop(key)
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        check(fits, f"{key!r} in {self.where} is {value!r}", f"use {_SPOKEN[kind]}")
        return value

    def take_table(self, key: str) -> "_Table":
        return _Table(self.take(key, dict), f"{key!r} of {self.where}")

    def done(self) -> None:
        check(
            not self.rest,
            f"{self.where} has the unknown key {next(iter(self.rest), None)!r}",
            "remove it, or update instavid",
        )


_SPOKEN = {int: "a whole number", str: "a text", dict: "a JSON object", list: "a list"}


def _read_card(table: _Table) -> Card:
    shape = table.take_table("architecture")
    size = table.take_table("working_size")
    domains = table.take_table("domains")
    margins = table.take_table("crop_margins")
    weights = table.take_table("weights")
    provenance = table.take_table("provenance")
    faces, sharpen = (_optional_table(table, key) for key in ("faces", "sharpen"))
    card = Card(
        name=table.take("name", str),
        architecture=_read_architecture(shape),
        working_size=(size.take("height", int), size.take("width", int)),
        domain_a=_read_domain(domains.take_table("A")),
        domain_b=_read_domain(domains.take_table("B")),
        crop_margins={d: _read_margins(margins.take_table(d)) for d in _directions(margins)},
        ins_per=table.take("ins_per", int),
        faces={d: faces.take(d, str) for d in _directions(faces)},
        sharpen={d: sharpen.rest.pop(d) for d in _directions(sharpen)},
        weights={d: _read_weight(weights.take_table(d)) for d in _directions(weights)},
        provenance=provenance.rest,
    )
    for used in (size, domains, margins, weights, faces, sharpen, table):
        used.done()
    check(bool(card.weights), "it has no weights", "fetch or write the pair again")
    return card


def _optional_table(table: _Table, key: str) -> _Table:
    return table.take_table(key) if key in table.rest else _Table({}, key)


def _directions(table: _Table) -> list[Direction]:
    return [direction for direction in DIRECTIONS if direction in table.rest]


def _read_architecture(table: _Table) -> GeneratorConfig:
    kind, width, blocks = (
        table.take("kind", str),
        table.take("base_width", int),
        table.take("blocks", int),
    )
    mask_width = table.take("mask_width", int) if "mask_width" in table.rest else None
    upsampling = table.take("upsampling", str) if "upsampling" in table.rest else None
    table.done()
    try:
        return GeneratorConfig(kind, width, blocks, mask_width, upsampling)
    except ConfigError as fault:
        raise PairError(str(fault)) from fault


def _read_domain(table: _Table) -> Domain:
    domain = Domain(table.take("name", str), tuple(table.take("classes", list)))
    table.done()
    return domain


def _read_margins(table: _Table) -> CropMargins:
    margins = CropMargins(*(table.rest.pop(side, None) for side in vars(CropMargins())))
    table.done()
    return margins


def _read_weight(table: _Table) -> WeightFile:
    found = WeightFile(table.take("file", str), table.take("sha256", str), table.take("bytes", int))
    table.done()
    return found


def _refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError(f"a key appears twice among {[key for key, _ in pairs]}")
    return table


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number")
