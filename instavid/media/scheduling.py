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
    before = {thread: os.sched_getscheduler(thread) for thread in _threads()}
    try:
        yield
    finally:
        for thread in _threads():
            # A thread may end at any time, and then has nothing to give back.
            with suppress(ProcessLookupError):
                if os.sched_getscheduler(thread) != before.get(thread, policy):
                    os.sched_setscheduler(thread, policy, parameters)


def _threads() -> list[int]:
    return [int(entry.name) for entry in _THREADS.iterdir()] if _THREADS.exists() else [0]
