"""The journal of a run: what lies in its folder and can be relied on, replaced as a whole."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from instagan.atomic import replacing
from instavid.errors import UsageError
from instavid.media.landing import Witness
from instavid.media.packet_files import KeptFile

JOURNAL = "journal.json"

_SCHEMA = 2


@dataclass(frozen=True)
class Mark:
    """A place to go on from: a frame, and the files that hold what was done since the last one."""

    frames: int
    """How many frames lie before it."""
    state: KeptFile
    """What was known and counted by then."""
    segments: tuple[KeptFile, ...]
    """Of the result, and of the masks where they are written."""
    last: Witness | None = None
    """The last picture before it, where the input can be gone on with from there."""

    @property
    def files(self) -> tuple[KeptFile, ...]:
        """Return all of them."""
        return self.state, *self.segments


@dataclass(frozen=True)
class Journal:
    """What was asked for, and the places to go on from, in order."""

    request: Mapping[str, Any]
    marks: tuple[Mark, ...] = ()

    @property
    def frames(self) -> int:
        """Return how many frames are done."""
        return self.marks[-1].frames if self.marks else 0

    @property
    def names(self) -> set[str]:
        """Return the names of all files that it relies on."""
        return {file.name for mark in self.marks for file in mark.files}

    def sound_part(self, folder: Path) -> "Journal":
        """Return the journal up to the last place whose files are all as they were written."""
        good = 0
        for mark in self.marks:
            if not all(file.is_sound(folder) for file in mark.segments):
                break
            good += 1
        # Of the states only that of the last place counts.
        while good and not self.marks[good - 1].state.is_sound(folder):
            good -= 1
        return Journal(self.request, self.marks[:good])


def write_journal(folder: Path, journal: Journal) -> None:
    """Put a journal in the place of the one before; an OSError leaves that one."""
    body = json.dumps({"request": journal.request, "marks": [asdict(m) for m in journal.marks]})
    text = json.dumps({"schema": _SCHEMA, "sha256": _digest(body), "body": body})
    with replacing(folder / JOURNAL) as draft:
        draft.write_text(text)


def read_journal(folder: Path) -> Journal | None:
    """Return the journal in a folder; None where there is none.

    Raises:
        UsageError: It is damaged, or another version wrote it.
    """
    path = folder / JOURNAL
    if not path.is_file():
        return None
    try:
        outer = json.loads(path.read_text())
        body = outer["body"]
        if outer["schema"] != _SCHEMA or outer["sha256"] != _digest(body):
            raise ValueError("not as it was written")
        inner = json.loads(body)
        return Journal(inner["request"], tuple(_mark(mark) for mark in inner["marks"]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"Cannot go on from {path}: it is damaged, or of another version. "
            "Run without --resume to start anew."
        ) from error


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _mark(mark: Mapping[str, Any]) -> Mark:
    return Mark(
        frames=int(mark["frames"]),
        state=_file(mark["state"]),
        segments=tuple(_file(segment) for segment in mark["segments"]),
        last=None if mark["last"] is None else Witness(**mark["last"]),
    )


def _file(file: Mapping[str, Any]) -> KeptFile:
    if Path(file["name"]).name != file["name"]:
        raise ValueError(f"{file['name']} lies elsewhere")
    return KeptFile(**file)
