"""The folder of a run: its settings, its states, its log."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from instagan.atomic import remove_drafts, replace_files
from instagan.errors import ConfigError, PairError, RunFolderError
from instagan.training import log
from instagan.training.config import TrainConfig
from instagan.training.saved_states import find_states, resume_newest
from instagan.training.state import TrainingState

CONFIG_NAME = "config.json"


def open_run(
    folder: Path,
    config: TrainConfig,
    state: TrainingState,
    *,
    resume: bool,
    files: Mapping[str, bytes],
) -> None:
    """Prepare a run's folder, and where asked bring the state to where it was left.

    The settings are written anew either way: a resumed run may go on with other rates.

    Raises:
        ConfigError: the folder has a run already, or none to resume, or a damaged one.
        RunFolderError: the folder cannot be made or written.
    """
    if resume:
        resume_newest(folder, state)
    elif find_states(folder):
        raise ConfigError(f"{folder} has a run already; --resume goes on with it")
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        remove_drafts(folder)
        log.cut_back(folder, step=state.step if resume else 0)
        text = json.dumps(asdict(config), indent=2) + "\n"
        replace_files(folder, {**files, CONFIG_NAME: text.encode()}, last=CONFIG_NAME)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Name the folder where the disk refuses, with what to do.

    Raises:
        RunFolderError: instead of an OSError, or of a PairError that comes of one.
    """
    try:
        yield
    except (OSError, PairError) as fault:
        cause = fault if isinstance(fault, OSError) else fault.__cause__
        if not isinstance(cause, OSError):
            raise
        raise RunFolderError(
            f"Cannot write {folder}: {cause.strerror}; make room, check its permissions or use "
            "another folder; --resume goes on from the last saved state, if there is one"
        ) from fault


def changed_settings(folder: Path, config: TrainConfig) -> list[str]:
    """Say in what a run's folder was left with other settings, one entry for each.

    Empty where there is no run, or its settings cannot be read. What there was no setting for
    when the run was left is not told.
    """
    try:
        before = _flat(json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []
    now = _flat(json.loads(json.dumps(asdict(config))))
    names = [name for name in now if name in before and before[name] != now[name]]
    return [f"{name} was {before[name]}, is {now[name]}" for name in names]


def _flat(tree: Any, name: str = "") -> dict[str, Any]:
    if not isinstance(tree, dict):
        return {name: tree}
    return {
        path: value
        for key, branch in tree.items()
        for path, value in _flat(branch, f"{name}.{key}" if name else key).items()
    }
