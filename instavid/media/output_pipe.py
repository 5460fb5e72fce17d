"""Writing a container to a pipe: what was muxed goes out whole and in order, or not at all."""

import errno
import io
import logging
import os
import select
import stat
import time
from pathlib import Path

from instavid.errors import OutputError, ReaderGoneError, UsageError

_TICK_SECONDS = 0.1
_PATIENCE_SECONDS = 5.0
_SAY_AFTER_SECONDS = 10.0
_SAFE_PORTION = select.PIPE_BUF
"""Bytes that a pipe with any room takes without blocking."""
_log = logging.getLogger(__name__)


class OutputPipe:
    """A descriptor or a named pipe to write to; what follows a failed write is dropped."""

    def __init__(self, path: str | Path = "-", *, descriptor: int | None = None) -> None:
        """Take a descriptor, which stays the caller's, or the path of what is opened later.

        Args:
            path: What the user called it.
            descriptor: Of a pipe, a socket, or a device.

        Raises:
            UsageError: It is a terminal.
        """
        self.path = Path(path)
        self.written = 0
        """Bytes that went out."""
        self._fd = descriptor
        self._is_mine = descriptor is None
        self._is_over = self._is_in_a_hurry = False
        self._poll = select.poll()
        if descriptor is not None:
            self._take(descriptor)

    def __str__(self) -> str:
        return "standard output" if self.path == Path("-") else str(self.path)

    def open(self) -> None:
        """Open a named pipe as soon as somebody reads it.

        Raises:
            OutputError: It cannot be opened.
        """
        if self._fd is not None:
            return
        began, said = time.monotonic(), False
        while (descriptor := self._try_to_open()) is None:
            if not said and time.monotonic() - began > _SAY_AFTER_SECONDS:
                said = True
                _log.warning("nobody reads %s yet; still waiting", self)
            time.sleep(_TICK_SECONDS)
        self._fd = descriptor
        self._take(descriptor)

    def close(self) -> None:
        """Close what `open` opened; safe to call twice."""
        if self._is_mine and self._fd is not None:
            os.close(self._fd)
            self._fd, self._is_over = None, True

    def hurry(self) -> None:
        """From here on wait no more than a few seconds for a reader that takes nothing."""
        self._is_in_a_hurry = True

    def write(self, data: bytes) -> None:
        """Write all of it, as fast as the reader takes it.

        Raises:
            ReaderGoneError: Nobody reads any more.
            OutputError: It cannot be written to.
        """
        left = memoryview(data)
        try:
            while left and not self._is_over:
                done = self._write_some(left)
                self.written += done
                left = left[done:]
        except BrokenPipeError as error:
            self._is_over = True
            raise ReaderGoneError(f"Nobody reads {self} any more.") from error
        except OSError as error:
            self._is_over = True
            raise OutputError(f"Cannot write {self}: {error.strerror}.") from error
        except BaseException:
            self._is_over = True  # in the middle: what would follow makes no sense
            raise

    def _write_some(self, data: memoryview) -> int:
        assert self._fd is not None, "written to before it was opened"
        if not self._poll.poll(1000 * _PATIENCE_SECONDS if self._is_in_a_hurry else None):
            self._is_over = True
            return 0
        try:
            return os.write(self._fd, data[:_SAFE_PORTION] if self._is_in_a_hurry else data)
        except BlockingIOError:  # room for less than an atomic write
            time.sleep(_TICK_SECONDS)
            return 0

    def _take(self, descriptor: int) -> None:
        if os.isatty(descriptor):
            raise UsageError(
                f"{str(self).capitalize()} is a terminal, which shows no video: give -o FILE, "
                "or send it into another program."
            )
        self._poll.register(descriptor, select.POLLOUT)

    def _try_to_open(self) -> int | None:
        try:
            return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return None
            raise OutputError(f"Cannot write {self}: {error.strerror}.") from error


class Spool:
    """What PyAV writes into instead of a file, until somebody takes it.

    Its `write` is C: in Python code PyAV would swallow the KeyboardInterrupt of a signal, and what
    was to be written with it. It has no `seek`, so that muxers know they are writing a stream.
    """

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self.write = self._bytes.write

    def take(self) -> bytes:
        """Return what was written since the last time."""
        data = self._bytes.getvalue()
        self._bytes.seek(0)
        self._bytes.truncate()
        return data


def is_stream(path: Path) -> bool:
    """Return whether a path names a pipe or a device, which nothing can be moved to."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
