"""Reading a container from a pipe: it waits without hanging, and says what it waits for."""

import logging
import os
import select
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from instavid.media.stream_ends import EBML, MatroskaWalk
from instavid.media.transport_walk import TransportWalk

_TICK_MILLISECONDS = 100
_SAY_AFTER_SECONDS = 10.0
_HEAD_BYTES = 12
_READABLE = "Matroska, NUT, MPEG-TS, Y4M or fragmented MP4"
_log = logging.getLogger(__name__)


class InputPipe:
    """What PyAV reads from instead of a file; it has no `seek`, which tells FFmpeg not to try."""

    def __init__(self, place: str | int, *, shown: str, is_stopped: Callable[[], bool]) -> None:
        """Open a pipe; whether anybody writes into it does not matter yet.

        Args:
            place: Path of a named pipe, or a descriptor, which stays open at the end.
            shown: What messages call it.
            is_stopped: Whether to give up waiting, which looks like the end of the pipe.

        Raises:
            OSError: It cannot be opened.
        """
        # Without O_NONBLOCK, opening a named pipe waits for a writer, deaf to everything else.
        flags = os.O_RDONLY | os.O_NONBLOCK
        self._fd = os.open(place, flags) if isinstance(place, str) else os.dup(place)
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)
        self._shown = shown
        self._is_stopped = is_stopped
        self._head = b""
        self.received = 0
        """Bytes that were read."""
        self.walk: MatroskaWalk | TransportWalk | None = None
        """Over what was read, where that is Matroska or may be MPEG-TS."""

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes as soon as there are any; none at the end."""
        data = b""
        while self._wait():
            try:
                data = os.read(self._fd, size)
                break
            except BlockingIOError:
                continue
        if not self.received:
            self._head = data[:_HEAD_BYTES]
            self.walk = MatroskaWalk() if data.startswith(EBML) else TransportWalk()
        if self.walk is not None:
            self.walk.feed(data)
        self.received += len(data)
        return data

    def close(self) -> None:
        """Let go of the pipe; safe to call twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    @property
    def is_mp4(self) -> bool:
        """Return whether it began like an MP4 or a MOV."""
        return self._head[4:8] in (b"ftyp", b"mdat", b"moov", b"wide", b"free")

    def why_unreadable(self) -> str:
        """Return what is wrong with what came, where FFmpeg could make nothing of it."""
        if not self._head:
            return "nothing came; look whether the program before it failed"
        if self.is_mp4:
            return (
                "an MP4 that has its index at the end cannot be read in order; give it as a file, "
                "or send Matroska (ffmpeg -f matroska -)"
            )
        return f"no video that can be read from a pipe; send {_READABLE} (ffmpeg -f matroska -)"

    def _wait(self) -> bool:
        """Wait for bytes or the end; return False when told to give up."""
        began, said = time.monotonic(), False
        while self._fd >= 0 and not self._is_stopped():
            if self._poll.poll(_TICK_MILLISECONDS):
                return True
            if not said and time.monotonic() - began > _SAY_AFTER_SECONDS:
                said = True
                _log.warning(
                    "nothing came from %s for %g s; still waiting", self._shown, _SAY_AFTER_SECONDS
                )
        return False


def out_of_reach_of_signals(work: Callable[[], None], *, give_up: Callable[[], None]) -> None:
    """Do work that makes PyAV call `read`, in a thread of its own, and wait for it.

    Python raises KeyboardInterrupt in the main thread alone, there mostly as `read` begins, and
    PyAV lets it drop: the interruption would be lost, and what was read taken for the end.

    Args:
        work: What to do; its exceptions are raised here.
        give_up: Makes `work` end soon; called on an interruption.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="instavid-open") as pool:
        future = pool.submit(work)
        try:
            future.result()
        except KeyboardInterrupt:
            give_up()
            raise
