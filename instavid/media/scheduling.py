"""Keeping encoders from taking the machine: what they make real-time is made ordinary again."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_THREADS = Path("/proc/self/task")


@contextmanager
def ordinary_scheduling() -> Iterator[None]:
    """Undo what the block does to the scheduling of this process's threads.

    Opened by root, or by whoever may, SVT-AV1 gives the calling thread and its own the highest
    real-time priority. Every thread and child process that comes later inherits it, and one that
    waits by spinning then keeps the one it waits for from ever running.
    """
    if sys.platform != "linux":  # elsewhere no encoder is known to do so
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    before = _policies()
    try:
        yield
    finally:
        for thread, now in _policies().items():
            if now != before.get(thread, policy):
                # The thread may have ended, and then has nothing to give back.
                with suppress(OSError):
                    os.sched_setscheduler(thread, policy, parameters)


def _policies() -> dict[int, int]:
    """Return how each thread that is alive is scheduled."""
    found = {}
    for thread in _threads():
        with suppress(OSError):
            found[thread] = os.sched_getscheduler(thread)
    return found


def _threads() -> list[int]:
    return [int(entry.name) for entry in _THREADS.iterdir()] if _THREADS.exists() else [0]
