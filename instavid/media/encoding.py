"""From a description of the video to an open output stream, tried out before it is needed."""

import io
import logging
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av
from av.codec.codec import PixFmtLoss, find_best_pix_fmt_of_list
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from instavid.errors import UnavailableError, UsageError
from instavid.media.containers import (
    CONSTANT_RATE,
    ISO_MEDIA,
    KNOW_FIELD_ORDER,
    TURN_PICTURES,
)
from instavid.media.encoders import HARDWARE, EncoderChoice, supported_formats
from instavid.media.info import VideoInfo
from instavid.picture import PictureFormat

_log = logging.getLogger(__name__)

_LIMITED_RANGE = 1
_MOST_REORDERING = 2**36
"""Ticks between decoding and showing that no real stream has: hours, in the finest time base."""
_RGB_SPACE = 0
_TAKE_ODD_SIZES = ("libvpx", "libvpx-vp9", "libsvtav1", "libaom-av1", "ffv1", "mpeg4", "mjpeg")
# Same samples, only packed: formats to prefer over a deeper or converted one.
_REPACKED = {"gbrp": ("bgr0", "rgb24", "bgr24"), "gbrap": ("bgra", "rgba"), "gray": ("grayp",)}
_CODE_FIELDS = ("libx264", "mpeg2video", "mpeg4")
_CODE_PIXEL_SHAPE = ("libx264", "libx264rgb", "libx265", "mpeg4", "mpeg2video", "h264_nvenc")
_FIELD_ORDERS = {"progressive": 1, "tff": 2, "bff": 3}


@dataclass(frozen=True)
class EncodingPlan:
    """Everything that is settled about the output's video stream before the first frame."""

    container: str
    encoder: EncoderChoice
    pixel_format: str
    info: VideoInfo
    muxer_options: dict[str, str]
    time_base: Fraction
    warnings: tuple[str, ...] = ()

    @property
    def picture(self) -> PictureFormat:
        """Return the format that frames come in."""
        return self.info.picture

    @property
    def marks_fields(self) -> bool:
        """Return whether the two fields of each frame are coded as such."""
        return self.info.is_interlaced and self.encoder.name in _CODE_FIELDS

    @property
    def keeps_fields(self) -> bool:
        """Return whether a player will know that frames hold two fields."""
        told = self.encoder.name == "ffv1" and self.container in KNOW_FIELD_ORDER
        return self.marks_fields or (self.info.is_interlaced and told)

    @property
    def converts_to_yuv(self) -> bool:
        """Return whether RGB comes in and YCbCr goes out."""
        return self.picture.pixel_format.startswith("gbr") and self.pixel_format.startswith("yuv")


def plan_encoding(
    info: VideoInfo,
    encoder: EncoderChoice,
    *,
    container: str,
    pix_fmt: str | None = None,
    timescale: int | None = None,
) -> EncodingPlan:
    """Settle the pixel format, the clock and the muxer's options, and try them out.

    Args:
        info: The video that is to come.
        encoder: The encoder and its options.
        container: FFmpeg's name of the output container.
        pix_fmt: Pixel format to encode in, None for the nearest to that of the pictures.
        timescale: Ticks per second for edit lists, where the carried streams need another one.

    Raises:
        UsageError: The encoder refuses the pixel format, an option or the container.
        UnavailableError: The encoder does not run on this machine.
    """
    chosen, warnings = _choose_format(info.picture, encoder, pix_fmt)
    time_base = _time_base(info, container)
    if time_base != info.time_base:
        warnings.append(f"{container} holds one constant frame rate: time stamps are rounded.")
    plan = EncodingPlan(
        container=container,
        encoder=encoder,
        pixel_format=chosen,
        info=info,
        muxer_options=_muxer_options(container, time_base, timescale),
        time_base=time_base,
        warnings=(),
    )
    warnings += _losses(plan)
    plan = EncodingPlan(**{**vars(plan), "warnings": tuple(warnings)})
    _try_out(plan)
    return plan


def _choose_format(
    picture: PictureFormat, encoder: EncoderChoice, asked: str | None
) -> tuple[str, list[str]]:
    supported = supported_formats(encoder.name)
    if asked is not None:
        if supported and asked not in supported:
            names = " ".join(supported)
            raise UsageError(f"Encoder {encoder.name} cannot take {asked}. It takes: {names}.")
        return asked, []
    own = picture.pixel_format
    fitting = [name for name in supported if _fits(name, picture, encoder.name)]
    if not supported or own in fitting:
        return own, []
    repacked = next((name for name in _REPACKED.get(own, ()) if name in fitting), None)
    if repacked is not None:
        return repacked, []
    best, loss = find_best_pix_fmt_of_list(fitting or supported, own, has_alpha=True)
    name = best.name if best is not None else supported[0]
    what = _loss_in_words(loss)
    return name, [
        f"{encoder.name} cannot encode {own} {picture.width}x{picture.height}: "
        f"encoded as {name}{what}."
    ]


def _fits(name: str, picture: PictureFormat, encoder: str) -> bool:
    """Return whether the size is whole in chroma samples, or the encoder does not mind."""
    if name.startswith("yuvj"):
        return False  # the old way to say full range; the tags say it
    if encoder in _TAKE_ODD_SIZES:
        return True
    step = av.VideoFormat(name, 64, 64)
    if len(step.components) < 3 or step.is_rgb:
        return True
    across, down = 64 // step.chroma_width(64), 64 // step.chroma_height(64)
    return picture.width % across == 0 and picture.height % down == 0


def _loss_in_words(loss: PixFmtLoss) -> str:
    words = {
        PixFmtLoss.RESOLUTION: "less colour resolution",
        PixFmtLoss.DEPTH: "fewer bits",
        PixFmtLoss.COLORSPACE: "another colour space",
        PixFmtLoss.ALPHA: "no transparency",
        PixFmtLoss.CHROMA: "no colour",
    }
    said = [word for flag, word in words.items() if loss & flag]
    return f", with {' and '.join(said)}" if said else ""


def _time_base(info: VideoInfo, container: str) -> Fraction:
    if container in CONSTANT_RATE and info.average_frame_rate:
        return 1 / info.average_frame_rate
    return info.time_base


def _muxer_options(container: str, time_base: Fraction, timescale: int | None) -> dict[str, str]:
    if container in ISO_MEDIA:
        # The time base itself must survive, in the track and in edit lists: at FFmpeg's default of
        # 1000 ticks per second an offset start is rounded.
        return {
            "movflags": "+faststart",
            "video_track_timescale": str(time_base.denominator),
            "movie_timescale": str(timescale or time_base.denominator),
        }
    if container == "mpegts":
        return {"mpegts_copyts": "1"}
    return {}


def _losses(plan: EncodingPlan) -> list[str]:
    said = []
    if plan.info.is_interlaced and not plan.keeps_fields:
        said.append(
            f"The video is interlaced; {plan.encoder.name} encodes it as progressive pictures."
        )
    if plan.info.display_matrix is not None and plan.container not in TURN_PICTURES:
        said.append(
            f"{plan.container} cannot tell players to turn the pictures: they lie as coded."
        )
    ratio = plan.picture.sample_aspect_ratio
    if ratio != 1 and plan.encoder.name not in _CODE_PIXEL_SHAPE:
        said.append(f"{plan.encoder.name} may not tell players that pixels are {ratio} wide.")
    if plan.info.hdr_side_data:
        names = " and ".join(plan.info.hdr_side_data)
        said.append(f"HDR description dropped: {names}. The colour tags are kept.")
    return said


def add_video_stream(container: OutputContainer, plan: EncodingPlan) -> VideoStream:
    """Add the planned stream to an output, ready to encode."""
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
    if plan.marks_fields:
        context.flags |= Flags.interlaced_dct | Flags.interlaced_me
    if info.display_matrix is not None:
        stream.set_display_matrix(info.display_matrix)
    return stream


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
            return self._reformatter.reformat(frame, format=plan.pixel_format)
        return self._reformatter.reformat(
            frame,
            format=plan.pixel_format,
            dst_colorspace=int(plan.picture.matrix),
            dst_color_range=_LIMITED_RANGE,
        )


def _try_out(plan: EncodingPlan) -> None:
    """Encode one frame into memory: only that shows what an encoder really takes."""
    name = plan.encoder.name
    options = {k: v for k, v in plan.muxer_options.items() if k != "movflags"}
    try:
        container = av.open(io.BytesIO(), "w", format=plan.container, container_options=options)
        with container:
            stream = _added(container, plan)
            container.mux(encode(stream, _blank(plan)))
            container.mux(encode(stream, None))
    except (av.error.FFmpegError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        if name.endswith(HARDWARE):
            raise UnavailableError(
                f"Encoder {name} does not run on this machine ({error}). Try libx264."
            ) from error
        asked = ", ".join(f"{k}={plan.encoder.options[k]}" for k in sorted(plan.encoder.asked))
        raise UsageError(
            f"Encoder {name} refuses {plan.pixel_format} {plan.picture.width}x"
            f"{plan.picture.height}{' with ' + asked if asked else ''} ({error})."
        ) from error
    left = [key for key in stream.codec_context.options if key in plan.encoder.asked]
    if left:
        raise UsageError(f"Encoder {name} does not use the option '{left[0]}'.")


def _blank(plan: EncodingPlan) -> av.VideoFrame:
    frame = av.VideoFrame(plan.picture.width, plan.picture.height, plan.pixel_format)
    for plane in frame.planes:
        # Fresh memory may hold more than 10 bits say: libx264 then aborts the whole process.
        plane.update(bytes(plane.buffer_size))
    frame.pts, frame.time_base = 0, plan.time_base
    return frame


def _added(container: OutputContainer, plan: EncodingPlan) -> VideoStream:
    try:
        return add_video_stream(container, plan)
    except ValueError as error:
        fitting = [c for c in ("mp4", "mov", "matroska", "webm", "nut", "avi") if _holds(c, plan)]
        raise UsageError(
            f"{plan.container} cannot hold {plan.encoder.name}. Containers that can: "
            f"{', '.join(fitting) or 'none known'}."
        ) from error


def _holds(container: str, plan: EncodingPlan) -> bool:
    try:
        with av.open(io.BytesIO(), "w", format=container) as output:
            output.add_stream(plan.encoder.name, rate=25)
    except (av.error.FFmpegError, ValueError):
        return False
    return True
