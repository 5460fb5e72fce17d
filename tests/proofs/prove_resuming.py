"""Prove that a training run survives being stopped, killed and damaged: `make proofs`.

Prints a line for each promise with how often it was tried and kept, and ends with 1 if one was not.
Some minutes on one core; `tests/instagan/test_resuming.py` is the short form.
"""

import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from damaging import KINDS, try_damage
from real_runs import count_kills, count_terminations
from tiny_runs import CPU, fingerprint, make_crops, make_full_config, weights_digest

from instagan.training import saved_states
from instagan.training.loop import train
from instagan.training.state import begin

SEED = 4
WARM_UP, STAGES, EVERY = 8, (12, 10), 5
CONFIG = make_full_config(warm_up=WARM_UP, stages=STAGES)
LAST = WARM_UP + sum(STAGES)
PARTS = ("generators", "discriminators", "optimizers", "pools", "rngs", "streams", "average")


@dataclass(frozen=True)
class Row:
    """A promise: how often it was tried, how often kept."""

    promise: str
    kept: int
    tried: int
    note: str = ""

    def __str__(self) -> str:
        """Return a line of the table."""
        return f"{self.kept:>4} of {self.tried:<4} {self.promise}{self.note and f' ({self.note})'}"


def stop_at(calls: int) -> Callable[[], bool]:
    """Return a `should_stop` that says so after so many steps, those of the warm-up included."""
    count = iter(range(1, 10**6))
    return lambda: next(count) == calls


def stops(rng: random.Random, count: int) -> list[int]:
    """Return where to stop: in the warm-up and at its end, between stages, and anywhere else."""
    fixed = [1, WARM_UP, WARM_UP + STAGES[0], WARM_UP + STAGES[0] + 1]
    others = [place for place in range(1, LAST) if place not in fixed]
    return fixed + rng.sample(others, count - len(fixed))


def stopped(folder: Path, calls: int) -> str:
    """Return the digest of all weights of a run that was stopped once."""
    run = {"device": CPU, "save_every": EVERY}
    train(CONFIG, make_crops(), folder, **run, should_stop=stop_at(calls))
    train(CONFIG, make_crops(), folder, **run, resume=True)
    return weights_digest(folder)


def stopped_at_every_step(folder: Path) -> str:
    for step in range(LAST):
        train(
            CONFIG,
            make_crops(),
            folder,
            device=CPU,
            save_every=EVERY,
            should_stop=lambda: True,
            resume=step > 0,
        )
    return fingerprint(folder)


def without(folder: Path, part: str) -> str:
    """Return the fingerprint of a stopped run one part of whose state was not restored."""
    train(CONFIG, make_crops(), folder, device=CPU, should_stop=stop_at(WARM_UP + 7))
    fresh = saved_states.take(begin(CONFIG, make_crops(), device=CPU))
    read = saved_states._read
    saved_states._read = lambda path: {**read(path), part: fresh[part]}
    try:
        train(CONFIG, make_crops(), folder, device=CPU, resume=True)
    finally:
        saved_states._read = read
    return fingerprint(folder)


def prove(root: Path) -> Iterator[Row]:
    """Yield what was found, promise by promise."""
    rng = random.Random(SEED)
    train(CONFIG, make_crops(), root / "whole", device=CPU, save_every=EVERY)
    weights, everything = weights_digest(root / "whole"), fingerprint(root / "whole")
    print(f"never stopped: SHA-256 of all weights {weights}", flush=True)
    ended, terminated, places = count_terminations(root / "terminated", tries=4)
    places_here = stops(rng, 20 - terminated)
    kept = sum(stopped(root / f"stop{place}", place) == weights for place in places_here)
    yield Row(
        "stopped, resumed: SHA-256 of all weights as if never stopped",
        kept + ended,
        len(places_here) + terminated,
        f"{sum(p <= WARM_UP for p in places_here)} in the warm-up, one where the stage changes, "
        f"{terminated} by SIGTERM of `instavid train`, {places}",
    )
    equal = stopped_at_every_step(root / "every") == everything
    yield Row(f"stopped after each of {LAST} steps: every value of the state equal", equal, 1)
    seen = sum(without(root / part, part) != everything for part in PARTS)
    yield Row("a part of the state not restored: seen by this very comparison", seen, len(PARTS))
    kept, tried, halves = count_kills(root, CONFIG, weights, rng, tries=20)
    note = f"{halves} left a half-written file"
    yield Row(
        "killed while saving: newest state sound, resumed to equal weights", kept, tried, note
    )
    for kind in KINDS:
        kept = sum(try_damage(root / "whole", root / "hurt", CONFIG, kind, rng) for _ in range(50))
        yield Row(f"newest state {kind}: told, and the one before taken", kept, 50)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        rows = []
        for row in prove(Path(place)):
            rows.append(row)
            print(row, flush=True)
    sys.exit(any(row.kept < row.tried for row in rows))


if __name__ == "__main__":
    main()
