"""How much of a picture an encoder loses with the options that it was given."""

import av

from instavid.media.encoders import EncoderChoice, usual_quality

_SET_QUALITY = {"b", "maxrate", "qp", "q", "qmin", "global_quality", "cqp", "flags"}
_SET_ANYTHING = ("-params", "opts")


def is_lossless(encoder: EncoderChoice, pixel_format: str) -> bool:
    """Return whether an encoder gives back every sample.

    Args:
        encoder: With its options.
        pixel_format: Of what it encodes.

    >>> is_lossless(EncoderChoice("libx264", {"crf": "0"}), "yuv420p")
    True
    >>> is_lossless(EncoderChoice("libx264", {"crf": "0"}), "yuv420p10le")
    False
    """
    codec, options = av.Codec(encoder.name, "w"), encoder.options
    if codec.lossless and not codec.lossy:
        return True
    if encoder.name in ("libx264", "libx264rgb"):
        # With 10 bits crf goes below 0, and only qp 0 is lossless.
        deep = av.VideoFormat(pixel_format, 16, 16).components[0].bits > 8
        return _is_zero(options, "qp") or (_is_zero(options, "crf") and not deep)
    if encoder.name == "libx265":
        return "lossless=1" in options.get("x265-params", "").split(":")
    return encoder.name == "libvpx-vp9" and options.get("lossless") == "1"


def has_default_quality(encoder: EncoderChoice) -> bool:
    """Return whether an encoder works at least as well as it does by default.

    >>> has_default_quality(EncoderChoice("libx264", {"crf": "23"}, frozenset(["crf"])))
    False
    """
    usual = usual_quality(encoder.name)
    if not usual or any(_may_set_quality(key) for key in encoder.asked):
        return False
    return "crf" not in usual or float(encoder.options["crf"]) <= float(usual["crf"])


def _may_set_quality(key: str) -> bool:
    return key in _SET_QUALITY or key.endswith(_SET_ANYTHING)


def _is_zero(options: dict[str, str], key: str) -> bool:
    try:
        return float(options.get(key, "1")) == 0
    except ValueError:
        return False
