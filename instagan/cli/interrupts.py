"""Ctrl-C and SIGTERM: the first lets a run finish what is in flight, the second stops it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType


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
def catch_interrupts() -> Iterator[Interrupts]:
    """Install handlers for the block; where that is not the main thread, install none."""
    caught = Interrupts()

    def handle(number: int, frame: FrameType | None) -> None:
        at_once = caught.stop.is_set() or not caught.has_begun
        caught.signal_number = caught.signal_number or number
        caught.stop.set()
        if at_once:
            # One more would break into the closing of files and threads.
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, signal.SIG_IGN)
            raise Interrupted(caught.exit_code)

    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        # A run that was stopped ends the program, and a late signal must not change its exit code.
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if caught.stop.is_set() else handler)
