"""What is settled about the output's video before the first frame, and what is lost by it."""

from dataclasses import dataclass, replace
from fractions import Fraction

from instavid.media.containers import (
    CONSTANT_RATE,
    ISO_MEDIA,
    KNOW_FIELD_ORDER,
    TURN_PICTURES,
)
from instavid.media.copying.joint_stream import JointStream
from instavid.media.encoders import EncoderChoice
from instavid.media.fragments import inexact_times
from instavid.media.hdr import hdr_options
from instavid.media.info import VideoInfo
from instavid.media.pixel_choice import choose_pixel_format
from instavid.picture import PictureFormat

_CODE_FIELDS = ("libx264", "mpeg2video", "mpeg4")
_CODE_PIXEL_SHAPE = ("libx264", "libx264rgb", "libx265", "mpeg4", "mpeg2video", "h264_nvenc")


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
    joint: JointStream | None = None
    """How packets of the input go between those of the encoder; None where none shall."""

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
    movflags: str | None = None,
) -> EncodingPlan:
    """Settle the pixel format, the clock and the muxer's options.

    Args:
        info: The video that is to come.
        encoder: The encoder and its options.
        container: FFmpeg's name of the output container.
        pix_fmt: Pixel format to encode in, None for the nearest to that of the pictures.
        timescale: Ticks per second for edit lists, where the carried streams need another one.
        movflags: FFmpeg's flags for MP4 and MOV; None puts the index first.

    Raises:
        UsageError: The encoder does not take the pixel format that was asked for.
    """
    chosen, warnings = choose_pixel_format(
        info.picture, encoder.name, container=container, asked=pix_fmt
    )
    time_base = _time_base(info, container)
    if time_base != info.time_base:
        warnings.append(f"{container} holds one constant frame rate: time stamps are rounded.")
    plan = EncodingPlan(
        container=container,
        encoder=replace(encoder, options=_with_hdr(encoder, info)),
        pixel_format=chosen,
        info=info,
        muxer_options=_muxer_options(container, time_base, timescale, movflags),
        time_base=time_base,
    )
    return replace(plan, warnings=(*warnings, *_losses(plan)))


def _with_hdr(encoder: EncoderChoice, info: VideoInfo) -> dict[str, str]:
    """Return the encoder's options with what it is told of HDR; what the user says comes last."""
    merged = dict(encoder.options)
    for key, said in hdr_options(info.static_hdr, encoder.name).items():
        merged[key] = f"{said}:{merged[key]}" if key in merged else said
    return merged


def _hdr_losses(plan: EncodingPlan) -> list[str]:
    """Return the names of HDR descriptions that the output does not hold."""
    hdr, held = plan.info.static_hdr, []
    if hdr_options(hdr, plan.encoder.name):
        held += ["mastering display"] if hdr.mastering is not None else []
        held += ["content light level"] if hdr.light is not None else []
    return [name for name in plan.info.hdr_side_data if name not in held]


def codes_pixel_shape(encoder: str) -> bool:
    """Return whether the streams of an encoder say themselves how wide a pixel is."""
    return encoder in _CODE_PIXEL_SHAPE


def _time_base(info: VideoInfo, container: str) -> Fraction:
    if container in CONSTANT_RATE and info.average_frame_rate:
        return 1 / info.average_frame_rate
    return info.time_base


def _muxer_options(
    container: str, time_base: Fraction, timescale: int | None, movflags: str | None
) -> dict[str, str]:
    if container in ISO_MEDIA:
        # The time base itself must survive, in the track and in edit lists: at FFmpeg's default of
        # 1000 ticks per second an offset start is rounded.
        return {
            "movflags": "+faststart" if movflags is None else movflags,
            "video_track_timescale": str(time_base.denominator),
            "movie_timescale": str(timescale or time_base.denominator),
        }
    if container == "mpegts":
        return {"mpegts_copyts": "1"}
    if container == "yuv4mpegpipe":
        return {"strict": "-1"}  # for more than 8 bits
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
    if ratio != 1 and not codes_pixel_shape(plan.encoder.name):
        said.append(f"{plan.encoder.name} may not tell players that pixels are {ratio} wide.")
    if lost := _hdr_losses(plan):
        said.append(f"HDR description dropped: {' and '.join(lost)}. The colour tags are kept.")
    return said + inexact_times(plan.muxer_options.get("movflags", ""))
