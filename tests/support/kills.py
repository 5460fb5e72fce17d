"""Killing `instavid run` at moments of no meaning, and going on until it comes to its end."""

import random
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from kept_runs import seen
from world import World

from instavid.resuming import folder_of

EVERY = 32
_LONGEST_SECONDS = 300


@dataclass(frozen=True)
class Killing:
    """What came of killing one run some times."""

    kills: int
    untouched: int
    """After how many of them the file that was there before was what it was."""
    went_on: int
    """How many of the later runs did not begin at the start."""
    is_equal: bool
    """Whether the end result is that of a run that nobody killed, frame by frame."""
    is_clean: bool
    """Whether nothing else was left."""


def command(world: World, clip: str | Path, target: Path, *arguments: str) -> list[str]:
    """Return a run that makes the same of the same pictures every time."""
    fixed = ("-p", "sheep2giraffe", "--seg-model", world.segmenter, "--imgsz", "64", "-d", "cpu")
    often = ("--conf", "0.001", "--resume-every", str(EVERY), "--progress", "none", "-y")
    return world.command("run", clip, "-o", target, *fixed, *often, *arguments)


def kill_at_random(
    world: World,
    clip: Path,
    whole: Path,
    target: Path,
    *encoding: str,
    times: int,
    longest_seconds: float,
    rng: random.Random,
) -> Killing:
    """Kill a run and those that go on from it, each at a random moment of its work.

    Args:
        world: What to run with.
        clip: What to work on.
        whole: What a run made of it that nobody killed.
        target: Where to write; it is there before.
        encoding: More options.
        times: How often to kill.
        longest_seconds: When to kill at the latest, after the first frame.
        rng: Chooses the moments.
    """
    target.write_bytes(b"precious")
    kills = untouched = went_on = 0
    for _ in range(times):
        before = _journal(target)
        process = subprocess.Popen(
            command(world, clip, target, "--resume", *encoding), stderr=subprocess.DEVNULL
        )
        _wait_for_work(process, target)
        time.sleep(rng.uniform(0, longest_seconds))
        if process.poll() is not None:  # a quick machine: it came to its end
            break
        process.kill()
        process.wait()
        kills += 1
        untouched += target.read_bytes() == b"precious"
        went_on += bool(before) and len(_journal(target)) >= len(before)
    subprocess.run(
        command(world, clip, target, "--resume", *encoding),
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=_LONGEST_SECONDS,
    )
    return Killing(
        kills=kills,
        untouched=untouched,
        went_on=went_on,
        is_equal=seen(target) == seen(whole),
        is_clean=not folder_of(target).exists(),
    )


def _journal(target: Path) -> bytes:
    path = folder_of(target) / "journal.json"
    return path.read_bytes() if path.exists() else b""


def _wait_for_work(process: "subprocess.Popen[bytes]", target: Path) -> None:
    """Wait until a run has begun to write, which it does after the imports."""
    end = time.monotonic() + _LONGEST_SECONDS
    while process.poll() is None and time.monotonic() < end:
        if list(folder_of(target).glob(".*.partial-*")):
            return
        time.sleep(0.02)
