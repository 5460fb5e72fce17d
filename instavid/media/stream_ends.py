"""Telling a stream that ends from one that breaks off: FFmpeg takes both for the end."""

from instavid.media.report import Tally
from instavid.media.transport_walk import TransportWalk

_SEGMENT, _CLUSTER = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"
_LONGEST_HEADER = 12
"""Bytes: four of an identity, eight of a length."""
EBML = b"\x1a\x45\xdf\xa3"


class MatroskaWalk:
    """Steps over the elements of a Matroska stream as its bytes pass by."""

    def __init__(self) -> None:
        self._waiting = b""
        self._to_skip = 0
        self._position = 0
        self._segment_end: int | None = None

    @property
    def is_in_the_middle(self) -> bool:
        """Return whether more was announced than has passed."""
        is_short = self._segment_end is not None and self._position < self._segment_end
        return is_short or bool(self._waiting) or self._to_skip > 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        data = self._waiting + data
        at = 0
        while True:
            step = min(self._to_skip, len(data) - at)
            at += step
            self._to_skip -= step
            header = _header(data[at : at + _LONGEST_HEADER])
            if self._to_skip or header is None:
                break
            identity, length, size = header
            at += length
            # Clusters and what holds them are looked into: they may be of unknown size.
            if identity == _SEGMENT:
                self._segment_end = None if size is None else self._position + at + size
            elif identity != _CLUSTER:
                self._to_skip = size or 0
        self._waiting = data[at:]
        self._position += at


def _header(data: bytes) -> tuple[bytes, int, int | None] | None:
    """Read an element's header: its identity, its own length, the size of what follows.

    Returns:
        None where bytes are missing; a size of None is one that was unknown to the writer.

    >>> _header(bytes.fromhex("a3 42 86 00"))
    (b'\\xa3', 3, 646)
    >>> _header(bytes.fromhex("1f43b675 ff"))
    (b'\\x1fC\\xb6u', 5, None)
    """
    width = 9 - data[0].bit_length() if data and data[0] else 1
    if len(data) <= width or not data[width]:
        return None
    more = 9 - data[width].bit_length()
    field = data[width : width + more]
    if len(field) < more:
        return None
    marker = 1 << 7 * more
    size = int.from_bytes(field) - marker
    return data[:width], width + more, None if size == marker - 1 else size


def breaks_off(
    container: str, tally: Tally, *, received: int, walk: MatroskaWalk | TransportWalk | None
) -> bool:
    """Return whether a stream surely stopped in the middle of something.

    Args:
        container: FFmpeg's name of the format.
        tally: What was read.
        received: Bytes that came in all.
        walk: Over the elements of a Matroska stream, or the packets of what may be an MPEG-TS.
    """
    if not tally.has_ended:
        return False
    is_apt = container == "mpegts" or isinstance(walk, MatroskaWalk)
    if walk is not None and is_apt and walk.is_in_the_middle:
        return True
    if container == "yuv4mpegpipe":  # a picture that is not whole is no packet
        return received > tally.end_byte
    if container == "nut":  # an index ends it, and the first part of a packet counts as one
        return received == tally.end_byte
    return tally.ends_in_a_piece
