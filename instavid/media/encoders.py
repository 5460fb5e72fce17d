"""Which encoder to use, with which options: what was asked for, checked against what there is."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

import av
from av.codec.codec import UnknownCodecError
from av.codec.context import OptionFlags

from instavid.errors import UsageError

_AUTO = {
    "webm": "libvpx-vp9",
    "ogv": "libtheora",
    "mpeg": "mpeg2video",
    "3gp": "libx264",
    "mxf": "mpeg2video",
    "asf": "msmpeg4",
}
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
}
_PRESETS = {"libx264": "medium", "libx264rgb": "medium", "libx265": "medium"}
HARDWARE = ("_nvenc", "_qsv", "_amf", "_vaapi", "_videotoolbox", "_mf", "_v4l2m2m", "_vulkan")
"""How the names of encoders end that need a device."""


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
) -> EncoderChoice:
    """Return the encoder to use and its options, defaults filled in.

    Raises:
        UsageError: There is no such encoder, or it has no such option.
    """
    name = _encoder_name(_AUTO.get(container, "libx264") if codec == "auto" else codec)
    known = _option_names(name)
    asked = dict(options or {})
    for key, value in (("crf", crf), ("preset", preset)):
        if value is not None:
            asked[key] = f"{value:g}" if isinstance(value, (int, float)) else value
    for key in asked:
        if key not in known:
            hint = _nearest(key, known)
            raise UsageError(f"Encoder {name} has no option '{key}'.{hint}")
    merged = {**_defaults(name, container, asked), **asked}
    return EncoderChoice(name, merged, frozenset(asked))


def _defaults(name: str, container: str, asked: dict[str, str]) -> dict[str, str]:
    # A bit rate or another measure of quality that was asked for replaces ours.
    own_quality = {"b", "qp", "q", "global_quality", "cqp", "x264-params"}
    defaults = {} if own_quality & asked.keys() else dict(_QUALITY.get(name, {}))
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
