"""Many calls of the command line in one real process: importing torch takes longer than they do."""

import json
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_DRIVER = """
import json, os, sys, tempfile
from instavid.cli import main

def call(arguments):
    kept = [os.dup(fd) for fd in (1, 2)]
    files = [tempfile.TemporaryFile("w+") for _ in kept]
    for fd, file in zip((1, 2), files):
        os.dup2(file.fileno(), fd)
    sys.argv = ["instavid", *arguments]
    try:
        main(arguments)
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout.flush(), sys.stderr.flush()
        for fd, copy in zip((1, 2), kept):
            os.dup2(copy, fd)
    return [code, *(file.seek(0) or file.read() for file in files)]

print(json.dumps([call(arguments) for arguments in json.load(sys.stdin)]))
"""


class Called(NamedTuple):
    """What came of one call."""

    code: int
    out: str
    err: str


def call_all(
    calls: Sequence[Sequence[object]],
    *,
    limit_bytes: int = -1,
    prelude: str = "",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> list[Called]:
    """Call `instavid` with each list of arguments, and return what came of it.

    Args:
        calls: Lists of arguments.
        limit_bytes: No file that they write may become larger, as on a disk that is full.
        prelude: Python that is run first.
        environment: All of it; None for our own.
        folder: To work in; None for our own.
    """
    texts = [[str(argument) for argument in arguments] for arguments in calls]
    done = subprocess.run(
        [sys.executable, "-c", prelude + _DRIVER],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=folder,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes)),
    )
    return [Called(*result) for result in json.loads(done.stdout)]
