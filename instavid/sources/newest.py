"""Newest frame first: a live source must not fall behind the networks, so it leaves frames out."""

import logging
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from instavid.interfaces import FrameSource
from instavid.types import Frame

_log = logging.getLogger(__name__)

_JOIN_SECONDS = 3.0


class NewestFrame:
    """Reads a source in a thread of its own and yields only its latest frame.

    What the source raises is raised in the consumer. A reader that blocks in a device is left to
    end by itself, and then closes its source; the consumer never waits for it for long.
    """

    def __init__(self, source: FrameSource) -> None:
        """Wrap a source that was not entered yet."""
        self.captured = 0
        """Frames that the source gave."""
        self.dropped = 0
        """Frames that were replaced by newer ones before the consumer took them."""
        self._source = source
        self._latest: Frame | None = None
        self._error: BaseException | None = None
        self._finished = self._closed = self._abandoned = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, name="instavid-newest", daemon=True)

    @property
    def source(self) -> Any:
        """Return the wrapped source, for its `info`."""
        return self._source

    @property
    def info(self) -> Any:
        """Return the description of the wrapped source."""
        return self.source.info

    def __enter__(self) -> Self:
        self._source.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None:
        self.stop()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_SECONDS)
        with self._changed:
            self._abandoned = self._thread.is_alive() and not self._finished
        if self._abandoned:
            _log.warning("the source does not answer; it is closed when it does")
        else:
            self._source.__exit__(kind, error, traceback)

    def __iter__(self) -> Iterator[Frame]:
        if self._thread.ident is None:
            self._thread.start()
        try:
            while (frame := self._wait_for_frame()) is not None:
                yield frame
        finally:
            self.stop()

    def stop(self) -> None:
        """End the iteration on both sides; safe from any thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        stop = getattr(self._source, "stop", None)
        if stop is not None:
            stop()

    def _wait_for_frame(self) -> Frame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._latest or self._finished or self._closed)
            frame, self._latest = self._latest, None
            if self._closed:
                return None
            if frame is None and self._error is not None:
                raise self._error
            return frame

    def _read(self) -> None:
        frames = iter(self._source)
        try:
            for frame in frames:
                if not self._offer(frame):
                    break
        except BaseException as error:
            self._error = error
        finally:
            self._end(frames)

    def _offer(self, frame: Frame) -> bool:
        with self._changed:
            if self._closed:
                return False
            self.captured += 1
            self.dropped += self._latest is not None
            self._latest = frame
            self._changed.notify_all()
            return True

    def _end(self, frames: Iterator[Frame]) -> None:
        close = getattr(frames, "close", None)
        if close is not None:
            close()
        with self._changed:
            self._finished = True
            self._changed.notify_all()
            is_mine = self._abandoned
        if is_mine:
            self._source.__exit__(None, None, None)
