"""Ctrl-C and SIGTERM: the first lets a run finish what is in flight, the second stops it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import FrameType

from instagan.cli.watchdog import NUMBERS, Deadlines, watchdog

_PROMPT = Deadlines(in_flight=1.5, first=2.5, second=0.3)
"""Within 3 s and 0.5 s, with some time for giving back the memory of a large encoder."""


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

    def note(self, number: int) -> None:
        """Have been stopped by a signal, if not by an earlier one."""
        self.signal_number = self.signal_number or number
        self.stop.set()


@contextmanager
def catch_interrupts(*, is_prompt: bool = False) -> Iterator[Interrupts]:
    """Install handlers for the block; where that is not the main thread, install none.

    Blocks may lie within one another: the outer one learns that the inner one was stopped, and none
    is entered after that. A block that was stopped leaves signals ignored, as it ends the program,
    whose exit code a late one must not change; `handlers_kept` is for what does not end.

    Args:
        is_prompt: Whether the block ends within 3 s of a signal and 0.5 s of a second one,
            whatever it is at: what is in flight is given up, and the process ends in the end.

    Raises:
        Interrupted: A block around this one was stopped.
    """
    caught = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    handler = _Handler(caught)
    with ExitStack() as watching:
        watching.enter_context(
            watchdog(
                _PROMPT if is_prompt else Deadlines(),
                may_finish=lambda: caught.has_begun,
                is_stopping=lambda: handler.is_leaving,
            )
        )
        before = {number: signal.signal(number, handler) for number in NUMBERS}
        outer = before[signal.SIGINT]
        try:
            if isinstance(outer, _Handler) and outer.caught.stop.is_set():
                raise Interrupted(outer.caught.exit_code)
            yield caught
        finally:
            # From here on a signal is only noted: it must not break into this.
            handler.is_leaving = True
            watching.close()
            was_stopped = caught.stop.is_set()
            for number, old in before.items():
                signal.signal(number, signal.SIG_IGN if was_stopped else old)
            if was_stopped and isinstance(outer, _Handler):
                outer.caught.note(caught.signal_number)


@contextmanager
def handlers_kept() -> Iterator[None]:
    """Have signals do after the block what they did before, though one has stopped it."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, old in before.items():
                if old is not None:  # what was not installed from Python cannot be again
                    signal.signal(number, old)


class _Handler:
    """What signals do inside the block, in the main thread, as soon as that is at Python code."""

    def __init__(self, caught: Interrupts) -> None:
        self.caught = caught
        self.is_leaving = False
        """Whether the block was told to end, or has; one more must not break into its closing."""

    def __call__(self, number: int, frame: FrameType | None) -> None:
        caught = self.caught
        may_finish = caught.has_begun and not caught.stop.is_set()
        caught.note(number)
        if may_finish or self.is_leaving or _is_importing(frame):
            return
        self.is_leaving = True
        raise Interrupted(caught.exit_code)


def _is_importing(frame: FrameType | None) -> bool:
    """Return whether a module is being imported; an exception there may abort the process.

    torch has C++ that calls Python while it is imported, and cannot cope with one that it does not
    expect. The watchdog has the handler called again soon.
    """
    while frame is not None and frame.f_globals.get("__name__") != "importlib._bootstrap":
        frame = frame.f_back
    return frame is not None
