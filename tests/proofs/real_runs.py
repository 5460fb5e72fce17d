"""Runs in processes of their own, which are stopped or killed from outside."""

import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from bars import TINY, write_bars
from tiny_runs import CPU, make_crops, newest_content, weights_digest

from instagan.training.config import TrainConfig
from instagan.training.loop import train
from instagan.training.saved_states import find_states

_PATIENCE_SECONDS = 120
_STEPS = 120
_FLAGS = [
    *TINY,
    *("--warm-up", "40", "--stages", f"24:{_STEPS // 2},32:{_STEPS // 2}", "--save-every", "50"),
    *("--judge-sees", "picture,object", "--mask-errors", "0.5", "--mirror", "1", "--temporal", "1"),
    *("--augment", "color,translation,cutout", "--collapse-window", "0"),
]


def count_terminations(root: Path, *, tries: int) -> tuple[int, int, str]:
    """Stop `instavid train` by SIGTERM in mid-run, and let it go on.

    Returns:
        How many came to the weights of a run that was let alone, of how many, and where they
        were stopped.
    """
    data = write_bars(root / "data")
    _wait(_start(data, root / "whole"), 0)
    wanted, kept, places = weights_digest(root / "whole"), 0, []
    for number in range(tries):
        run = root / f"run{number}"
        process = _start(data, run)
        # The first is stopped in its warm-up, the others some steps further each.
        _await(lambda run=run: (run / "config.json").exists())
        if number:
            _await(lambda run=run, number=number: _logged(run) >= number * _STEPS // (tries + 1))
        process.send_signal(signal.SIGTERM)
        _wait(process, 128 + signal.SIGTERM)
        content = newest_content(run)
        done = content["warm_up"]["done"] if content["warm_up"] else content["step"]
        places.append(f"{done} of its warm-up" if content["warm_up"] else str(done))
        _wait(_start(data, run, "--resume"), 0)
        kept += weights_digest(run) == wanted
    return kept, tries, f"at steps {', '.join(places)}"


def count_kills(
    root: Path, config: TrainConfig, wanted: str, rng: random.Random, *, tries: int
) -> tuple[int, int, int]:
    """Kill runs while they save.

    Returns:
        How many came to the wanted weights afterwards, of how many, and how many left a
        half-written file.
    """
    fork = multiprocessing.get_context("forkserver")
    fork.set_forkserver_preload(["real_runs"])
    kept = halves = 0
    for number in range(tries):
        run = root / f"killed{number}"
        process = fork.Process(target=_save_all_the_time, args=(config, run))
        process.start()
        least = rng.randrange(1, config.steps - 3)
        _await(lambda run=run, least=least: any(_step(p) >= least for p in find_states(run)))
        _await(lambda run=run: bool(_drafts(run)))
        time.sleep(rng.uniform(0, 0.004))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL, f"ended with {process.exitcode} by itself"
        halves += bool(_drafts(run))
        train(config, make_crops(), run, device=CPU, save_every=5, resume=True)
        kept += weights_digest(run) == wanted and not _drafts(run)
    return kept, tries, halves


def _save_all_the_time(config: TrainConfig, run: Path) -> None:
    torch.set_num_threads(1)
    train(config, make_crops(), run, device=CPU, save_every=1)


def _drafts(run: Path) -> list[str]:
    states = run / "states"
    return [name for name in os.listdir(states) if name.endswith(".tmp")] if states.exists() else []


def _step(path: Path) -> int:
    return int(path.name[:7])


def _start(data: Path, run: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from instavid.cli import main; main()", "-q", "train"]
    command += ["--data", str(data), "-p", "square2bar", "-o", str(run), *_FLAGS]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([*command, "--log-every", "1", *more], **quiet)


def _logged(run: Path) -> int:
    log = run / "log.csv"
    return len(re.findall("\n", log.read_text())) - 1 if log.exists() else 0


def _await(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "nothing happens"
        time.sleep(0.0002)


def _wait(process: subprocess.Popen[bytes], code: int) -> None:
    assert process.wait(_PATIENCE_SECONDS) == code, f"ended with {process.returncode}, not {code}"
