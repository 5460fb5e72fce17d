"""What a video is once it is adjusted: size, shape, fields and rate of its pictures."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from typing import TypeVar

from instavid.core.adjusting import Adjustments, Scale
from instavid.core.clock import Timed
from instavid.core.pacing import make_grid, pace
from instavid.errors import UsageError
from instavid.media.info import VideoInfo
from instavid.picture import PictureFormat

Item = TypeVar("Item")


def adjusted_info(info: VideoInfo, adjust: Adjustments) -> VideoInfo:
    """Return the description of the adjusted pictures; their rate comes with `paced`.

    Raises:
        UsageError: Interlaced pictures would be scaled, which mixes their fields.
    """
    if adjust.deinterlace:
        info = replace(info, field_order="progressive")
    if "metadata" in adjust.without:
        info = replace(info, metadata={})
    if adjust.scale is None:
        return info
    if info.is_interlaced:
        raise UsageError(
            f"{info.name} is interlaced: scaling would mix its fields. Add --deinterlace."
        )
    return replace(info, picture=_scaled(info.picture, adjust.scale))


def _scaled(picture: PictureFormat, scale: Scale) -> PictureFormat:
    width, height = scale.coded_size(
        picture.width,
        picture.height,
        steps=picture.chroma_steps,
        swaps_axes=picture.orientation.swaps_axes,
    )
    aspect = picture.sample_aspect_ratio
    if scale.size is not None:
        aspect *= Fraction(picture.width * height, picture.height * width)
    return replace(
        picture, width=width, height=height, sample_aspect_ratio=aspect.limit_denominator(32767)
    )


def paced(
    pictures: Iterator[Timed[Item]], info: VideoInfo, *, rate: Fraction
) -> tuple[Iterator[Timed[Item]], VideoInfo]:
    """Return the pictures at a constant rate, in frames per second, and what the video is then."""
    first = next(pictures, None)
    if first is None:
        return iter(()), info
    grid = make_grid(first.pts * info.time_base, rate)
    seconds = info.duration_seconds_from_header
    if seconds is None and info.frame_count_from_header and info.average_frame_rate:
        seconds = float(info.frame_count_from_header / info.average_frame_rate)
    new = replace(
        info,
        time_base=grid.time_base,
        average_frame_rate=rate,
        frame_count_from_header=None,
        duration_seconds_from_header=seconds,
    )
    return pace(chain([first], pictures), grid, time_base=info.time_base), new


def advice(info: VideoInfo) -> list[str]:
    """Return what might give better pictures, in sentences."""
    if not info.is_interlaced:
        return []
    return ["The video is interlaced: objects that move are combed. Try --deinterlace."]
