"""Writing a pair: weights first, the card last, and nothing half."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from instagan.atomic import create_folder, replace_files
from instagan.card_json import render_card
from instagan.cards import CARD_NAME, NAME_RULE, Card, Pair, Side, WeightFile, is_name
from instagan.config import DIRECTIONS, Direction
from instagan.errors import PairError

if TYPE_CHECKING:
    from torch import Tensor, nn

_WEIGHTS_NAME = re.compile(r"(AtoB|BtoA)-[0-9a-f]{12}\.safetensors")


def save_pair(
    folder: str | os.PathLike[str],
    card: Card,
    generators: "Mapping[Direction, nn.Module | Mapping[str, Tensor]]",
    *,
    half: bool = False,
    overwrite: bool = False,
) -> Pair:
    """Write a pair atomically: afterwards it is all there, or all is as it was.

    Args:
        folder: the pair's own folder, not its parent.
        card: `weights` is filled in here, and `created_by` in the provenance.
        generators: for each direction a generator or its state dict.
        half: store float16, half the size; it is loaded as float32 again.
        overwrite: replace a pair that is there; otherwise that is refused.

    Raises:
        WeightsError: the weights do not fit the card's architecture or are not finite.
        PairError: no direction given, the name is taken, or the disk refused.
    """
    folder = Path(folder)
    if not is_name(folder.name):
        raise PairError(f"Cannot name a pair {folder.name!r}; {NAME_RULE}")
    if not generators:
        raise PairError(f"Nothing to save in {folder}; give a generator for AtoB or BtoA")
    packed = {
        direction: _pack(source, card, half=half, where=f"the {direction} generator")
        for direction, source in generators.items()
    }
    weights = {direction: _describe(direction, data) for direction, data in packed.items()}
    provenance = {"created_by": f"instavid {_own_version()}", **card.provenance}
    card = replace(card, weights=weights, provenance=provenance)
    files = {weights[direction].file: data for direction, data in packed.items()}
    _store(folder, {**files, CARD_NAME: render_card(card).encode()}, overwrite=overwrite)
    return Pair(folder, card)


def annotate(pair: Pair, notes: Mapping[str, str]) -> Pair:
    """Add texts to the provenance of a pair's card; an empty text takes a key away.

    The weights stay as they are; the pair's SHA-256 changes, being that of the card.

    Raises:
        PairError: a text is none, or the disk refused.
    """
    told = {**pair.card.provenance, **notes}
    kept = {key: text for key, text in told.items() if text}
    return _rewrite(pair, replace(pair.card, provenance=kept))


def adjust(
    pair: Pair,
    *,
    faces: Mapping[Direction, Side] | None = None,
    sharpen: Mapping[Direction, float] | None = None,
) -> Pair:
    """Say on a pair's card how what it makes is to be shown; see `Card.faces` and `.sharpen`.

    What is None stays as it is. So do the weights; the pair's SHA-256 changes, being that of the
    card.

    Raises:
        PairError: a direction, side or amount is none, the pair has no weights of a direction
            that something new is said of, or the disk refused.
    """
    card = pair.card
    changed = replace(
        card,
        faces=card.faces if faces is None else dict(faces),
        sharpen=card.sharpen if sharpen is None else dict(sharpen),
    )
    for direction in DIRECTIONS:
        if _shown(changed, direction) not in (_shown(card, direction), (None, None)):
            changed.weights_of(direction)
    return _rewrite(pair, changed)


def _shown(card: Card, direction: Direction) -> tuple[Side | None, float | None]:
    return card.faces.get(direction), card.sharpen.get(direction)


def _rewrite(pair: Pair, card: Card) -> Pair:
    try:
        replace_files(pair.folder, {CARD_NAME: render_card(card).encode()}, last=CARD_NAME)
    except OSError as fault:
        raise PairError(
            f"Cannot write {pair.folder}: {fault.strerror}; check its permissions"
        ) from fault
    return replace(pair, card=card)


def _pack(
    source: "nn.Module | Mapping[str, Tensor]", card: Card, *, half: bool, where: str
) -> bytes:
    from instagan.weights import check_state, pack, unpack

    state = source if isinstance(source, Mapping) else source.state_dict()
    check_state(state, card.architecture, where=where)
    data = pack(state, half=half)
    # A value beyond 65504 is finite as float32 and infinite as float16.
    check_state(unpack(data, where=where), card.architecture, where=f"{where}, as stored,")
    return data


def _describe(direction: Direction, data: bytes) -> WeightFile:
    """Name a file after its content, so that old and new weights can lie side by side."""
    digest = hashlib.sha256(data).hexdigest()
    return WeightFile(f"{direction}-{digest[:12]}.safetensors", digest, len(data))


def _store(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    exists = os.path.lexists(folder)
    if exists and not overwrite:
        raise PairError(f"{folder} exists; choose another name, or pass overwrite=True")
    if exists and not (folder / CARD_NAME).is_file():
        raise PairError(f"{folder} exists and is no pair; choose another name")
    try:
        if exists:
            replace_files(folder, files, last=CARD_NAME)
            _remove_stale(folder, keep=files)
        else:
            create_folder(folder, files)
    except OSError as fault:
        raise PairError(
            f"Cannot write {folder}: {fault.strerror}; check its permissions and the disk's space"
        ) from fault


def _remove_stale(folder: Path, *, keep: Mapping[str, bytes]) -> None:
    for path in folder.iterdir():
        if path.name not in keep and _WEIGHTS_NAME.fullmatch(path.name):
            path.unlink()


def _own_version() -> str:
    try:
        return version("instavid")
    except PackageNotFoundError:
        return "(not installed)"
