"""Ways to damage the newest state of a run, and whether the run then says so and goes on."""

import logging
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from tiny_runs import CPU, make_crops

from instagan.training.config import TrainConfig
from instagan.training.saved_states import find_states, resume_newest
from instagan.training.state import begin

Damage = Callable[[Path, random.Random], object]


def _cut(path: Path, rng: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: rng.randrange(1, path.stat().st_size)])


def _flip(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def _zip(path: Path, rng: random.Random) -> None:
    torch.save({"step": rng.randrange(99), "generators": torch.zeros(3)}, path)


KINDS: dict[str, Damage] = {
    "cut off": _cut,
    "with one bit flipped": _flip,
    "empty": lambda path, rng: path.write_bytes(b""),
    "replaced by a zip of something else": _zip,
}


def try_damage(whole: Path, hurt: Path, config: TrainConfig, kind: str, rng: random.Random) -> bool:
    """Damage a copy of a run, and return whether it is told and resumes from the state before."""
    shutil.rmtree(hurt, ignore_errors=True)
    shutil.copytree(whole / "states", hurt / "states")
    newest, before, *_ = find_states(hurt)
    KINDS[kind](newest, rng)
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("instagan.training.saved_states")
    log.addHandler(handler)
    log.propagate = False
    state = begin(config, make_crops(), device=CPU)
    try:
        resume_newest(hurt, state)
    finally:
        log.removeHandler(handler)
        log.propagate = True
    pattern = rf"{re.escape(str(newest))} is damaged: .*; going on from {before.name}, step"
    return (
        len(told) == 1 and bool(re.match(pattern, told[0])) and state.step == int(before.name[:7])
    )
