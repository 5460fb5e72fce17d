"""A video encoded in closed segments: each by an encoder of its own, each kept in a file.

What the encoder gives goes into the output at once, and into the segment's file as well. So a run
that goes on after a crash copies the segments there are, and encodes from the next one on as if
nothing had happened: no encoder remembers anything from before its segment.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import av
from av.packet import Packet
from av.video.stream import VideoStream

from instavid.errors import UnavailableError
from instavid.media.encoders import HARDWARE
from instavid.media.encoding import add_video_stream, encode, open_encoder
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


class SegmentedEncoder:
    """The encoder of an output's video stream, with what earlier runs made of it."""

    def __init__(self, plan: EncodingPlan, stream: VideoStream, place: SegmentPlace) -> None:
        """Prepare.

        Args:
            plan: What to encode.
            stream: Of the output, its encoder open. It stays idle: one that has worked holds the
                pictures that it looked ahead at as long as the file is open, 400 MiB at 1080p.
            place: Where segments are, and are to go.
        """
        self._plan, self._stream, self._place = plan, stream, place
        self._count = len(place.done)
        self._replayed = chain.from_iterable(
            read_pictures(place.folder / file.name) for file in place.done
        )
        self._writer: PacketWriter | None = None
        self._encoder: VideoStream | None = None
        self._scratch: av.container.OutputContainer | None = None
        self._last_dts: int | None = None

    def replay(self, *, rest: bool = False) -> "list[Packet[Any]]":
        """Return the next packet of the segments there are, or all the rest of them."""
        pictures = self._replayed if rest else _first(self._replayed)
        return [self._sent(picture) for picture in pictures]

    def encode(self, picture: av.VideoFrame | None) -> "list[Packet[Any]]":
        """Encode a picture, the first one of each segment with a new encoder; None flushes.

        Raises:
            UnavailableError: A new encoder would not fit the header that the output has.
            OSError: The segment cannot be written.
        """
        if self._writer is None:
            if picture is None:
                return []
            self._begin()
        assert self._writer is not None, "a segment was begun"
        assert self._encoder is not None, "a segment was begun"
        packets = []
        for packet in encode(self._encoder, picture):
            coded = self._in_order(_as_value(packet))
            self._writer.write(coded)
            packets.append(self._sent(coded))
        return packets

    def end_segment(self) -> "tuple[KeptFile, list[Packet[Any]]]":
        """Flush the encoder; return the file that holds the segment, and the last packets."""
        packets = self.encode(None)
        assert self._writer is not None, "a segment has pictures"
        writer, self._writer = self._writer, None
        self._count += 1
        return writer.finish(), packets

    def close(self) -> None:
        """Let go of the encoder, and forget the segment that was not ended."""
        if self._scratch is not None:
            self._scratch.close()
            self._encoder = self._scratch = None
        if self._writer is not None:
            self._writer.discard()
            self._writer = None

    def _begin(self) -> None:
        self._encoder = self._new_encoder()
        name = f"{self._place.prefix}-{self._count:06}.packets"
        self._writer = PacketWriter(self._place.folder / name)

    def _new_encoder(self) -> VideoStream:
        if self._scratch is not None:
            self._scratch.close()
            self._encoder = None
        # In a container of the same format, for that decides where an encoder puts its headers.
        self._scratch = av.open(io.BytesIO(), "w", format=self._plan.container)
        stream = add_video_stream(self._scratch, self._plan)
        open_encoder(stream)
        if stream.codec_context.extradata != self._stream.codec_context.extradata:
            raise UnavailableError(
                f"Encoder {self._plan.encoder.name} does not write the same header twice, so that "
                "a video cannot be made of segments. Give --no-resume."
            )
        return stream

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


def _first(pictures: Iterator[CodedPicture]) -> Iterator[CodedPicture]:
    found = next(pictures, None)
    if found is not None:
        yield found


def _as_value(packet: "Packet[Any]") -> CodedPicture:
    pts = packet.pts if packet.pts is not None else packet.dts
    dts = packet.dts if packet.dts is not None else pts
    assert pts is not None, "an encoder gave a packet without any time"
    assert dts is not None, "an encoder gave a packet without any time"
    return CodedPicture(pts, dts, packet.duration or 0, packet.is_keyframe, bytes(packet))
