"""Prove that `instavid run` survives being killed: `make proofs`.

Prints a line for each promise with how often it was tried and kept, and ends with 1 if one was not.
Some minutes on one core; `tests/integration/test_resume.py` is the short form.
"""

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from kills import command, kill_at_random
from world import make_world, write_clip

SEED, FRAMES, KILLS = 7, 400, 20
LONGEST_SECONDS = 4.0
# With mbtree x264 does not make the same of the same pictures twice, whatever its threads.
ENCODINGS = {".mkv": ("-c", "ffv1"), ".mp4": ("-c", "libx264", "-e", "mbtree=0")}


def prove(root: Path) -> Iterator[tuple[int, int, str]]:
    """Yield (kept, tried, promise)."""
    rng, world = random.Random(SEED), make_world(root)
    os.environ["INSTAVID_CACHE"] = str(world.cache)
    clip = write_clip(root / "clip.mp4", frames=FRAMES)
    wholes = {ending: root / f"whole{ending}" for ending in ENCODINGS}
    for ending, whole in wholes.items():
        made = command(world, clip, whole, *ENCODINGS[ending])
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    results, kills, run = [], 0, 0
    while kills < KILLS:
        ending = list(ENCODINGS)[run % len(ENCODINGS)]
        results.append(
            kill_at_random(
                world,
                clip,
                wholes[ending],
                root / f"out{run}{ending}",
                *ENCODINGS[ending],
                times=min(KILLS - kills, rng.randint(1, 3)),
                longest_seconds=LONGEST_SECONDS,
                rng=rng,
            )
        )
        kills, run = kills + results[-1].kills, run + 1
    went_on = sum(result.went_on for result in results)
    yield (
        sum(result.kills for result in results if result.is_equal),
        kills,
        f"killed at a random moment, went on to equal frames, times and sound ({run} runs, "
        f"half ffv1, half x264; {went_on} of the kills hit a run that had gone on itself)",
    )
    yield sum(result.untouched for result in results), kills, "the file there before was untouched"
    yield sum(result.is_clean for result in results), run, "nothing was left over at the end"


def main() -> None:
    """Print the table."""
    failed = False
    with tempfile.TemporaryDirectory() as place:
        for kept, tried, promise in prove(Path(place)):
            failed |= kept < tried
            print(f"{kept:>4} of {tried:<4} {promise}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
