"""Gives the frames of a file at the speed at which they are to be seen, as a camera would."""

import threading
import time
from collections.abc import Iterator
from typing import Self

from instavid.sources.file import FileSource
from instavid.types import Frame


class PacedSource:
    """Yields the frames of a file or of a synthetic source in real time; never early."""

    def __init__(self, source: FileSource) -> None:
        """Wrap a source that was not entered yet."""
        self.source = source
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        self.source.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.source.__exit__(None, None, None)

    def stop(self) -> None:
        """End the iteration and its waiting; safe from any thread."""
        self._stopped.set()
        self.source.stop()

    def __iter__(self) -> Iterator[Frame]:
        began: float | None = None
        for frame in self.source:
            shown_at = float(frame.pts * frame.time_base)
            now = time.monotonic()
            began = now - shown_at if began is None else began
            if self._stopped.wait(max(0.0, began + shown_at - now)):
                return
            yield frame
