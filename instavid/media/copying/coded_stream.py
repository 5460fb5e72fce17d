"""A video as it is coded in its input."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from instavid.coded import CodedPacket
from instavid.core.adjusting import Adjustments
from instavid.media.copying.h264 import ParameterSets, read_sets
from instavid.media.decoders import decoder_of
from instavid.media.info import VideoInfo
from instavid.media.pixels import Canoniser
from instavid.picture import PictureFormat, Planes

_STANDING_FOR_THEMSELVES = ("vp8", "vp9")
"""Codecs whose key frames need no header, and let nothing refer to before them."""


@dataclass(frozen=True)
class CodedStream:
    """What must be known of it to copy a part of it into another video."""

    codec: str
    header: bytes
    sets: ParameterSets | None
    """Of H.264."""
    picture: PictureFormat
    time_base: Fraction
    delay: int
    """Packets that its decoder takes before it gives the first picture."""

    def pictures(self, packets: Sequence[CodedPacket]) -> Iterator[Planes]:
        """Decode packets from the start of a group once more, in presentation order."""
        decoder = cast(VideoCodecContext, av.CodecContext.create(self.codec, "r"))
        decoder.extradata = self.header or None
        decoder.thread_type = "SLICE"
        canoniser = Canoniser()
        for packet in (*packets, None):
            try:
                for picture in decoder.decode(None if packet is None else _packet(packet)):
                    yield canoniser.planes(picture, self.picture)
            except av.error.FFmpegError:  # no more than the first time: it was counted then
                continue


def sets_of(stream: VideoStream) -> ParameterSets | None:
    """Return what an H.264 stream says of itself in advance, None for any other."""
    if stream.codec_context.name != "h264":
        return None
    return read_sets(stream.codec_context.extradata or b"")


def coded_stream(
    stream: VideoStream, info: VideoInfo, adjust: Adjustments, *, delay: int
) -> CodedStream | str:
    """Return how a video is coded, or why its pictures are not those of its packets.

    Args:
        stream: Set up for decoding.
        info: The video as it is.
        adjust: What is done to its pictures.
        delay: Packets that the decoder took before it gave the first picture.
    """
    context, sets = stream.codec_context, sets_of(stream)
    if context.name != "h264" and context.name not in _STANDING_FOR_THEMSELVES:
        return f"the video is {context.name}, and only h264, vp8 and vp9 can be copied in parts"
    if context.name == "h264" and sets is None:
        return "the header of the video has no parameter sets"
    if adjust.scale is not None or adjust.fps is not None:
        return "--fps and --scale change every picture"
    if info.is_interlaced:
        return "the video is interlaced"
    if info.container == "avi":
        return "avi holds no time stamps"
    if decoder_of(stream) is not context:
        return "its transparency lies beside its packets"
    return CodedStream(
        codec=context.name,
        header=context.extradata or b"",
        sets=sets,
        picture=info.picture,
        time_base=info.time_base,
        delay=delay,
    )


def _packet(coded: CodedPacket) -> "Packet[Any]":
    packet: Packet[Any] = Packet(coded.payload)
    packet.pts = coded.pts
    packet.is_keyframe = coded.is_key
    return packet
