"""A thread that hears of signals at once, whatever the main thread is at, and keeps to deadlines.

Python calls handlers in the main thread alone, between two of its own instructions: not while a
call of C is under way, such as an encoder's, which may take minutes. The numbers of the signals
come here by `signal.set_wakeup_fd`, which C writes to.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

NUMBERS = (signal.SIGINT, signal.SIGTERM)
_POKE_SECONDS = 0.05
"""Between two reminders of the main thread."""
_NEVER = float("inf")


@dataclass(frozen=True)
class Deadlines:
    """How long after a signal what happens; by default the main thread has all the time it needs.

    All in seconds.
    """

    in_flight: float = _NEVER
    """For what is in flight, after the first signal; then the main thread is told to stop."""
    first: float = _NEVER
    """From the first signal to the end of the process."""
    second: float = _NEVER
    """From the second one."""


@contextmanager
def watchdog(
    deadlines: Deadlines, *, may_finish: Callable[[], bool], is_stopping: Callable[[], bool]
) -> Iterator[None]:
    """Watch over the block, in the main thread of a process, with a handler for each of `NUMBERS`.

    The main thread is sent a signal again until it stops, where it is time to: after the second
    one, after the first where nothing may be finished, and when what is in flight has had its time.

    Args:
        deadlines: When the process is ended in the end.
        may_finish: Whether the first signal lets something be finished.
        is_stopping: Whether the main thread is on its way out of the block.
    """
    listener, writer = socket.socketpair()
    with listener, writer:
        writer.setblocking(False)
        watch = _Watch(listener, deadlines, may_finish, is_stopping)
        thread = threading.Thread(target=watch.run, name="instavid-signals", daemon=True)
        thread.start()
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            writer.close()
            thread.join()


class _Watch:
    """What the thread does."""

    def __init__(
        self,
        listener: socket.socket,
        deadlines: Deadlines,
        may_finish: Callable[[], bool],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._listener, self._deadlines = listener, deadlines
        self._may_finish, self._is_stopping = may_finish, is_stopping
        self._first = 0
        self._stop_at = self._end_at = _NEVER
        self._is_poked = False

    def run(self) -> None:
        """Listen until the other end is closed."""
        while (numbers := self._heard()) != b"":
            for number in numbers or ():
                self._count(number)
            if time.monotonic() >= self._end_at:
                _end_process(128 + self._first)
            if time.monotonic() >= self._stop_at:
                self._poke()

    def _heard(self) -> bytes | None:
        """Return the numbers of signals; None where it is time for something else."""
        until = min(self._stop_at, self._end_at)
        seconds = None if until == _NEVER else max(0.001, until - time.monotonic())
        self._listener.settimeout(seconds)
        try:
            return self._listener.recv(64)
        except TimeoutError:
            return None

    def _count(self, number: int) -> None:
        if number not in NUMBERS:
            return
        if self._is_poked:
            # Ours and a user's count as two, whichever of them came first.
            self._is_poked = False
            return
        now, waits = time.monotonic(), self._deadlines
        if not self._first:
            self._first = number
            self._end_at = now + waits.first
            self._stop_at = now + (waits.in_flight if self._may_finish() else _POKE_SECONDS)
        else:
            self._end_at = min(self._end_at, now + waits.second)
            self._stop_at = min(self._stop_at, now + _POKE_SECONDS)

    def _poke(self) -> None:
        """Have the handler called once more; two signals in one call of C are one call of it."""
        if self._is_stopping():
            self._stop_at = _NEVER
            return
        self._stop_at = time.monotonic() + _POKE_SECONDS
        if self._is_poked:
            return
        self._is_poked = True
        _signal_main_thread(self._first)


def _signal_main_thread(number: int) -> None:
    """Signal the main thread, so that it also wakes up where it waits for a lock."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)
    else:
        signal.raise_signal(number)


def _end_process(exit_code: int) -> None:
    with suppress(OSError):
        os.write(2, b"instavid: stopped at once; what it had in hand is left as after a kill\n")
    os._exit(exit_code)
