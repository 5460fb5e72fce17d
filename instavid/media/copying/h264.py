"""H.264 from two encoders in one stream: both describe themselves in its header, by other numbers.

ISO/IEC 14496-15, 5.3.3.1: the header of a stream ("avcC") lists any number of sequence and picture
parameter sets, each with an identifier. A picture names the set that it was coded with, and a
decoder changes over where a closed group begins. So nothing has to be rewritten in a copied packet.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_IDR, _SEQUENCE_SET, _PICTURE_SET = 5, 7, 8
_SLICES = (1, 2, 3, 4, 5)
_SEQUENCE_IDS = range(32)
_WITHOUT_CHROMA_FIELDS = (66, 77, 88)
"""Profiles (Baseline, Main, Extended) that are 4:2:0 in 8 bits, without saying so."""
_START_CODE = re.compile(b"\0\0\1")


@dataclass(frozen=True)
class ParameterSets:
    """What an encoder says of its stream once, and how its packets are laid out."""

    sequence: tuple[bytes, ...]
    picture: tuple[bytes, ...]
    length_bytes: int
    """Of the length before each unit in a packet; 0 where start codes part them (Annex B)."""

    @property
    def ids(self) -> set[int]:
        """Return the identifiers that are in use, of either kind."""
        return {_exp_golomb(unit[4:]) for unit in self.sequence} | {
            _exp_golomb(unit[1:]) for unit in self.picture
        }

    def units(self, payload: bytes) -> Iterator[bytes]:
        """Yield the NAL units of a packet."""
        if self.length_bytes:
            return _by_length(payload, self.length_bytes)
        return _by_start_code(payload)

    def opens_group(self, payload: bytes) -> bool:
        """Return whether a packet is an instantaneous decoder refresh, which closes all before."""
        first = next((u for u in self.units(payload) if _kind(u) in _SLICES), b"\0")
        return _kind(first) == _IDR

    def knows_sets_of(self, payload: bytes) -> bool:
        """Return whether a packet brings no parameter set that is not among these."""
        known = (*self.sequence, *self.picture)
        kinds = (_SEQUENCE_SET, _PICTURE_SET)
        return all(unit in known for unit in self.units(payload) if _kind(unit) in kinds)

    def laid_out(self, payload: bytes) -> bytes:
        """Return a packet with lengths of four bytes, without the sets that the header has."""
        units = (u for u in self.units(payload) if _kind(u) not in (_SEQUENCE_SET, _PICTURE_SET))
        return b"".join(len(unit).to_bytes(4) + unit for unit in units)


def read_sets(header: bytes) -> ParameterSets | None:
    """Return the parameter sets of a stream's header, None where it has none.

    Args:
        header: As containers keep it (avcC), or units with start codes.
    """
    if header[:1] == b"\1":
        return _read_avcc(header)
    units = list(_by_start_code(header))
    return _sets(
        [u for u in units if _kind(u) == _SEQUENCE_SET],
        [u for u in units if _kind(u) == _PICTURE_SET],
        length_bytes=0,
    )


def free_id(sets: ParameterSets) -> int | None:
    """Return an identifier that a second encoder can use for its sets; None where all are taken."""
    return next((number for number in _SEQUENCE_IDS if number not in sets.ids), None)


def joint_header(sets: Sequence[ParameterSets], *, chroma: int, bits: int) -> bytes:
    """Return one avcC for the packets of several encoders, as `ParameterSets.laid_out` gives them.

    Args:
        sets: Of each, without an identifier in common.
        chroma: chroma_format_idc: 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4.
        bits: Per sample.
    """
    sequence = [unit for one in sets for unit in one.sequence]
    picture = [unit for one in sets for unit in one.picture]
    profile, level = max(unit[1] for unit in sequence), max(unit[3] for unit in sequence)
    compatible = 0xFF
    for unit in sequence:
        compatible &= unit[2]
    parts = [bytes([1, profile, compatible, level, 0xFC | 3, 0xE0 | len(sequence)])]
    parts += [len(unit).to_bytes(2) + unit for unit in sequence]
    parts += [bytes([len(picture)]), *(len(unit).to_bytes(2) + unit for unit in picture)]
    if profile not in _WITHOUT_CHROMA_FIELDS:
        parts.append(bytes([0xFC | chroma, 0xF8 | bits - 8, 0xF8 | bits - 8, 0]))
    return b"".join(parts)


def _read_avcc(header: bytes) -> ParameterSets | None:
    try:
        sequence, at = _read_list(header, 6, count=header[5] & 0x1F)
        picture, _ = _read_list(header, at + 1, count=header[at])
    except IndexError:
        return None
    return _sets(sequence, picture, length_bytes=(header[4] & 3) + 1)


def _read_list(header: bytes, at: int, *, count: int) -> tuple[list[bytes], int]:
    units = []
    for _ in range(count):
        end = at + 2 + int.from_bytes(header[at : at + 2])
        if end > len(header):
            raise IndexError(end)
        units.append(header[at + 2 : end])
        at = end
    return units, at


def _sets(
    sequence: list[bytes], picture: list[bytes], *, length_bytes: int
) -> ParameterSets | None:
    if not sequence or not picture or any(len(unit) < 5 for unit in sequence):
        return None
    return ParameterSets(tuple(sequence), tuple(picture), length_bytes)


def _by_length(payload: bytes, length_bytes: int) -> Iterator[bytes]:
    at = 0
    while at + length_bytes < len(payload):
        begin = at + length_bytes
        at = begin + int.from_bytes(payload[at:begin])
        yield payload[begin:at]


def _by_start_code(payload: bytes) -> Iterator[bytes]:
    # A unit never ends with a zero byte: those before a start code are filling.
    return (unit for piece in _START_CODE.split(payload) if (unit := piece.rstrip(b"\0")))


def _kind(unit: bytes) -> int:
    return unit[0] & 0x1F if unit else 0


def _exp_golomb(data: bytes) -> int:
    """Return the first number of a bit string in unsigned Exp-Golomb code.

    >>> _exp_golomb(bytes([0b10000000])), _exp_golomb(bytes([0b01000000])), _exp_golomb(b"\\x28")
    (0, 1, 4)
    """
    head = data.replace(b"\0\0\3", b"\0\0")[:8]  # without the bytes that hide start codes
    bits = f"{int.from_bytes(head):0{8 * len(head)}b}"
    zeros = len(bits) - len(bits.lstrip("0"))
    return int(bits[zeros : 2 * zeros + 1] or "0", 2) - 1
