"""Everything that decides what a run makes of its input, for only the same run goes on."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from instavid import __version__
from instavid.castings import ChosenPair
from instavid.segmenters.weights import find_weights

# Their arithmetic, and that of the encoders in PyAV, may change in the last bit.
_LIBRARIES = ("av", "numpy", "opencv-python", "torch", "ultralytics")


def describe_request(
    input: Path,
    *,
    chosen: Sequence[ChosenPair],
    seg_model: str | Path,
    seg_sha256: str,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what is asked for, by the names that users know, in values that JSON has.

    Args:
        input: A file.
        chosen: The pairs.
        seg_model: As the segmenter takes it.
        seg_sha256: Of these weights; where it is empty, they are looked for, and fetched where
            they must be.
        options: Whatever else matters, by name.
    """
    facts = input.stat()
    return {
        "the input": str(input.resolve()),
        "the input's size in bytes": facts.st_size,
        "the input's time of change": _time(facts.st_mtime_ns),
        "the pair": [_described(choice) for choice in chosen],
        "the file of --seg-model": seg_sha256 or _digest(find_weights(seg_model)),
        **{name: _plain(value) for name, value in options.items()},
        "the version of instavid": __version__,
        **{f"the version of {library}": version(library) for library in _LIBRARIES},
    }


def _described(choice: ChosenPair) -> str:
    classes = ",".join(choice.labels)
    card, direction = choice.pair.card, choice.selection.direction
    return f"{card.name}:{direction}@class:{classes} {card.sha256[:16]}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _time(nanoseconds: int) -> str:
    """Return a time to the nanosecond, for people."""
    seconds, rest = divmod(nanoseconds, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:09} UTC"


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str | None) else str(value)
