"""What an HDR video says of the display that it was made on, and how encoders are told it again."""

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av

_PQ, _HLG = 16, 18
"""AVCOL_TRC_SMPTE2084 and AVCOL_TRC_ARIB_STD_B67."""

# AVMasteringDisplayMetadata: x and y of red, green, blue and white, the darkest and the brightest,
# each a numerator and a denominator; then whether there are primaries, and luminances.
_MASTERING = struct.Struct("=22i")
# AVContentLightMetadata.
_LIGHT = struct.Struct("=2I")
# Steps of the messages in HEVC and H.264 streams.
_CHROMATICITY_STEP, _LUMINANCE_STEP = Fraction(1, 50_000), Fraction(1, 10_000)


@dataclass(frozen=True)
class MasteringDisplay:
    """The screen on which the colours were chosen."""

    chromaticities: tuple[tuple[Fraction, Fraction], ...]
    """(x, y) in CIE 1931 of red, green, blue and white."""
    luminances: tuple[Fraction, Fraction]
    """Of the darkest and of the brightest it shows, cd/m2."""


@dataclass(frozen=True)
class ContentLight:
    """How bright the pictures get, cd/m2."""

    brightest: int
    """Of any pixel, MaxCLL."""
    brightest_average: int
    """Of any picture, MaxFALL."""


@dataclass(frozen=True)
class StaticHdr:
    """What is said once for a whole video; None where it is not said."""

    mastering: MasteringDisplay | None = None
    light: ContentLight | None = None


def is_hdr(transfer: int) -> bool:
    """Return whether a transfer characteristic, AVCOL_TRC_*, is PQ or HLG."""
    return transfer in (_PQ, _HLG)


def read_static_hdr(frame: av.VideoFrame) -> StaticHdr:
    """Return what comes with a decoded picture, from its stream or from its container."""
    mastering: Any = frame.side_data.get("MASTERING_DISPLAY_METADATA")
    light: Any = frame.side_data.get("CONTENT_LIGHT_LEVEL")
    return StaticHdr(
        None if mastering is None else _mastering(bytes(mastering)),
        None if light is None else ContentLight(*_LIGHT.unpack(bytes(light)[: _LIGHT.size])),
    )


def _mastering(data: bytes) -> MasteringDisplay | None:
    """Return None unless both primaries and luminances are there: encoders want both."""
    *numbers, has_primaries, has_luminance = _MASTERING.unpack(data[: _MASTERING.size])
    if not (has_primaries and has_luminance and all(numbers[1::2])):
        return None
    values = [Fraction(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
    chromaticities = tuple(zip(values[0:8:2], values[1:8:2], strict=True))
    return MasteringDisplay(chromaticities, (values[8], values[9]))


def hdr_options(hdr: StaticHdr, encoder: str) -> dict[str, str]:
    """Return the option that tells an encoder, with its name; empty if it cannot be told.

    >>> hdr_options(StaticHdr(light=ContentLight(1000, 400)), "libx265")
    {'x265-params': 'max-cll=1000,400'}
    """
    way = _WAYS.get(encoder)
    if way is None:
        return {}
    option, mastering, light, whole_steps = way
    said = []
    if hdr.mastering is not None:
        said.append(f"{mastering}={_in_words(hdr.mastering, whole_steps=whole_steps)}")
    if hdr.light is not None:
        said.append(f"{light}={hdr.light.brightest},{hdr.light.brightest_average}")
    return {option: ":".join(said)} if said else {}


# Encoder: its option, its names for the display and for the light, whether it counts in steps.
_WAYS = {
    "libx264": ("x264-params", "mastering-display", "cll", True),
    "libx265": ("x265-params", "master-display", "max-cll", True),
    "libsvtav1": ("svtav1-params", "mastering-display", "content-light", False),
}


def _in_words(display: MasteringDisplay, *, whole_steps: bool) -> str:
    """Return `G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min)`, which all three read."""

    def pair(values: tuple[Fraction, Fraction], step: Fraction) -> str:
        shown = [round(v / step) if whole_steps else float(v) for v in values]
        return f"({shown[0]},{shown[1]})"

    red, green, blue, white = (pair(p, _CHROMATICITY_STEP) for p in display.chromaticities)
    darkest, brightest = display.luminances
    light = pair((brightest, darkest), _LUMINANCE_STEP)
    return f"G{green}B{blue}R{red}WP{white}L{light}"
