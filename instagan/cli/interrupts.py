"""Ctrl-C and SIGTERM: the first lets a run finish what is in flight, the second stops it."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import FrameType

_AGAIN_SECONDS = 0.02
_IN_FLIGHT_SECONDS = 1.5
"""For what is in flight, of a program that was asked to be prompt."""
_NOTHING_BEGUN_SECONDS = 2.0
"""For going back where nothing has begun."""
_SECOND_SECONDS = 0.4
"""For going back after the second signal."""


class Interrupted(KeyboardInterrupt):
    """A signal that stops at once, wherever it arrives."""

    def __init__(self, exit_code: int) -> None:
        super().__init__()
        self.exit_code = exit_code


@dataclass
class Interrupts:
    """What has been asked for since the handlers were installed."""

    stop: threading.Event = field(default_factory=threading.Event)
    signal_number: int = 0
    """The signal that came first, 0 for none."""
    has_begun: bool = False
    """Whether there is anything worth finishing; before that the first signal stops at once."""

    @property
    def exit_code(self) -> int:
        """Return what a shell expects: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + (self.signal_number or signal.SIGINT)


@contextmanager
def catch_interrupts(*, is_prompt: bool = False) -> Iterator[Interrupts]:
    """Install handlers for the block; where that is not the main thread, install none.

    Args:
        is_prompt: Whether the block ends within 3 s of a signal and 0.5 s of a second one,
            whatever it is at: what is in flight is given up, and the process ends in the end.
    """
    caught = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    with ExitStack() as timers:
        handler = _Handler(caught, timers, is_prompt=is_prompt)
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, handler) for number in numbers}
        try:
            yield caught
        finally:
            # A run that was stopped ends the program, and a late signal must not change its exit
            # code.
            for number, old in before.items():
                signal.signal(number, signal.SIG_IGN if caught.stop.is_set() else old)


class _Handler:
    """What signals do inside the block."""

    def __init__(self, caught: Interrupts, timers: ExitStack, *, is_prompt: bool) -> None:
        self._caught, self._timers, self._is_prompt = caught, timers, is_prompt
        self._is_own = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        caught, is_own = self._caught, self._is_own
        self._is_own = False
        is_second = caught.stop.is_set()
        caught.signal_number = caught.signal_number or number
        caught.stop.set()
        if caught.has_begun and not is_second:
            self._if_prompt(_IN_FLIGHT_SECONDS, self._signal_again)
            return
        if not is_own:
            seconds = _SECOND_SECONDS if is_second else _NOTHING_BEGUN_SECONDS
            self._if_prompt(seconds, self._end_process)
        if _is_importing(frame):
            self._after(_AGAIN_SECONDS, self._signal_again)
            return
        # One more would break into the closing of files and threads.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(caught.exit_code)

    def _if_prompt(self, seconds: float, act: Callable[[], None]) -> None:
        if self._is_prompt:
            self._after(seconds, act)

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, act)
        timer.daemon = True
        timer.start()
        self._timers.callback(timer.cancel)

    def _signal_again(self) -> None:
        self._is_own = True
        signal.raise_signal(self._caught.signal_number)

    def _end_process(self) -> None:
        os.write(2, b"instavid: stopped at once; what it had in hand is left as after a kill\n")
        os._exit(self._caught.exit_code)


def _is_importing(frame: FrameType | None) -> bool:
    """Return whether a module is being imported; an exception there may abort the process.

    torch has C++ that calls Python while it is imported, and cannot cope with one that it does not
    expect.
    """
    while frame is not None and frame.f_globals.get("__name__") != "importlib._bootstrap":
        frame = frame.f_back
    return frame is not None
