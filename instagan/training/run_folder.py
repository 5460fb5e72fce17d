"""The folder of a run: its settings, its state, its log."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from instagan.atomic import replace_files
from instagan.errors import ConfigError
from instagan.training import log
from instagan.training.config import TrainConfig
from instagan.training.state import STATE_NAME, TrainingState, load_state

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
        ConfigError: the folder cannot be made, has a run already, or has none to resume.
    """
    if resume:
        load_state(folder, state)
        log.cut_back(folder, step=state.step)
    elif (folder / STATE_NAME).exists():
        raise ConfigError(f"{folder} has a run already; --resume goes on with it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(config), indent=2) + "\n"
        replace_files(folder, {**files, CONFIG_NAME: text.encode()}, last=CONFIG_NAME)
    except OSError as fault:
        raise ConfigError(f"Cannot write {folder}: {fault.strerror}; use another") from fault


def changed_settings(folder: Path, config: TrainConfig) -> list[str]:
    """Say in what a run's folder was left with other settings, one entry for each.

    Empty where there is no run, or its settings cannot be read.
    """
    try:
        before = _flat(json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []
    now = _flat(json.loads(json.dumps(asdict(config))))
    names = [name for name in now if before.get(name) != now[name]]
    return [f"{name} was {before.get(name)}, is {now[name]}" for name in names]


def _flat(tree: Any, name: str = "") -> dict[str, Any]:
    if not isinstance(tree, dict):
        return {name: tree}
    return {
        path: value
        for key, branch in tree.items()
        for path, value in _flat(branch, f"{name}.{key}" if name else key).items()
    }
