"""What was handed to encoder and muxer, noted in few bytes, to hold the finished file against it.

A picture takes 8 bytes for its time, 8 for all of its samples, and about 72 for the means of its
blocks; a packet of another stream takes 16. 100,000 frames with sound are about 13 MiB.
"""

import hashlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.packet import Packet
from av.stream import Stream

from instavid.core.block_means import block_means, count_means
from instavid.media.carried import StreamNote
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.payloads import digest, essence
from instavid.media.pixels import Canoniser, canonical_format
from instavid.media.rationals import to_fraction
from instavid.picture import PictureFormat, Planes

_COLOUR_PLANES = 3


@dataclass(frozen=True)
class Print:
    """One picture in few numbers."""

    samples: int
    """64 bits that hardly any picture shares that differs in a single sample."""
    means: npt.NDArray[np.uint16]
    """(K,) of `block_means`."""


class Printer:
    """Takes the prints of pictures; the same for what is encoded and for what is decoded again."""

    def __init__(self, pixel_format: str, width: int, height: int) -> None:
        """Prepare for pictures of a format and size, in whatever order it stores samples."""
        self.picture = PictureFormat(canonical_format(pixel_format), width, height)
        self._canoniser = Canoniser()

    @property
    def colour_planes(self) -> int:
        """Return how many planes have block means: transparency has none."""
        return min(_COLOUR_PLANES, len(self.picture.plane_shapes))

    def __call__(self, frame: av.VideoFrame) -> Print:
        """Return the print of one picture."""
        planes = self._planes(frame)
        samples = hashlib.blake2b(digest_size=8)
        for plane in planes:
            samples.update(np.ascontiguousarray(plane).data)
        return Print(
            int.from_bytes(samples.digest(), "little"),
            block_means(planes[:_COLOUR_PLANES], bits=self.picture.bits),
        )

    def _planes(self, frame: av.VideoFrame) -> Planes:
        """Return the samples in the printer's format, those that a decoder adds left out."""
        wanted = self.picture.pixel_format
        own = canonical_format(frame.format.name)
        is_grey = wanted.startswith("gray") and own.startswith("yuv")
        if is_grey or own == wanted.replace("yuva", "yuv"):
            picture = replace(self.picture, pixel_format=own)
            return self._canoniser.planes(frame, picture)[: 1 if is_grey else None]
        return self._canoniser.planes(frame, self.picture)


@dataclass
class PictureEntries:
    """The pictures that were encoded, in order."""

    printer: Printer
    stamps: "array[int]" = field(default_factory=lambda: array("q"))
    """Ticks of the plan's time base."""
    samples: "array[int]" = field(default_factory=lambda: array("Q"))
    last_duration: int = 0
    unseen: int = 0
    """Pictures at the start that an earlier run encoded: only their times are known."""
    is_encoded: bool = False
    """Whether any packet came out of the encoder by now."""
    first_decoding: int = 0
    """When the first picture is to be decoded, ticks; before zero where pictures are reordered."""
    _means: "array[int]" = field(default_factory=lambda: array("H"))

    def add(self, frame: av.VideoFrame) -> None:
        """Note a picture that the encoder is about to get."""
        taken = self.printer(frame)
        self.stamps.append(int(frame.pts or 0))
        self.samples.append(taken.samples)
        self._means.frombytes(taken.means.tobytes())
        self.last_duration = int(frame.duration or 0)

    def add_unseen(self, pts: int, duration: int) -> None:
        """Note a picture that is copied as an earlier run encoded it, before any other."""
        self.stamps.append(pts)
        self.samples.append(0)
        self._means.extend([0] * count_means(self.printer.colour_planes))
        self.last_duration = duration
        self.unseen += 1

    def note_decoding(self, packets: "Sequence[Packet[Any]]") -> None:
        """Note what came of the encoder; only the first packet counts."""
        if not self.is_encoded and packets:
            self.first_decoding = min(0, int(packets[0].dts or 0))
            self.is_encoded = True

    @property
    def means(self) -> npt.NDArray[np.uint16]:
        """Return the block means of all pictures, (F, K) uint16; none can be added while held."""
        return np.frombuffer(self._means, np.uint16).reshape(len(self.stamps), -1)


@dataclass(frozen=True)
class Taken:
    """A packet, as far as it must come out of the file again."""

    stamp: int
    time_base: Fraction
    payload: bytes
    decoding: int
    """When it is to be decoded, ticks: before it is shown, where pictures are reordered."""


def taken(packet: "Packet[Any]") -> Taken:
    """Return what counts of a packet; muxers and demuxers empty and change the packet itself."""
    stamp = packet.pts if packet.pts is not None else packet.dts
    time_base = to_fraction(packet.time_base) or Fraction(1)
    decoding = packet.dts if packet.dts is not None else stamp
    return Taken(stamp or 0, time_base, bytes(packet), decoding or 0)


@dataclass
class StreamEntries:
    """The packets of one other stream, in the order of writing."""

    note: StreamNote
    language: str = ""
    time_base: Fraction = Fraction(1)
    first_decoding: int = 0
    """Of the first packet, ticks."""
    stamps: "array[int]" = field(default_factory=lambda: array("q"))
    payloads: "array[int]" = field(default_factory=lambda: array("Q"))
    all_bytes: Any = field(default_factory=hashlib.sha256)

    def add(self, packet: Taken) -> None:
        """Note a packet that the muxer took; what is only filling is left out."""
        payload = essence(self.note.written_as, packet.payload)
        if not payload:
            return
        self.time_base = packet.time_base
        self.first_decoding = packet.decoding if not self.stamps else self.first_decoding
        self.stamps.append(packet.stamp)
        self.payloads.append(digest(payload))
        self.all_bytes.update(payload)


@dataclass
class Ledger:
    """All that the finished file must hold."""

    plan: EncodingPlan
    pictures: PictureEntries
    streams: list[StreamEntries | None] = field(default_factory=list)
    """In the order of the file; None is the main video. Covers and attachments are not in here."""
    files: list[tuple[StreamNote, int]] = field(default_factory=list)
    """Covers and attachments, with the digest of what is in them."""
    has_others: bool = False
    """Whether the input had other streams, for `instavid.media.negative_times`."""
    tags: Mapping[str, str] = field(default_factory=dict)
    chapters: Sequence[Mapping[str, Any]] = ()

    def add_stream(self, stream: Stream, note: StreamNote) -> StreamEntries:
        """Make room for a stream that is copied, at the end of those there are."""
        entries = StreamEntries(note, language=stream.metadata.get("language", ""))
        self.streams.append(entries)
        return entries

    def add_file(self, note: StreamNote, content: bytes) -> None:
        """Note a cover or an attachment."""
        self.files.append((note, digest(content)))


def open_ledger(plan: EncodingPlan) -> Ledger:
    """Return an empty ledger for a file that is about to be written as planned."""
    printer = Printer(plan.pixel_format, plan.picture.width, plan.picture.height)
    return Ledger(plan, PictureEntries(printer))
