"""From whatever a decoder gives to planes: one little-endian array per component."""

import av
from av.codec.codec import find_best_pix_fmt_of_list
from av.video.reformatter import Interpolation, VideoReformatter

from instavid.picture import PictureFormat, Planes, planes_from_frame

_DEPTHS = ("", "9le", "10le", "12le", "14le", "16le")
_KINDS = ("gray", "yuv420p", "yuv422p", "yuv440p", "yuv444p", "yuva420p", "yuva422p", "yuva444p")
_NAMES = [kind + depth for kind in _KINDS for depth in _DEPTHS]
_NAMES += [kind + depth for kind in ("gbrp", "gbrap") for depth in _DEPTHS]
_NAMES += ["yuv410p", "yuv411p"]

FULL_RANGE = 2
_LANCZOS = Interpolation.LANCZOS | Interpolation.ACCURATE_RND


def _exists(name: str) -> bool:
    try:
        av.VideoFormat(name, 16, 16)
    except ValueError:
        return False
    return True


CANONICAL = tuple(name for name in _NAMES if _exists(name))
"""Pixel formats that `Frame.planes` may have."""


def canonical_format(name: str) -> str:
    """Return the planar format that holds every sample of a pixel format.

    >>> canonical_format("nv12"), canonical_format("rgb24"), canonical_format("yuvj422p")
    ('yuv420p', 'gbrp', 'yuv422p')
    """
    # The deprecated full-range names: same samples, the range stands in the tags.
    name = name.replace("yuvj", "yuv")
    if name in CANONICAL:
        return name
    if name in ("pal8", "monob", "monow"):
        return "gbrp" if name == "pal8" else "gray"
    best, _ = find_best_pix_fmt_of_list(CANONICAL, name, has_alpha=True)
    return best.name if best is not None else "gbrp"


def is_full_range_name(name: str) -> bool:
    """Return whether a pixel format is one of those that mean full range by their name."""
    return name.startswith("yuvj")


class Canoniser:
    """Turns decoded frames into planes; keeps its converter, because making one is slow."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def planes(self, frame: av.VideoFrame, picture: PictureFormat) -> Planes:
        """Return read-only planes of a frame; they keep the frame's memory alive."""
        if (frame.width, frame.height) != (picture.width, picture.height):
            frame = self._reformatter.reformat(
                frame,
                width=picture.width,
                height=picture.height,
                format=picture.pixel_format,
                interpolation=_LANCZOS,
                threads=1,
            )
        elif frame.format.name.replace("yuvj", "yuv") != picture.pixel_format:
            # In slices, swscale 9.5 writes p010 lines a little into the next slice: 8 % of small
            # pictures came out wrong.
            frame = self._reformatter.reformat(frame, format=picture.pixel_format, threads=1)
        planes = planes_from_frame(frame, picture)
        for plane in planes:
            plane.flags.writeable = False
        return planes
