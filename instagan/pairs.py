"""Pairs of generators on disk: a folder of safetensors files and one `card.json`."""

import difflib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from instagan.card_json import parse_card
from instagan.cards import CARD_NAME, Card, CropMargins, Domain, Pair, WeightFile, is_name
from instagan.config import Direction
from instagan.errors import PairError, PairNotFoundError, WeightsError
from instagan.pair_writing import adjust, annotate, save_pair

if TYPE_CHECKING:
    import torch

__all__ = [
    "Card",
    "CropMargins",
    "Domain",
    "Pair",
    "WeightFile",
    "adjust",
    "annotate",
    "find_pair",
    "list_pairs",
    "load_card",
    "load_generator",
    "load_pair",
    "pairs_folder",
    "save_pair",
]

_CARD_LIMIT_BYTES = 1 << 20


def pairs_folder() -> Path:
    """Return where named pairs live: `$INSTAVID_CACHE/pairs`, or the user's cache folder."""
    root = os.environ.get("INSTAVID_CACHE") or platformdirs.user_cache_dir("instavid")
    return Path(root) / "pairs"


def load_card(folder: str | os.PathLike[str]) -> Card:
    """Read and check `card.json` of a pair's folder; the weights are not touched.

    Raises:
        PairNotFoundError: there is no such folder, or no card in it.
        PairError: the card cannot be read, is damaged, or says something impossible.
    """
    path = Path(folder) / CARD_NAME
    try:
        with path.open("rb") as file:
            data = file.read(_CARD_LIMIT_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as fault:
        raise PairNotFoundError(
            f"No pair at {folder}: {CARD_NAME} is missing; give the folder of a pair"
        ) from fault
    except OSError as fault:
        raise PairError(f"Cannot read {path}: {fault.strerror}; check its permissions") from fault
    try:
        if len(data) > _CARD_LIMIT_BYTES:
            raise PairError(f"longer than {_CARD_LIMIT_BYTES} bytes; this is no card")
        return parse_card(data.decode())
    except UnicodeDecodeError as fault:
        raise PairError(f"Bad {path}: it is not UTF-8 text; fetch the pair again") from fault
    except PairError as fault:
        raise PairError(f"Bad {path}: {fault}") from fault


def load_pair(folder: str | os.PathLike[str]) -> Pair:
    """Return the pair in a folder; raises as `load_card`."""
    return Pair(Path(folder), load_card(folder))


def list_pairs(search: Sequence[Path]) -> tuple[Path, ...]:
    """Return the folders in `search` that hold a card, by name; the first of a name counts.

    The cards are not read, so that one damaged pair does not hide the others.
    """
    found: dict[str, Path] = {}
    for place in search:
        for path in sorted(place.glob(f"*/{CARD_NAME}")) if place.is_dir() else ():
            if is_name(path.parent.name):
                found.setdefault(path.parent.name, path.parent)
    return tuple(found[name] for name in sorted(found))


def find_pair(name_or_path: str | os.PathLike[str], search: Sequence[Path]) -> Pair:
    """Return a pair by its name in one of the folders of `search`, or else by its path.

    Raises:
        PairNotFoundError: neither; the message offers the nearest name.
        PairError: it is there and damaged.
    """
    text = os.fspath(name_or_path)
    known = {path.name: path for path in list_pairs(search)}
    if isinstance(name_or_path, str) and text in known:
        return load_pair(known[text])
    if Path(text).exists() or not is_name(text):
        return load_pair(text)
    near = difflib.get_close_matches(text, known, n=1)
    if near:
        advice = f"did you mean {near[0]!r}?"
    elif known:
        advice = f"there are {', '.join(known)}"
    else:
        advice = f"no pairs in {', '.join(map(str, search)) or 'nowhere'}; import or fetch one"
    raise PairNotFoundError(f"No pair {text!r}; {advice}")


def load_generator(
    pair_or_path: Pair | str | os.PathLike[str],
    direction: Direction = "AtoB",
    *,
    device: "str | torch.device" = "cpu",
) -> "torch.nn.Module":
    """Return one generator of a pair, in evaluation mode, float32.

    Args:
        pair_or_path: a `Pair`, the name of one in `pairs_folder()`, or a folder.
        direction: "AtoB" or "BtoA".
        device: where the weights shall lie.

    Raises:
        PairNotFoundError: no such pair.
        PairError: the card is damaged, or the pair lacks that direction.
        WeightsError: the weights do not have the card's SHA-256, or do not fit.
    """
    from instagan.weights import restore, unpack

    found = pair_or_path
    pair = found if isinstance(found, Pair) else find_pair(found, [pairs_folder()])
    entry = pair.card.weights_of(direction)
    where = str(pair.folder / entry.file)
    state = unpack(_read_verified(pair.folder / entry.file, entry), where=where)
    return restore(state, pair.card.architecture, where=where).to(device)


def _read_verified(path: Path, entry: WeightFile) -> bytes:
    """Return a file's bytes, which are those the card speaks of."""
    advice = "fetch or import the pair again"
    try:
        size = path.stat().st_size
        if size != entry.bytes:
            raise WeightsError(f"{path} has {size} bytes instead of {entry.bytes}; {advice}")
        data = path.read_bytes()
    except OSError as fault:
        raise WeightsError(f"Cannot read {path}: {fault.strerror}; {advice}") from fault
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise WeightsError(f"{path} is damaged: its SHA-256 is not {entry.sha256}; {advice}")
    return data
