"""Runs of `instavid run` in forked processes, with tiny parts in the networks' places.

A process that has imported everything forks them: each starts at once, and can be killed.
"""

import functools
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path


def start(arguments: list[str], said: Path, *, limit_bytes: int = -1) -> BaseProcess:
    """Start a call; what it says on stderr goes into a file.

    Args:
        arguments: Of `instavid run`, without pair and device.
        said: The file.
        limit_bytes: No file that it writes may become larger.
    """
    process = _server().Process(target=_run, args=(arguments, str(said), limit_bytes))
    process.start()
    return process


@functools.cache
def _server() -> ForkServerContext:
    """Return what forks; before Python 3.13 it finds modules by its environment only."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["forked_preload"])
    here = str(Path(__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    return context


def _run(arguments: list[str], said: str, limit_bytes: int) -> None:
    from tiny_worker import MODELS, replace_networks

    from instavid.cli import main

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for fd in (1, 2):
        os.dup2(file, fd)
    if limit_bytes >= 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    replace_networks()
    main(["run", *arguments, *MODELS, "--progress", "none"])


def await_true(holds: Callable[[], bool], process: BaseProcess, *, seconds: float = 120) -> bool:
    """Wait until something holds; return False where the process ends before."""
    deadline = time.monotonic() + seconds
    while not holds():
        if not process.is_alive():
            return False
        assert time.monotonic() < deadline, "nothing happens"
        time.sleep(0.002)
    return True
