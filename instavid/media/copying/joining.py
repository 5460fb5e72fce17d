"""Whether an input's packets can stand between those of an encoder, and what it takes."""

from dataclasses import replace

from instavid.media.copying.coded_stream import CodedStream
from instavid.media.copying.h264 import free_id
from instavid.media.copying.joint_stream import JointStream
from instavid.media.encoders import EncoderChoice
from instavid.media.encoding_plan import EncodingPlan

COPY_LIKE = "copy-like"
"""The name of a codec, for users: like the input, whose packets are copied where possible."""
_ENCODERS = {"h264": "libx264", "vp9": "libvpx-vp9", "vp8": "libvpx"}
_CONTAINERS = {
    "h264": ("mp4", "mov", "matroska", "mpegts"),
    "vp9": ("mp4", "matroska", "webm"),
    "vp8": ("matroska", "webm"),
}
_MOST_REORDERING = 2
"""Pictures that lie between decoding and showing of what x264 encodes."""


def encoder_like(coded: CodedStream | str, container: str) -> str:
    """Return the name of an encoder whose packets fit, "auto" where nothing can be copied."""
    if isinstance(coded, str) or container not in _CONTAINERS[coded.codec]:
        return "auto"
    return _ENCODERS[coded.codec]


def join(plan: EncodingPlan, coded: CodedStream | str) -> EncodingPlan | str:
    """Return a plan with which packets can be copied as well, or why that is not possible.

    Args:
        plan: How to encode, by the encoder that `encoder_like` names.
        coded: The video, or why it cannot be copied.
    """
    if isinstance(coded, str):
        return coded
    if plan.encoder.name != encoder_like(coded, plan.container):
        return f"{coded.codec} is copied into {', '.join(_CONTAINERS[coded.codec])} only"
    if plan.pixel_format != coded.picture.pixel_format:
        return f"{coded.picture.pixel_format} would be encoded as {plan.pixel_format}"
    if plan.time_base != coded.time_base:
        return f"{plan.container} would round the time stamps"
    if coded.sets is None:
        return replace(plan, joint=JointStream(coded, delay=0))
    number = free_id(coded.sets)
    if number is None:
        return "the header of the video uses every number for parameter sets"
    # No more than is needed: FFmpeg reads the start of an MP4 wrongly where it is far more.
    own = {"0": 0, "1": 1}.get(plan.encoder.options.get("bf", ""), _MOST_REORDERING)
    return replace(
        plan,
        encoder=_numbered(plan.encoder, number),
        joint=JointStream(coded, delay=max(coded.delay, own)),
    )


def _numbered(encoder: EncoderChoice, number: int) -> EncoderChoice:
    """Return the encoder with another number for its parameter sets."""
    said = encoder.options.get("x264-params")
    # Ours come last, and so win.
    params = (f"{said}:" if said else "") + f"sps-id={number}:annexb=1"
    return replace(encoder, options={**encoder.options, "x264-params": params})
