"""The output's video stream: opened as planned, and fed with frames in its own pixel format."""

from fractions import Fraction
from typing import cast

import av
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from instavid.media.containers import ISO_MEDIA
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.fields import FieldMarker
from instavid.media.scheduling import ordinary_scheduling
from instavid.picture import Planes, frame_from_planes

_LIMITED_RANGE = 1
_MOST_REORDERING = 2**36
"""Ticks between decoding and showing that no real stream has: hours, in the finest time base."""
_FIELD_ORDERS = {"progressive": 1, "tff": 2, "bff": 3}


def add_video_stream(container: OutputContainer, plan: EncodingPlan) -> VideoStream:
    """Add the planned stream to an output; its encoder is not open yet."""
    info, tags = plan.info, plan.picture.tags
    rate = info.average_frame_rate or Fraction(25)
    options = dict(plan.encoder.options)
    stream = cast(VideoStream, container.add_stream(plan.encoder.name, rate=rate, options=options))
    context = stream.codec_context
    context.width, context.height = plan.picture.width, plan.picture.height
    context.pix_fmt = plan.pixel_format
    context.time_base = plan.time_base
    stream.time_base = plan.time_base
    context.sample_aspect_ratio = plan.picture.sample_aspect_ratio
    context.color_range = tags.range
    context.colorspace = tags.space
    context.color_trc = tags.transfer
    context.color_primaries = tags.primaries
    if plan.converts_to_yuv:
        context.color_range = _LIMITED_RANGE
        context.colorspace = int(plan.picture.matrix)
    # Frame threads: PyAV's default, slices, makes libx264 worse and slower.
    context.thread_type = "AUTO"
    context.flags |= Flags.frame_duration
    context.field_order = _FIELD_ORDERS[info.field_order]
    if plan.encoder.name == "libx265" and plan.container in ISO_MEDIA:
        context.codec_tag = "hvc1"  # what Apple's players want
    if plan.marks_fields:
        context.flags |= Flags.interlaced_dct | Flags.interlaced_me
    if plan.joint is not None:
        context.flags |= Flags.global_header
    if info.display_matrix is not None:
        stream.set_display_matrix(info.display_matrix)
    return stream


def open_encoder(stream: VideoStream) -> None:
    """Start the stream's encoder, with threads of its own, without letting it take the machine.

    Raises:
        av.error.FFmpegError: The encoder refuses.
    """
    with ordinary_scheduling():
        stream.codec_context.open()


def stream_header(stream: VideoStream, plan: EncodingPlan) -> bytes | None:
    """Return what the header of the planned stream is, given an encoder of it that is open."""
    own = stream.codec_context.extradata
    return own if plan.joint is None else plan.joint.header(own)


def encode(stream: VideoStream, frame: av.VideoFrame | None) -> "list[Packet[VideoStream]]":
    """Encode one frame, or with None the rest, into packets that a muxer takes."""
    packets = stream.encode(frame)
    for packet in packets:
        # libx265 leaves dts unset, to any number, when it gets fewer frames than it reorders.
        pts, dts = packet.pts, packet.dts
        if pts is not None and dts is not None and abs(pts - dts) > _MOST_REORDERING:
            packet.dts = pts
    return packets


class Converter:
    """Brings frames into the encoder's pixel format, where it is not their own."""

    def __init__(self, plan: EncodingPlan) -> None:
        self._plan = plan
        self._reformatter = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the frame in the pixel format of the plan."""
        plan = self._plan
        if frame.format.name == plan.pixel_format:
            return frame
        if not plan.converts_to_yuv:
            return self._reformatter.reformat(frame, format=plan.pixel_format, threads=1)
        return self._reformatter.reformat(
            frame,
            format=plan.pixel_format,
            dst_colorspace=int(plan.picture.matrix),
            dst_color_range=_LIMITED_RANGE,
            threads=1,
        )


class PictureMaker:
    """Makes what the encoder takes of what the pipeline gives."""

    def __init__(self, plan: EncodingPlan) -> None:
        self._plan = plan
        self._convert = Converter(plan)
        self._mark = FieldMarker(plan) if plan.marks_fields else None

    def __call__(self, planes: Planes, pts: int, duration: int) -> av.VideoFrame:
        """Return a picture in the encoder's pixel format, with its time in the plan's ticks."""
        picture = self._convert(frame_from_planes(planes, self._plan.picture))
        picture.pts, picture.duration = pts, duration
        picture.time_base = self._plan.time_base
        return self._mark(picture) if self._mark else picture
