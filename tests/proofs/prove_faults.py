"""Tries what files, weights and machines do to a run, and prints a line for each promise.

    row  tried passed  what

The rows are those of `docs/reliability.md`. Some minutes on one core; tests in the suite are the
short form of each. `--soak` tries memory and kills at length instead, `--rows V1,V6` only some.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "faults"))

import kills
import mutants
import outside
import pictures
import streams
import times
from rows import Row
from tiny_worker import TinyWorker
from world import make_world

Proof = Callable[[Path], Row | list[Row]]
"""Takes an empty folder."""


def proofs(worker: TinyWorker, shared: Path) -> list[tuple[str, Proof]]:
    """Return what to do for each row."""
    long_clip = kills.make_long_clip
    odd = [("V6", lambda at: mutants.prove_robust(at, worker, shared / "data" / "robust"))]
    return [
        ("V1", lambda at: times.prove_stamps(at, lists=500)),
        ("V2", times.prove_sync),
        ("V3", streams.prove_streams),
        ("V4", pictures.prove_shapes),
        ("V5", pictures.prove_colours),
        ("V6", lambda at: mutants.prove_mutants(at, worker, files=400)),
        *(odd if shared.is_dir() else []),
        ("V7", lambda at: mutants.prove_damage(at, worker, points=25)),
        ("V8", lambda at: kills.prove_kills(long_clip(at), at, kills=20)),
        ("V9", lambda at: kills.prove_signals(long_clip(at), at, signals=20)),
        ("V10", lambda at: kills.prove_full_disk(long_clip(at), at, offsets=30)),
        ("V11", lambda at: outside.prove_memory(at, frames=3000, most_mib=20)),
        ("V12", lambda at: outside.prove_hardware(at, worker)),
        ("T4", lambda at: outside.prove_payloads(at, step=1)),
        ("S1", lambda at: outside.prove_quiet(make_world(at), at)),
        ("S3", lambda at: outside.prove_contained(at, worker)),
        ("S5", lambda at: outside.prove_marks(at, worker)),
    ]


def prove(root: Path, wanted: set[str]) -> Iterator[Row]:
    """Yield the rows that are wanted, all where none is named."""
    shared = Path(os.environ.get("INSTAVID_SHARED", "/nowhere"))
    with TinyWorker() as worker:
        for number, (name, proof) in enumerate(proofs(worker, shared)):
            if wanted and name not in wanted:
                continue
            folder = root / f"{number}-{name}"
            folder.mkdir()
            found = proof(folder)
            yield from found if isinstance(found, list) else [found]


def soak(root: Path, *, frames: int, kill_count: int) -> Iterator[Row]:
    """Yield the rows that take long."""
    yield outside.prove_memory(root, frames=frames, most_mib=50)
    yield kills.prove_kills(kills.make_long_clip(root), root, kills=kill_count)


def read_arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", default="", help="Only these, such as V1,V6.")
    parser.add_argument("--soak", action="store_true", help="Memory and kills, at length.")
    parser.add_argument("--frames", type=int, default=20_000, help="Of the soak.")
    parser.add_argument("--kills", type=int, default=300, help="Of the soak.")
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    asked = read_arguments()
    wanted = set(filter(None, asked.rows.split(",")))
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        long = soak(Path(folder), frames=asked.frames, kill_count=asked.kills)
        for row in long if asked.soak else prove(Path(folder), wanted):
            print(row, flush=True)
            kept &= row.tried == row.passed
    if not asked.soak and not wanted:
        print("S4       -      -  fresh environments: make installs tries them")
    sys.exit(not kept)


if __name__ == "__main__":
    main()
