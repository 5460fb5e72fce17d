"""The command line in this process, so that imports are paid for once."""

from pathlib import Path

import pytest
from world import World

from instavid.cli import main


class Shell:
    """Runs the command line in this process."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        self._world, self._capsys = world, capsys

    def __call__(self, *arguments: str | Path) -> tuple[int, str]:
        """Return the exit code and what was said on stderr."""
        code, _, said = self.both(*arguments)
        return code, said

    def both(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Return the exit code, and what was said on stdout and on stderr."""
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        said = self._capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    def run(self, *arguments: str | Path) -> tuple[int, str]:
        """Call `run` with the world's models, which later arguments may replace."""
        return self(*self.run_arguments(*arguments))

    def run_arguments(self, *arguments: str | Path) -> list[str | Path]:
        """Return the whole call of `run`."""
        pair = () if "-p" in arguments else ("-p", "sheep2giraffe")
        fixed = ("--seg-model", self._world.segmenter, "--imgsz", "64", "-d", "cpu")
        return ["run", *pair, *fixed, "--progress", "none", *arguments]
