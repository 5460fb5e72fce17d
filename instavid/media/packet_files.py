"""Coded pictures in a file that a crash leaves whole or unlisted, for a run to go on from.

No container does: Matroska rounds time stamps, NUT makes up the times of decoding. A file is a row
of packets, each a head of fixed size and its bytes.
"""

import contextlib
import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.packet import Packet
from av.stream import Stream

_HEAD = struct.Struct("<qqq?I")
_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class CodedPicture:
    """A packet as a plain value."""

    pts: int
    dts: int
    duration: int
    is_key: bool
    payload: bytes

    def packet(self, stream: Stream, time_base: Fraction) -> "Packet[Any]":
        """Return it as a packet of an output's stream, its times in ticks of `time_base`."""
        packet: Packet[Any] = Packet(self.payload)
        packet.pts, packet.dts, packet.duration = self.pts, self.dts, self.duration
        packet.is_keyframe = self.is_key
        packet.time_base = time_base
        packet.stream = stream
        return packet


@dataclass(frozen=True)
class KeptFile:
    """A file that was written to its end, and how to tell that it still is what it was."""

    name: str
    bytes: int
    sha256: str
    copied: int = 0
    """Of a video's: pictures up to its end that were copied as the input has them."""

    def is_sound(self, folder: Path) -> bool:
        """Return whether it is there and unchanged."""
        path = folder / self.name
        if not path.is_file() or path.stat().st_size != self.bytes:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


def keep_bytes(path: Path, data: bytes) -> KeptFile:
    """Write a new file that is on the disk when this returns."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return KeptFile(path.name, len(data), hashlib.sha256(data).hexdigest())


class PacketWriter:
    """Writes coded pictures to a new file."""

    def __init__(self, path: Path) -> None:
        """Make the file.

        Raises:
            OSError: It exists, or cannot be made; later, it cannot be written to.
        """
        self._path = path
        self._file = path.open("xb")
        self._digest = hashlib.sha256()
        self._bytes = 0

    def write(self, picture: CodedPicture) -> None:
        """Append one."""
        head = _HEAD.pack(
            picture.pts, picture.dts, picture.duration, picture.is_key, len(picture.payload)
        )
        for part in (head, picture.payload):
            self._file.write(part)
            self._digest.update(part)
            self._bytes += len(part)

    def finish(self) -> KeptFile:
        """Close the file; it is on the disk when this returns."""
        with self._file as file:
            file.flush()
            os.fsync(file.fileno())
        return KeptFile(self._path.name, self._bytes, self._digest.hexdigest())

    def discard(self) -> None:
        """Leave nothing."""
        with contextlib.suppress(OSError):  # what could not be written is not wanted either
            self._file.close()
        self._path.unlink(missing_ok=True)


def read_pictures(path: Path) -> Iterator[CodedPicture]:
    """Yield what a `PacketWriter` wrote, from a file that was found sound."""
    with path.open("rb", buffering=_READ_BYTES) as file:
        while head := file.read(_HEAD.size):
            pts, dts, duration, is_key, size = _HEAD.unpack(head)
            yield CodedPicture(pts, dts, duration, is_key, file.read(size))
