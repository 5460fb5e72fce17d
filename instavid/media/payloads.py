"""What of a packet must come out of a container as it went in: muxers wrap some codecs anew."""

import hashlib
from typing import Literal

Comparison = Literal["packets", "bytes", "times"]

_REWRAPPED_VIDEO = ("h264", "hevc", "vvc", "av1", "mpeg4")
_TRANSPORT = ("mpegts", "mpeg")


def how_to_compare(codec: str, *, kind: str, source: str, target: str) -> Comparison:
    """Return how a copied stream can be held against the one it was copied from.

    "packets": one by one. "bytes": all bytes in a row, because the container cuts them anew.
    "times": their number and times only, because the container writes them in another form.

    Args:
        codec: FFmpeg's name of the codec.
        kind: audio, subtitle or video.
        source: FFmpeg's name of the container that the stream is from.
        target: FFmpeg's name of the container it was written to.

    >>> how_to_compare("pcm_s16le", kind="audio", source="wav", target="mov")
    'bytes'
    """
    if codec.startswith("pcm_"):
        return "bytes"
    is_other_form = (source in _TRANSPORT) != (target in _TRANSPORT)
    if kind == "video" and codec in _REWRAPPED_VIDEO and is_other_form:
        return "times"
    return "packets"


def essence(codec: str, payload: bytes) -> bytes:
    """Return a packet's payload without the wrapping that one container adds and another removes.

    Empty where there is nothing else in it: MP4 fills the gaps between subtitles.

    >>> essence("mov_text", bytes(2)), essence("mov_text", b"\\x00\\x02Hi")
    (b'', b'\\x00\\x02Hi')
    >>> essence("aac", bytes.fromhex("fff15080013ffc") + b"ab")
    b'ab'
    """
    if codec == "aac" and _is_adts(payload):
        return payload[7 if payload[1] & 1 else 9 :]
    if codec == "mov_text" and not any(payload[:2]):
        return b""
    return payload


def digest(payload: bytes) -> int:
    """Return 64 bits that hardly any other payload has."""
    return int.from_bytes(hashlib.blake2b(payload, digest_size=8).digest(), "little")


def _is_adts(payload: bytes) -> bool:
    """Return whether an AAC packet begins with an ADTS header that tells its length."""
    if len(payload) < 7 or payload[0] != 0xFF or payload[1] & 0xF6 != 0xF0:
        return False
    length = (payload[3] & 3) << 11 | payload[4] << 3 | payload[5] >> 5
    return length == len(payload)
