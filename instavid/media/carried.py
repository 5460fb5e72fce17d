"""The streams that are copied packet for packet beside the changed video.

The source demuxes once and puts their packets here; the sink takes them at every write, so that
the file is read in one pass and only a few packets wait at a time.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from instavid.media.rationals import to_fraction
from instavid.media.tags import clean

_MOST_TICKS = 2**31 - 1
"""MP4 stores its time scales as 32-bit integers."""


@dataclass(frozen=True)
class StreamNote:
    """What became of one stream of the input."""

    index: int
    kind: str
    """audio, subtitle, video, attachment, data or unknown."""
    codec: str
    reason: str = ""
    """Why it was dropped; empty for a kept one."""

    def __str__(self) -> str:
        text = f"{self.kind} stream {self.index} ({self.codec})"
        return f"{text}: {self.reason}" if self.reason else text


@dataclass
class CarriedStreams:
    """Packets in flight from one source to one sink, and what is needed to write them."""

    streams: Sequence[Stream]
    """Every stream of the input but the main video; usable while the source is open."""
    metadata: dict[str, str]
    """Tags of the container."""
    chapters: list[Any]
    """As PyAV gives and takes them."""
    video_index: int
    """Where the main video stands among the streams."""
    covers: frozenset[int] = frozenset()
    """Which of the streams are cover pictures."""
    kept: list[StreamNote] = field(default_factory=list)
    dropped: list[StreamNote] = field(default_factory=list)
    begins_at: Fraction | None = None
    """Seconds of the input at which the output begins, None where nothing is cut off."""
    _ends_by: Fraction | None = None
    _held: "list[Packet[Stream]]" = field(default_factory=list)
    _packets: "deque[Packet[Stream]]" = field(default_factory=deque)
    _wanted: frozenset[int] | None = None

    @property
    def is_claimed(self) -> bool:
        """Return whether a sink takes these packets."""
        return self._wanted is not None

    def claim(self, indexes: set[int]) -> None:
        """Say which streams a sink will take; packets of the others are thrown away."""
        self._wanted = frozenset(indexes)

    def put(self, packet: "Packet[Stream]") -> None:
        """Keep a packet for the sink, if one wants it or may still come to want it."""
        if self._wanted is not None and packet.stream_index not in self._wanted:
            return
        if self.begins_at is not None and self._ends(packet, by=self.begins_at):
            return
        self._packets.append(packet)

    def begin_at(self, seconds: Fraction) -> None:
        """Leave out what ends by then; for the source, while no sink takes anything yet."""
        self.begins_at = self._ends_by = seconds
        kept = [packet for packet in self._packets if not self._ends(packet, by=seconds)]
        self._packets = deque(kept)

    def end_by(self, seconds: Fraction | None) -> None:
        """Hold back what begins at that time or later, for now; None lets all of it through."""
        self._ends_by = seconds

    def cover(self, index: int) -> "Packet[Stream] | None":
        """Return the picture of a cover stream; demuxers give it before anything else."""
        return next((p for p in self._packets if p.stream_index == index), None)

    def common_timescale(self, time_base: Fraction) -> int:
        """Return ticks per second in which the starts of all streams are whole numbers.

        Args:
            time_base: Seconds per tick of the main video.
        """
        ticks = time_base.denominator
        for stream in self.streams:
            own = to_fraction(stream.time_base)
            if stream.start_time and own is not None:
                both = math.lcm(ticks, own.denominator)
                ticks = both if both <= _MOST_TICKS else ticks
        return ticks

    def start(self) -> None:
        """Forget the packets, now and from here on, unless a sink has claimed them."""
        if not self.is_claimed:
            self.claim(set())
            self._packets.clear()

    def take(self) -> "Iterator[Packet[Stream]]":
        """Yield the waiting packets of wanted streams, oldest first."""
        wanted = self._wanted or frozenset()
        held, self._held = self._held, []
        while held or self._packets:
            packet = held.pop(0) if held else self._packets.popleft()
            if packet.stream_index not in wanted:
                continue
            if self._ends_by is not None and not _begins(packet, before=self._ends_by):
                self._held.append(packet)
                continue
            yield packet

    def _ends(self, packet: "Packet[Stream]", *, by: Fraction) -> bool:
        """Return whether a packet is over by then; covers and what has no time never are."""
        stamp = _seconds(packet)
        if stamp is None or packet.stream_index in self.covers:
            return False
        return stamp + (packet.duration or 0) * (to_fraction(packet.time_base) or 0) <= by


def carried_streams(container: InputContainer, *, but: Stream) -> CarriedStreams:
    """Collect every stream but the main video, with the container's tags and chapters."""
    return CarriedStreams(
        streams=tuple(s for s in container.streams if s.index != but.index),
        metadata=clean(container.metadata),
        chapters=container.chapters(),
        video_index=but.index,
        covers=frozenset(s.index for s in container.streams if is_cover(s)),
    )


def _seconds(packet: "Packet[Stream]") -> Fraction | None:
    stamp = packet.pts if packet.pts is not None else packet.dts
    time_base = to_fraction(packet.time_base)
    return None if stamp is None or time_base is None else stamp * time_base


def _begins(packet: "Packet[Stream]", *, before: Fraction) -> bool:
    seconds = _seconds(packet)
    return seconds is None or seconds < before


def note(stream: Stream, reason: str = "") -> StreamNote:
    """Describe a stream for the report."""
    return StreamNote(stream.index, stream.type, codec_name(stream), reason)


def codec_name(stream: Stream) -> str:
    """Return FFmpeg's name of a stream's codec, not of its decoder."""
    if stream.codec_context is None:
        return stream.name or "unknown"
    return stream.codec_context.codec.canonical_name


def is_cover(stream: Stream) -> bool:
    """Return whether a stream is a picture about the video, not a video."""
    return bool(stream.disposition & Disposition.attached_pic)
