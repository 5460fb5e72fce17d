"""The folder of a run: its settings, its state, its log."""

import json
from dataclasses import asdict
from pathlib import Path

from instagan.atomic import replace_files
from instagan.errors import ConfigError
from instagan.training import log
from instagan.training.config import TrainConfig
from instagan.training.state import STATE_NAME, TrainingState, load_state

CONFIG_NAME = "config.json"


def open_run(folder: Path, config: TrainConfig, state: TrainingState, *, resume: bool) -> None:
    """Prepare a run's folder, and where asked bring the state to where it was left.

    The settings are written anew either way: a resumed run may go on with other rates.

    Raises:
        ConfigError: the folder cannot be made, has a run already, or has none to resume.
    """
    if not resume and (folder / STATE_NAME).exists():
        raise ConfigError(f"{folder} has a run already; --resume goes on with it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(config), indent=2) + "\n"
        replace_files(folder, {CONFIG_NAME: text.encode()}, last=CONFIG_NAME)
    except OSError as fault:
        raise ConfigError(f"Cannot write {folder}: {fault.strerror}; use another") from fault
    if resume:
        load_state(folder, state)
        log.cut_back(folder, step=state.step)
