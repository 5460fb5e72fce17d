"""Telling how far a run is, on stderr."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

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
        self._start(_expected_frames(info))

    def show(self, progress: "Progress") -> None:
        """Show where the run stands."""
        self._show(progress)


_Parts = tuple[Callable[[int | None], None], Callable[["Progress"], None], Callable[[], None]]


def _expected_frames(info: "VideoInfo") -> int | None:
    if info.frame_count_from_header is not None:
        return info.frame_count_from_header
    if info.duration_seconds_from_header and info.average_frame_rate:
        return round(info.duration_seconds_from_header * info.average_frame_rate)
    return None


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


class Counter:
    """Counts pictures, scenes or frames: as a bar, or as lines where nobody watches."""

    def __init__(self, bar: Any, unit: str, *, says_lines: bool) -> None:
        """Take the bar of tqdm to fill, which may be a disabled one."""
        self._bar = bar
        self._unit = unit
        self._says_lines = says_lines
        self._done = 0
        self._total: int | None = None
        self._last = time.monotonic()

    def start(self, total: int | None) -> None:
        """Begin anew, with how many there will be, None for unknown."""
        self._bar.reset(total)
        self._done, self._total = 0, total

    def step(self) -> None:
        """Count one more."""
        self.show(self._done + 1, self._total)

    def show(self, done: int, total: int | None) -> None:
        """Take how many are done, of how many in all."""
        self._bar.total = total
        self._bar.update(done - self._done)
        self._done, self._total = done, total
        if self._says_lines and time.monotonic() - self._last >= _PLAIN_EVERY_SECONDS:
            self._last = time.monotonic()
            of_all = f"/{total}" if total else ""
            click.echo(f"{done}{of_all} {self._unit}s", err=True)


@contextmanager
def counting(unit: str, *, quiet: bool) -> Iterator[Counter]:
    """Show how far something is; a bar is gone at the end of the block."""
    from tqdm import tqdm

    silent = quiet or sys.stderr is None  # closed by the caller
    watched = not silent and sys.stderr.isatty()
    with tqdm(
        unit=unit, file=sys.stderr, disable=not watched, leave=False, dynamic_ncols=True
    ) as bar:
        yield Counter(bar, unit, says_lines=not silent and not watched)
