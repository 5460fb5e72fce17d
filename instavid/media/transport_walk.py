"""Stepping over the packets of an MPEG-TS, to see what is missing: FFmpeg does not always tell.

The packets of each stream in it are counted, modulo 16, and all of them are equally long.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_SYNC, _NOTHING = 0x47, 0x1FFF
_PACKET = 188
_STRIDES = (_PACKET, 192, 204)
"""Bytes from packet to packet: plain, with a time in front as in M2TS, with parity behind."""
_TABLES = (0, 17)
"""The streams of tables that a file begins with, and counts from zero."""
_SURE = 5
"""Packets in a row from which on a stream is taken for one."""
_CHUNK_BYTES = 1 << 20

_Packets = npt.NDArray[np.uint8]


class TransportWalk:
    """Counts where packets are missing or damaged, as the bytes of a stream pass by."""

    def __init__(self) -> None:
        self.gaps = 0
        """Places where packets are missing, or something else stands where one should begin."""
        self._stride = 0
        self._is_aligned = False
        self._waiting = b""
        self._counts: dict[int, int] = {}

    @property
    def is_in_the_middle(self) -> bool:
        """Return whether the last packet is not whole; False where none were found at all."""
        return bool(self._stride) and self._is_aligned and 0 < len(self._waiting) < _PACKET

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._waiting += data
        while self._align():
            whole = len(self._waiting) // self._stride
            rows = np.frombuffer(self._waiting, np.uint8, whole * self._stride)
            packets = rows.reshape(whole, self._stride)
            (wrong,) = np.nonzero(packets[:, 0] != _SYNC)
            good = int(wrong[0]) if len(wrong) else whole
            self._count(packets[:good, :_PACKET])
            self._waiting = self._waiting[good * self._stride :]
            if not len(wrong):
                return
            self._is_aligned = False
            self.gaps += 1

    def _align(self) -> bool:
        """Go to where packets begin; return whether there is such a place."""
        if self._is_aligned:
            return True
        for stride in (self._stride,) if self._stride else _STRIDES:
            reach = _SURE * stride
            found = np.frombuffer(self._waiting, np.uint8) == _SYNC
            starts = len(found) - reach
            if starts < 0:
                continue
            row = np.logical_and.reduce(
                [found[n * stride : n * stride + starts + 1] for n in range(_SURE)]
            )
            if row.any():
                self._waiting = self._waiting[int(row.argmax()) :]
                self._stride, self._is_aligned = stride, True
                return True
        self._waiting = self._waiting[-(_SURE * max(_STRIDES)) :]
        return False

    def _count(self, packets: _Packets) -> None:
        """Look at the counters of whole packets, and forget them where another file may begin."""
        is_table = np.isin(_streams(packets), _TABLES)
        (begins,) = np.nonzero(is_table & (packets[:, 3] & 15 == 0))
        for part in np.split(packets, begins):
            if len(part) and self._begins_anew(part[0]):
                self._counts.clear()
            self._count_part(part)

    def _begins_anew(self, packet: _Packets) -> bool:
        """Return whether a table that counted on begins with zero before its turn."""
        stream = int(_streams(packet[None])[0])
        expected = (None, 0, 15)  # not counted yet, the same packet twice, its turn
        is_zero = stream in _TABLES and packet[3] & 15 == 0
        return is_zero and self._counts.get(stream) not in expected

    def _count_part(self, packets: _Packets) -> None:
        flags, numbers = packets[:, 3], packets[:, 3] & 15
        streams = _streams(packets)
        self.gaps += int(np.count_nonzero(packets[:, 1] & 0x80))
        begins_anew = (flags & 0x20 > 0) & (packets[:, 4] > 0) & (packets[:, 5] & 0x80 > 0)
        counted = (flags & 0x10 > 0) & (streams != _NOTHING)
        for stream in np.unique(streams[counted]):
            mine = counted & (streams == stream)
            self.gaps += self._jumps(int(stream), numbers[mine], begins_anew[mine])

    def _jumps(self, stream: int, numbers: _Packets, begins_anew: npt.NDArray[Any]) -> int:
        """Return how often a counter did not go up by one; a packet may come twice."""
        first = self._counts.get(stream, int(numbers[0]) - 1)
        steps = np.diff([first, *numbers.tolist()]) & 15
        self._counts[stream] = int(numbers[-1])
        return int(np.count_nonzero((steps > 1) & ~begins_anew))


def _streams(packets: _Packets) -> npt.NDArray[np.int64]:
    """Return which stream each packet is of."""
    return (packets[:, 1] & 31).astype(np.int64) << 8 | packets[:, 2]


def walk_file(path: Path) -> TransportWalk:
    """Walk over a whole file.

    Raises:
        OSError: It cannot be read.
    """
    walk = TransportWalk()
    with path.open("rb") as file:
        while data := file.read(_CHUNK_BYTES):
            walk.feed(data)
    return walk
