"""What a software encoder makes of a wish to one that needs a device."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from instavid.media.encoders import software_name, supported_formats

# Measures of quality that count about as these encoders' crf does.
_QUALITY = ("cq", "qp", "crf", "global_quality")
_WORST_CRF = {"libx264": 51, "libx265": 51, "libsvtav1": 63, "libvpx-vp9": 63}
# Generic options, which mean the same to every encoder.
_COMMON = ("b", "maxrate", "minrate", "bufsize", "g", "bf")
_PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast"),
    *("medium", "slow", "slower", "veryslow"),
)
_ALIKE = {
    **dict(zip(("p1", "p2", "p3", "p4", "p5", "p6", "p7"), _PRESETS[2:], strict=True)),
    **{"speed": "fast", "balanced": "medium", "quality": "slow"},
    **{preset: preset for preset in _PRESETS},
}


@dataclass(frozen=True)
class EncoderWish:
    """What is asked of an encoder, in its own words; None where nothing is."""

    codec: str = "auto"
    crf: float | None = None
    preset: str | None = None
    pix_fmt: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


def in_software(wish: EncoderWish) -> tuple[EncoderWish, list[str]] | None:
    """Return the same wish to the software encoder of the codec, and what of it was left out.

    None where there is none.

    >>> in_software(EncoderWish("h264_nvenc", preset="p6", options={"cq": "21", "rc": "vbr"}))
    (EncoderWish(codec='libx264', crf=21.0, preset='slower', pix_fmt=None, options={}), ['rc'])
    """
    name = software_name(wish.codec)
    if name is None:
        return None
    left_out = []
    crf = _crf(wish, name)
    preset = _preset(wish.preset or wish.options.get("preset"), name)
    kept = {key: value for key, value in wish.options.items() if key in _COMMON}
    for key in wish.options:
        is_used = key in kept or (key == "preset" and preset) or (key in _QUALITY and crf)
        left_out += [] if is_used else [key]
    if wish.preset and preset is None:
        left_out.append("preset")
    if wish.crf is not None and crf is None:
        left_out.append("crf")
    pix_fmt = wish.pix_fmt if wish.pix_fmt in supported_formats(name) else None
    if wish.pix_fmt != pix_fmt:
        left_out.append("pix_fmt")
    return EncoderWish(name, crf, preset, pix_fmt, kept), left_out


def _crf(wish: EncoderWish, encoder: str) -> float | None:
    worst = _WORST_CRF.get(encoder)
    asked = [wish.crf, *(_number(wish.options.get(key)) for key in _QUALITY)]
    value = next((number for number in asked if number is not None), None)
    return value if worst is not None and value is not None and 0 < value <= worst else None


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _preset(preset: str | None, encoder: str) -> str | None:
    return _ALIKE.get(preset or "") if encoder in ("libx264", "libx265") else None
