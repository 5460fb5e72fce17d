"""The saved states of a run: each written whole, the last few kept, the newest sound one read.

    states/0001000-3f9c0a1b2c4d5e6f.pt

is the state after step 1000; the digits are the first of the file's SHA-256, so that there is no
second file that might not belong to it. Runs of before have one `state.pt` without a digest.
"""

import hashlib
import io
import logging
import pickle
import re
from pathlib import Path

import torch

from instagan.atomic import replace_files
from instagan.errors import ConfigError
from instagan.training.snapshot import Snapshot, find_fault, restore, take
from instagan.training.state import TrainingState

FOLDER_NAME = "states"
OLD_NAME = "state.pt"

_NAME = re.compile(r"(?P<step>\d{7,})-(?P<digest>[0-9a-f]{16})\.pt")
# What torch.save writes; torch.load would also look into older formats, all pickles.
_ZIP = b"PK\x03\x04"
_log = logging.getLogger(__name__)


class _DamagedError(Exception):
    """A saved state cannot be used; the text says why."""


def save_state(folder: Path, state: TrainingState, *, keep: int) -> Path:
    """Write the state into a run's folder and drop all but the last `keep`; return its file.

    A crash leaves the states that there were, or these and the new one. States of later steps
    go: the run that made them was left behind when it resumed from before.
    """
    buffer = io.BytesIO()
    torch.save(take(state), buffer)
    data = buffer.getvalue()
    path = folder / FOLDER_NAME / f"{state.step:07d}-{_digest(data)}.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_files(path.parent, {path.name: data}, last=path.name)
    others = [other for other in find_states(folder) if other != path]
    earlier = [other for other in others if _step(other) < state.step]
    for other in others:
        if other not in earlier[: keep - 1]:
            other.unlink()
    return path


def find_states(folder: Path) -> list[Path]:
    """Return the saved states of a run, newest first; that one is there does not make it sound."""
    found = [path for path in folder.glob(f"{FOLDER_NAME}/*") if _NAME.fullmatch(path.name)]
    old = folder / OLD_NAME
    return sorted(found, key=_step, reverse=True) + [old] * old.exists()


def resume_newest(folder: Path, state: TrainingState) -> None:
    """Bring a fresh state to where the newest sound one was saved.

    What is damaged is named in the log, and left for the next save to clear away.

    Raises:
        ConfigError: there is no state, none that is sound, or it is of other networks.
    """
    faults: list[str] = []
    for path in find_states(folder):
        try:
            snapshot = _read(path)
        except _DamagedError as fault:
            faults.append(f"{path} is damaged: {fault}")
            continue
        for told in faults:
            _log.warning("%s; going on from %s, step %d", told, path.name, snapshot["step"])
        _restore(path, snapshot, state)
        return
    if not faults:
        raise ConfigError(f"Nothing to resume in {folder}; start without --resume")
    raise ConfigError(f"{'; '.join(faults)}; nothing is left to resume, start a new run")


def _read(path: Path) -> Snapshot:
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise _DamagedError(fault.strerror) from fault
    name = _NAME.fullmatch(path.name)
    if name and _digest(data) != name["digest"]:
        raise _DamagedError(f"the SHA-256 of its {len(data)} bytes is not that of its name")
    if not data.startswith(_ZIP):
        raise _DamagedError("no state can be read from it")
    try:
        snapshot: Snapshot = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as fault:  # a damaged zip or pickle raises nearly anything
        is_code = isinstance(fault, pickle.UnpicklingError) and "nsupported global" in str(fault)
        told = "it holds code, which was not run" if is_code else "no state can be read from it"
        raise _DamagedError(told) from fault
    if fault_found := find_fault(snapshot):
        raise _DamagedError(fault_found)
    return snapshot


def _restore(path: Path, snapshot: Snapshot, state: TrainingState) -> None:
    try:
        restore(snapshot, state)
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as fault:
        raise ConfigError(
            f"{path} is of a run with other networks ({fault}); resume with its own settings"
        ) from fault


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _step(path: Path) -> int:
    """Return the step of a state's file; old ones have none in their name and are the oldest."""
    name = _NAME.fullmatch(path.name)
    return int(name["step"]) if name else -1
