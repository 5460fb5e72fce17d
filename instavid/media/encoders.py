"""Which encoder to use, with which options: what was asked for, checked against what there is."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

import av
from av.codec.codec import UnknownCodecError
from av.codec.context import OptionFlags

from instavid.errors import UnavailableError, UsageError

_AUTO = {
    "webm": "libvpx-vp9",
    "ogv": "libtheora",
    "mpeg": "mpeg2video",
    "3gp": "libx264",
    "mxf": "mpeg2video",
    "asf": "msmpeg4",
    "yuv4mpegpipe": "rawvideo",
}
# What players show HDR of, where the container takes it.
_AUTO_HDR = dict.fromkeys(("mp4", "mov", "matroska", "mpegts"), "libx265")
# Near transparent; libx264 18 by its own documentation, the others about as good.
_QUALITY = {
    "libx264": {"crf": "18"},
    "libx264rgb": {"crf": "18"},
    "libx265": {"crf": "20", "x265-params": "log-level=error"},
    "libvpx-vp9": {"crf": "24", "b": "0", "row-mt": "1"},
    "libvpx": {"crf": "10", "b": "8M"},
    "libsvtav1": {"crf": "24"},
    "libaom-av1": {"crf": "24", "b": "0"},
    "ffv1": {"level": "3"},
    "mpeg4": {"flags": "+qscale", "global_quality": "354"},
    "mpeg2video": {"flags": "+qscale", "global_quality": "354"},
    "msmpeg4": {"flags": "+qscale", "global_quality": "354"},
    "libtheora": {"flags": "+qscale", "global_quality": "1062"},
    "h264_nvenc": {"rc": "vbr", "cq": "19", "b": "0"},
    "hevc_nvenc": {"rc": "vbr", "cq": "21", "b": "0"},
    "av1_nvenc": {"rc": "vbr", "cq": "26", "b": "0"},
}
ASK_FOR_QUALITY = frozenset(("b", "cq", "qp", "q", "global_quality", "cqp", "x264-params"))
"""Encoder options that ask for a quality as crf does."""
_PRESETS = {"libx264": "medium", "libx264rgb": "medium", "libx265": "medium"}
HARDWARE = ("_nvenc", "_qsv", "_amf", "_vaapi", "_videotoolbox", "_mf", "_v4l2m2m", "_vulkan")
"""How the names of encoders end that need a device."""
_SOFTWARE = {
    "h264": "libx264",
    "hevc": "libx265",
    "av1": "libsvtav1",
    "vp9": "libvpx-vp9",
    "vp8": "libvpx",
    "mpeg2": "mpeg2video",
    "mpeg4": "mpeg4",
    "mjpeg": "mjpeg",
    "prores": "prores_ks",
    "ffv1": "ffv1",
}
"""The encoder without a device, by the family of the one with."""
_CRF_NAMES = {"nvenc": "cq", "qsv": "global_quality"}
"""What these call what is crf to others."""


@dataclass(frozen=True)
class EncoderChoice:
    """An encoder and its options, as FFmpeg takes them."""

    name: str
    options: dict[str, str] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    """The options that the user gave, for messages."""


def choose_encoder(
    codec: str,
    *,
    container: str,
    crf: float | None = None,
    preset: str | None = None,
    options: dict[str, str] | None = None,
    is_hdr: bool = False,
) -> EncoderChoice:
    """Return the encoder to use and its options, defaults filled in.

    Args:
        codec: FFmpeg's name of an encoder or of its codec, or "auto".
        container: FFmpeg's name of the output container.
        crf, preset, options: What the user wants of the encoder.
        is_hdr: Whether the pictures are HDR, for "auto".

    Raises:
        UsageError: There is no such encoder, or it has no such option.
        UnavailableError: It is one for a device, and not in this build of FFmpeg.
    """
    usual = {**_AUTO, **_AUTO_HDR} if is_hdr else _AUTO
    name = _encoder_name(usual.get(container, "libx264") if codec == "auto" else codec)
    known = _option_names(name)
    asked = dict(options or {})
    for key, value in ((_CRF_NAMES.get(name.rpartition("_")[2], "crf"), crf), ("preset", preset)):
        if value is not None:
            asked[key] = f"{value:g}" if isinstance(value, (int, float)) else value
    for key in asked:
        if key not in known:
            hint = _nearest(key, known)
            raise UsageError(f"Encoder {name} has no option '{key}'.{hint}")
    merged = {**_defaults(name, container, asked), **asked}
    return EncoderChoice(name, merged, frozenset(asked))


def software_name(codec: str) -> str | None:
    """Return the encoder that needs no device, for the name of one that does; None for others.

    It does not matter whether that one is in this build of FFmpeg.

    >>> software_name("h264_vaapi"), software_name("h265_nvenc"), software_name("libx264")
    ('libx264', None, None)
    """
    family, _, device = codec.rpartition("_")
    return _SOFTWARE.get(family) if f"_{device}" in HARDWARE else None


def _defaults(name: str, container: str, asked: dict[str, str]) -> dict[str, str]:
    # A bit rate or another measure of quality that was asked for replaces ours.
    defaults = {} if ASK_FOR_QUALITY & asked.keys() else dict(_QUALITY.get(name, {}))
    if name in _PRESETS:
        defaults["preset"] = _PRESETS[name]
    if container == "avi":
        defaults["bf"] = "0"  # AVI stores no presentation times to put B-frames right with
    return defaults


def _encoder_name(codec: str) -> str:
    """Return the name of an encoder, also for that of its codec: h264 is libx264."""
    try:
        encoder = av.Codec(codec, "w")
    except UnknownCodecError as error:
        if software_name(codec) is not None:
            near = _nearest(codec, _encoders())
            raise UnavailableError(f"There is no encoder '{codec}' here.{near}") from error
        raise UsageError(f"There is no encoder '{codec}'.{_nearest(codec, _encoders())}") from error
    if encoder.type != "video":
        raise UsageError(f"'{codec}' does not encode video.{_nearest(codec, _encoders())}")
    return encoder.name


def _option_names(name: str) -> set[str]:
    supported = av.CodecContext.create(name, "w").supported_options
    wanted = OptionFlags.ENCODING_PARAM
    return {o.name for o in (*supported.generic, *supported.private) if o.flags & wanted}


def _encoders() -> set[str]:
    return {name for name in av.codecs_available if _is_video_encoder(name)}


def _is_video_encoder(name: str) -> bool:
    try:
        encoder = av.Codec(name, "w")
    except UnknownCodecError:
        return False
    return encoder.type == "video" and encoder.name == name


def _nearest(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), n=1, cutoff=0.5)
    return f" Did you mean '{near[0]}'?" if near else ""


def usual_quality(name: str) -> dict[str, str]:
    """Return the options of an encoder that settle its default quality; empty where it has none."""
    return dict(_QUALITY.get(name, {}))


def supported_formats(name: str) -> list[str]:
    """Return the pixel formats that an encoder takes; empty when it does not say."""
    return [f.name for f in av.Codec(name, "w").video_formats or ()]
