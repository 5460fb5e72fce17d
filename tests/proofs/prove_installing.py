"""Installs instavid into fresh environments, and tries in each what a user tries first.

    python tests/proofs/prove_installing.py python3.11=18.1 python3.12=18.1 python3.13=19

Each argument is a Python and the PyAV to use with it. Wheel and source archive are built once and
installed in turn, then `pip check`, `instavid --help` and `instavid demo` run from an empty folder.
Needs the package index, some minutes and 7 GB for an environment, which is removed afterwards.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "faults"))

from rows import row_of

ROOT = Path(__file__).resolve().parents[2]
_MOST_HELP_SECONDS = 0.3
_TRIES = 5


def build(folder: Path) -> list[Path]:
    """Return wheel and source archive of what git knows, built where nothing else lies."""
    tree = folder / "tree"
    for name in _output("git", "-C", str(ROOT), "ls-files").splitlines():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    environment = _environment(Path(sys.executable), folder / "builder")
    _output(environment / "pip", "install", "--quiet", "build")
    _output(environment / "python", "-m", "build", "--outdir", str(folder / "dist"), str(tree))
    return sorted((folder / "dist").iterdir())


def try_out(python: Path, av: str, archive: Path, folder: Path) -> str:
    """Install into a fresh environment; return what is wrong with it, or ""."""
    empty = folder / "empty"
    empty.mkdir(parents=True)
    try:
        environment = _environment(python, folder / "environment")
        _output(environment / "pip", "install", "--quiet", str(archive), f"av=={av}.*")
        _output(environment / "pip", "check")
        tool = environment / "instavid"
        took = min(_seconds(tool, "--help") for _ in range(_TRIES))
        _output(tool, "demo", "-o", "demo", at=empty)
    except subprocess.CalledProcessError as error:
        return f"{error.cmd} ended with {error.returncode}: {error.stderr[-300:]}"
    if not (empty / "demo" / "side_by_side.mp4").is_file():
        return "the demonstration left no video"
    print(f"     {python} with PyAV {av}, {archive.name}: --help in {took:.2f} s", flush=True)
    return "" if took <= _MOST_HELP_SECONDS else f"--help takes {took:.2f} s"


def _environment(python: Path, folder: Path) -> Path:
    """Make an environment and return where its programs are."""
    _output(python, "-m", "venv", str(folder))
    return folder / "bin"


def _seconds(*command: str | Path) -> float:
    """Return how long a command computes: how long it waits for its turn is not its fault."""
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    _output(*command)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime


def _output(*command: str | Path, at: Path | None = None) -> str:
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=own, cwd=at)
    return done.stdout


def main() -> None:
    """Print the line of the table."""
    asked = sys.argv[1:] or [f"{sys.executable}=18.1"]

    def outcomes() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as built:
            archives = build(Path(built))
            for pair, archive in zip(asked, cycle(archives), strict=False):
                python, _, av = pair.rpartition("=")
                with tempfile.TemporaryDirectory() as folder:
                    wrong = try_out(Path(shutil.which(python) or python), av, archive, Path(folder))
                yield wrong and f"{pair}, {archive.name}: {wrong}"

    row = row_of("S4", outcomes(), "fresh environments: pip check, --help <= 0.3 s, demo")
    print(row)
    sys.exit(row.tried != row.passed)


if __name__ == "__main__":
    main()
