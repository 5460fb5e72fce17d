"""A process that runs `instavid run` again and again, with tiny parts in the networks' places."""

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from many_calls import Called

MODELS = ("-p", "sheep2giraffe-meadow", "--seg-model", "meadow", "-d", "cpu")
"""Models that are shipped, so that nothing is looked for elsewhere."""
_LIMIT_SECONDS = 10.0
_START_SECONDS = 300.0


class Hang(Exception):
    """A call took too long; its process was ended."""


class Crash(Exception):
    """The process died in a call."""


class TinyWorker:
    """Imports once, however many files it works on; what ends it is begun anew.

    Networks are replaced by a box that moves through the picture and a flat colour: what decodes,
    composites and encodes is the real thing.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def peak_bytes(self) -> int:
        """Return the most memory that the process has had at once."""
        assert self._process is not None, "nothing was called"
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def run(
        self, source: str | Path, target: Path, *more: str, seconds: float = _LIMIT_SECONDS
    ) -> Called:
        """Send one file through; raises Hang and Crash."""
        arguments = ["run", str(source), "-o", str(target), "-y", *more]
        return self.call([*arguments, *MODELS], seconds=seconds)

    def call(self, arguments: Sequence[str], *, seconds: float = _LIMIT_SECONDS) -> Called:
        """Call the command line; raises Hang and Crash."""
        process = self._process or self._start()
        assert process.stdin is not None
        process.stdin.write(json.dumps(list(arguments)) + "\n")
        process.stdin.flush()
        try:
            return Called(*json.loads(_answer(process, seconds)))
        except (Hang, Crash):
            self._end()
            raise

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        _answer(process, _START_SECONDS)
        self._process = process
        return process


def _answer(process: "subprocess.Popen[str]", seconds: float) -> str:
    stdout = process.stdout
    assert stdout is not None
    if not select.select([stdout], [], [], seconds)[0]:
        raise Hang(f"no answer within {seconds:g} s")
    line = stdout.readline()
    if not line:
        raise Crash(f"ended with {process.wait()}")
    return line


def _serve() -> None:
    """Answer each line on stdin, a list of arguments, with what came of the call."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    replace_networks()
    answers.write("[]\n")
    for line in sys.stdin:
        answers.write(json.dumps(_call(json.loads(line))) + "\n")


def replace_networks() -> None:
    """Have `instavid run` find a box in every picture and paint it in one colour."""
    import numpy as np
    import torch

    from instavid import transfigurer
    from instavid.followers.segment_track import SegmentThenTrack
    from instavid.painting import Casting
    from instavid.pipeline import Pipeline
    from instavid.testing import PaintingTranslator
    from instavid.trackers.bytetrack import ByteTracker
    from instavid.types import Frame, Instances

    torch.set_num_threads(1)

    class Box:
        def segment(self, frames: Sequence[Frame]) -> list[Instances]:
            return [self._find(frame) for frame in frames]

        def _find(self, frame: Frame) -> Instances:
            height, width = frame.picture.upright_size
            mask = np.zeros((1, height, width), bool)
            mask[0, height // 4 : height // 2 + 1, width // 4 : width // 2 + 1] = True
            return Instances.from_full(mask, ["sheep"], [0.9])

    class Tiny:
        def pipeline(self, **_: object) -> Pipeline:
            return Pipeline(SegmentThenTrack(Box(), ByteTracker()), [Casting(PaintingTranslator())])

    assert hasattr(transfigurer, "load_networks"), "what is to be replaced has another name now"
    transfigurer.load_networks = lambda *_, **__: Tiny()


def _call(arguments: list[str]) -> Called:
    from instavid.cli import main

    kept = [os.dup(fd) for fd in (1, 2)]
    files = [tempfile.TemporaryFile("w+", errors="replace") for _ in kept]  # noqa: SIM115
    for fd, file in zip((1, 2), files, strict=True):
        os.dup2(file.fileno(), fd)
    code: object = None
    try:
        main(arguments)
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout.flush(), sys.stderr.flush()
        for fd, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, fd)
            os.close(copy)
    texts = []
    for file in files:
        file.seek(0)
        texts.append(file.read())
        file.close()
    return Called(int(str(code or 0)), *texts)


if __name__ == "__main__":
    _serve()
