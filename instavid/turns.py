"""Taking turns at what only one thread may use, and knowing how long each thread waited for it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_local = threading.local()


class Turn:
    """A lock that notes how long threads wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the turn for the block."""
        started = time.perf_counter()
        with self._lock:
            _local.waited_seconds = waited_seconds() + time.perf_counter() - started
            yield


def waited_seconds() -> float:
    """Return how long the calling thread has waited for turns, in all."""
    seconds: float = getattr(_local, "waited_seconds", 0.0)
    return seconds
