"""A video coded in closed segments: each by an encoder of its own, each kept in a file.

What the coder gives goes into the output at once, and into the segment's file as well. So a run
that goes on after a crash copies the segments there are, and encodes from the next one on as if
nothing had happened: no encoder remembers anything from before its segment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from av.packet import Packet
from av.video.stream import VideoStream

from instavid.media.coders import Coder, Uncoded
from instavid.media.encoders import HARDWARE
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.packet_files import CodedPicture, KeptFile, PacketWriter, read_pictures


def why_not_in_segments(plan: EncodingPlan) -> str:
    """Return why a video cannot be encoded in segments, empty if it can."""
    name = plan.encoder.name
    if name.endswith(HARDWARE):
        return f"{name} is a hardware encoder, which may refuse to be opened again and again"
    if name.startswith("libvpx") and plan.pixel_format.startswith("yuva"):
        return f"{name} keeps transparency beside its packets"
    return ""


@dataclass(frozen=True)
class SegmentPlace:
    """Where the segments of a video are kept."""

    folder: Path
    prefix: str
    """How the names of new files begin."""
    done: Sequence[KeptFile] = ()
    """The segments there are, in order."""


class SegmentedCoder:
    """The coder of an output's video stream, with what earlier runs made of it."""

    def __init__(
        self, coder: Coder, plan: EncodingPlan, stream: VideoStream, place: SegmentPlace
    ) -> None:
        """Prepare.

        Args:
            coder: Makes the packets.
            plan: What it encodes.
            stream: Of the output.
            place: Where segments are, and are to go.
        """
        self._coder, self._plan, self._stream, self._place = coder, plan, stream, place
        self._count = len(place.done)
        self._replayed = chain.from_iterable(
            read_pictures(place.folder / file.name) for file in place.done
        )
        self._writer: PacketWriter | None = None
        self._last_dts: int | None = None

    def replay(self, pts: int, duration: int, *, rest: bool) -> "list[Packet[Any]] | None":
        """Do as `copy`, for a picture that is known.

        Args:
            pts, duration: Of the picture whose turn it is.
            rest: Whether it is the last of those that were written.

        Returns:
            None where it had no packet yet, and is to be encoded as any other.
        """
        packets = self.copy(rest=rest)
        if not packets and not self._coder.gives_all_at_pause:
            return None
        self._coder.pass_by(pts, duration)
        return packets

    def copy(self, *, rest: bool) -> "list[Packet[Any]]":
        """Return the next packet of the segments there are, or all the rest of them."""
        pictures = self._replayed if rest else islice(self._replayed, 1)
        return [self._sent(picture) for picture in pictures]

    def encode(self, uncoded: Uncoded) -> "list[Packet[Any]]":
        """Take the next picture, as `Coder.encode`.

        Raises:
            UnavailableError: A new encoder would not fit the header that the output has.
            OSError: The segment cannot be written.
        """
        return self._kept(self._coder.encode(uncoded))

    def finish(self) -> "list[Packet[Any]]":
        """Return the packets of all that is left, at the end."""
        return self._kept(self._coder.finish())

    def end_segment(self) -> "tuple[KeptFile, list[Packet[Any]]]":
        """Flush the encoder; return the file that holds the segment, and the last packets."""
        packets = self._kept(self._coder.pause())
        writer, self._writer = self._writer or self._new_file(), None
        self._count += 1
        return replace(writer.finish(), copied=self.copied), packets

    @property
    def copied(self) -> int:
        """Return how many pictures were copied as the input has them, by this run or an earlier."""
        before = self._place.done[-1].copied if self._place.done else 0
        return before + self._coder.copied

    def close(self) -> None:
        """Let go of the encoder, and forget the segment that was not ended."""
        self._coder.close()
        if self._writer is not None:
            self._writer.discard()
            self._writer = None

    def _kept(self, packets: "list[Packet[Any]]") -> "list[Packet[Any]]":
        """Write packets into the segment, and return them as they go into the output."""
        sent = []
        for packet in packets:
            coded = self._in_order(_as_value(packet))
            self._writer = self._writer or self._new_file()
            self._writer.write(coded)
            sent.append(self._sent(coded))
        return sent

    def _new_file(self) -> PacketWriter:
        name = f"{self._place.prefix}-{self._count:06}.packets"
        return PacketWriter(self._place.folder / name)

    def _in_order(self, picture: CodedPicture) -> CodedPicture:
        """Let the times of decoding go up where two segments meet.

        With uneven gaps between pictures an encoder's first ones may lie before the last ones of
        the segment before. There is room: as many pictures were shown since as it reorders.
        """
        if self._last_dts is None or picture.dts > self._last_dts:
            return picture
        return replace(picture, dts=self._last_dts + 1)

    def _sent(self, picture: CodedPicture) -> "Packet[Any]":
        self._last_dts = picture.dts
        return picture.packet(self._stream, self._plan.time_base)


def _as_value(packet: "Packet[Any]") -> CodedPicture:
    pts = packet.pts if packet.pts is not None else packet.dts
    dts = packet.dts if packet.dts is not None else pts
    assert pts is not None, "an encoder gave a packet without any time"
    assert dts is not None, "an encoder gave a packet without any time"
    return CodedPicture(pts, dts, packet.duration or 0, packet.is_keyframe, bytes(packet))
