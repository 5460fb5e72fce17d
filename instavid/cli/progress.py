"""Telling how far a run is, on stderr."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from instavid.media.info import VideoInfo
    from instavid.pipeline import Progress

ProgressStyle = Literal["auto", "bar", "plain", "none"]

_PLAIN_EVERY_SECONDS = 10.0


class ProgressDisplay:
    """Shows frames, speed, time left and instances: as a bar, or as lines where nobody watches."""

    def __init__(self, style: ProgressStyle) -> None:
        """Choose how to show; `auto` is a bar on a terminal and lines elsewhere."""
        if sys.stderr is None:  # closed by the caller
            style = "none"
        if style == "auto":
            style = "bar" if sys.stderr.isatty() else "plain"
        self._start, self._show, self.close = {"bar": _bar, "plain": _plain, "none": _none}[style]()

    def start(self, info: "VideoInfo") -> None:
        """Take note of how much there is to do."""
        self._start(info.expected_frames)

    def show(self, progress: "Progress") -> None:
        """Show where the run stands."""
        self._show(progress)


_Parts = tuple[Callable[[int | None], None], Callable[["Progress"], None], Callable[[], None]]


def _bar() -> _Parts:
    from tqdm import tqdm

    bar = tqdm(unit="frame", file=sys.stderr, dynamic_ncols=True, disable=False)

    def start(total: int | None) -> None:
        bar.reset(total)

    def show(progress: "Progress") -> None:
        bar.set_postfix_str(f"{progress.instances} instances", refresh=False)
        bar.update(progress.frames - bar.n)

    return start, show, bar.close


def _plain() -> _Parts:
    began = last = time.monotonic()
    expected: int | None = None

    def start(total: int | None) -> None:
        nonlocal began, last, expected
        began = last = time.monotonic()
        expected = total

    def show(progress: "Progress") -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _PLAIN_EVERY_SECONDS:
            return
        last = now
        click.echo(_line(progress, now - began, expected), err=True)

    return start, show, lambda: None


def _line(progress: "Progress", seconds: float, expected: int | None) -> str:
    fps = progress.frames / seconds
    of_all = f"/{expected}" if expected else ""
    left = f", {max(0, expected - progress.frames) / fps:.0f} s left" if expected and fps else ""
    return f"{progress.frames}{of_all} frames, {fps:.1f} fps{left}, {progress.instances} instances"


def _none() -> _Parts:
    return lambda total: None, lambda progress: None, lambda: None


@dataclass(frozen=True)
class Counter:
    """Counts pictures or frames where somebody watches."""

    start: Callable[[int | None], None]
    """Takes how many there will be, None for unknown."""
    step: Callable[[], None]


@contextmanager
def counting(unit: str, *, quiet: bool) -> Iterator[Counter]:
    """Show a bar on a terminal and nothing elsewhere, gone at the end of the block."""
    from tqdm import tqdm

    hidden = quiet or sys.stderr is None or not sys.stderr.isatty()
    with tqdm(unit=unit, file=sys.stderr, disable=hidden, leave=False, dynamic_ncols=True) as bar:

        def step() -> None:
            bar.update()

        yield Counter(start=bar.reset, step=step)


@contextmanager
def counting_in_lines(unit: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show how many of something are done: as a bar, or as lines where nobody watches.

    Yields:
        To be called with the number done and the number in all.
    """
    from tqdm import tqdm

    if sys.stderr is None:  # closed by the caller
        quiet = True
    watched = not quiet and sys.stderr.isatty()
    last = time.monotonic()
    with tqdm(unit=unit, file=sys.stderr, dynamic_ncols=True, disable=not watched) as bar:

        def show(done: int, total: int) -> None:
            nonlocal last
            bar.total = total
            bar.update(done - bar.n)
            if not quiet and not watched and time.monotonic() - last >= _PLAIN_EVERY_SECONDS:
                last = time.monotonic()
                click.echo(f"{done}/{total} {unit}s", err=True)

        yield show
