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
    """Why it was dropped, or what it lost; empty for a kept one."""
    converted_to: str = ""
    """The codec that it was converted to; empty for one that was copied or dropped."""

    @property
    def written_as(self) -> str:
        """Return the codec that it has in the output."""
        return self.converted_to or self.codec

    def __str__(self) -> str:
        text = f"{self.kind} stream {self.index} ({self.codec})"
        text += f" converted to {self.converted_to}" if self.converted_to else ""
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
    keeps_tags: bool = True
    """Whether the copies get the tags of their streams."""
    kept: list[StreamNote] = field(default_factory=list)
    dropped: list[StreamNote] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    """What kept streams lose, a sentence each."""
    begins_at: Fraction | None = None
    """Seconds of the input at which the output begins, None where nothing is cut off."""
    _ends_by: Fraction | None = None
    _queues: "dict[int, deque[Packet[Stream]]]" = field(default_factory=dict)
    """Where something is cut off: the packets of each stream, oldest first."""
    _latest: dict[int, Fraction] = field(default_factory=dict)
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
        if self.begins_at is None:
            self._packets.append(packet)
            return
        stamp = _seconds(packet)
        if stamp is not None:
            self._latest[packet.stream_index] = stamp
        if not self._ends(packet, by=self.begins_at):
            self._queues.setdefault(packet.stream_index, deque()).append(packet)

    def begin_at(self, seconds: Fraction) -> None:
        """Leave out what ends by then; for the source, while no sink takes anything yet."""
        self.begins_at = self._ends_by = seconds
        while self._packets:
            self.put(self._packets.popleft())
        for queue in self._queues.values():
            while queue and self._ends(queue[0], by=seconds):
                queue.popleft()

    def end_by(self, seconds: Fraction | None) -> None:
        """Hold back what begins at that time or later, for now; None lets all of it through."""
        self._ends_by = seconds

    def has_sound_up_to(self, seconds: Fraction) -> bool:
        """Return whether every wanted stream of sound was read up to that time."""
        wanted = self._wanted or frozenset()
        sounds = [s.index for s in self.streams if s.type == "audio" and s.index in wanted]
        return all(self._latest.get(index, seconds - 1) >= seconds for index in sounds)

    def cover(self, index: int) -> "Packet[Stream] | None":
        """Return the picture of a cover stream; demuxers give it before anything else."""
        waiting = [*self._packets, *self._queues.get(index, ())]
        return next((p for p in waiting if p.stream_index == index), None)

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
            self._queues.clear()

    def take(self) -> "Iterator[Packet[Stream]]":
        """Yield the waiting packets of wanted streams, oldest first."""
        wanted = self._wanted or frozenset()
        while self._packets:
            packet = self._packets.popleft()
            if packet.stream_index in wanted:
                yield packet
        ends_by = self._ends_by
        for index, queue in list(self._queues.items()):
            while queue and (ends_by is None or _begins(queue[0], before=ends_by)):
                packet = queue.popleft()
                if index in wanted:
                    yield packet

    def _ends(self, packet: "Packet[Stream]", *, by: Fraction) -> bool:
        """Return whether a packet is over by then; covers and what has no time never are."""
        stamp = _seconds(packet)
        if stamp is None or packet.stream_index in self.covers:
            return False
        return stamp + (packet.duration or 0) * (to_fraction(packet.time_base) or 0) <= by


def carried_streams(
    container: InputContainer, *, but: Stream, without: frozenset[str] = frozenset()
) -> CarriedStreams:
    """Collect every stream but the main video, with the container's tags and chapters.

    Args:
        container: The open input.
        but: The main video.
        without: Kinds of streams to leave out, and "metadata" for all tags.
    """
    others = (s for s in container.streams if s.index != but.index)
    return CarriedStreams(
        streams=tuple(s for s in others if s.type not in without),
        metadata={} if "metadata" in without else clean(container.metadata),
        keeps_tags="metadata" not in without,
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


def note(stream: Stream, reason: str = "", *, converted_to: str = "") -> StreamNote:
    """Describe a stream for the report."""
    return StreamNote(stream.index, stream.type, codec_name(stream), reason, converted_to)


def codec_name(stream: Stream) -> str:
    """Return FFmpeg's name of a stream's codec, not of its decoder."""
    if stream.codec_context is None:
        # A video stream whose codec has no decoder here raises where others have None.
        return getattr(stream, "name", None) or "unknown"
    return stream.codec_context.codec.canonical_name


def is_cover(stream: Stream) -> bool:
    """Return whether a stream is a picture about the video, not a video."""
    return bool(stream.disposition & Disposition.attached_pic)
