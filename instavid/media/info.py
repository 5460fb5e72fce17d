"""What is known of a video before its second frame: the description that the sink works from."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from instavid.media.hdr import StaticHdr, is_hdr, read_static_hdr
from instavid.media.pixels import FULL_RANGE, canonical_format, is_full_range_name
from instavid.media.rationals import to_fraction
from instavid.media.tags import clean
from instavid.orientation import Orientation, from_display_matrix
from instavid.picture import ColourTags, PictureFormat

FieldOrder = Literal["progressive", "tff", "bff"]
DisplayMatrix = tuple[int, int, int, int, int, int, int, int, int]

# AV_FIELD_*: TT, BB, TB (coded top, shown bottom first), BT.
_FIELD_ORDERS: dict[int, FieldOrder] = {2: "tff", 3: "bff", 4: "bff", 5: "tff"}
_HDR_SIDE_DATA = {
    "MASTERING_DISPLAY_METADATA": "mastering display",
    "CONTENT_LIGHT_LEVEL": "content light level",
    "DYNAMIC_HDR_PLUS": "HDR10+",
    "DOVI_METADATA": "Dolby Vision",
    "DOVI_RPU_BUFFER": "Dolby Vision",
}


@dataclass(frozen=True)
class VideoInfo:
    """A video stream as its header and its first picture describe it."""

    name: str
    """What messages call the input."""
    container: str
    """FFmpeg's name of the container format."""
    codec: str
    """Name of the decoder."""
    picture: PictureFormat
    """Format of every frame."""
    time_base: Fraction
    """Seconds per tick of every frame's `pts`."""
    average_frame_rate: Fraction | None = None
    """Frames per second, from the header or guessed by FFmpeg."""
    frame_count_from_header: int | None = None
    duration_seconds_from_header: float | None = None
    """Of the whole container."""
    field_order: FieldOrder = "progressive"
    display_matrix: DisplayMatrix | None = None
    """The nine integers to write back, None where there are none or they make no sense."""
    hdr_side_data: tuple[str, ...] = ()
    """Names of HDR descriptions beyond the colour tags."""
    static_hdr: StaticHdr = field(default_factory=StaticHdr)
    """Those of them that hold for the whole video."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Tags of the video stream, without those that describe the old coding of it."""
    disposition: int = 0
    """FFmpeg's AV_DISPOSITION_* bits of the video stream."""
    is_cut: bool = False
    """Whether it begins within the input: an output of it begins at zero all the same."""
    warnings: tuple[str, ...] = ()
    """What could not be understood, in sentences."""

    @property
    def expected_frames(self) -> int | None:
        """Return how many frames the header lets expect; None where it does not."""
        if self.frame_count_from_header is not None:
            return self.frame_count_from_header
        if self.duration_seconds_from_header and self.average_frame_rate:
            return round(self.duration_seconds_from_header * self.average_frame_rate)
        return None

    @property
    def length(self) -> str:
        """Return how long the header says the video is, in words."""
        frames, seconds = self.expected_frames, self.duration_seconds_from_header
        said = [f"{frames} frames"] if frames else []
        said += [f"{seconds:.3f} s"] if seconds else []
        return ", ".join(said) or "an unknown length"

    @property
    def is_hdr(self) -> bool:
        """Return whether the samples are PQ or HLG, in the bits that those need."""
        return is_hdr(self.picture.tags.transfer) and self.picture.bits > 8

    @property
    def is_interlaced(self) -> bool:
        """Return whether each frame holds two fields."""
        return self.field_order != "progressive"


def describe(
    name: str, container: InputContainer, stream: VideoStream, first: av.VideoFrame
) -> VideoInfo:
    """Describe a video by its open container and its first decoded picture."""
    matrix, orientation, warnings = _orientation(first)
    tags = dict(stream.metadata)
    if tags.get("alpha_mode") == "1" and not first.format.name.startswith("yuva"):
        warnings.append("The transparency of this video is dropped: its decoder does not give it.")
    time_base = to_fraction(first.time_base) or to_fraction(stream.time_base)
    duration = container.duration
    return VideoInfo(
        name=name,
        container=container.format.name,
        codec=stream.codec_context.name,
        picture=_picture_format(stream, first, orientation),
        time_base=time_base or Fraction(1, 1000),
        average_frame_rate=to_fraction(stream.average_rate) or to_fraction(stream.guessed_rate),
        frame_count_from_header=stream.frames or None,
        duration_seconds_from_header=duration / 1_000_000 if duration else None,
        field_order=_field_order(stream, first),
        display_matrix=matrix,
        hdr_side_data=_hdr_side_data(first),
        static_hdr=read_static_hdr(first),
        metadata=clean(tags, of_coding=True),
        disposition=int(stream.disposition),
        warnings=tuple(warnings),
    )


def _picture_format(
    stream: VideoStream, first: av.VideoFrame, orientation: Orientation
) -> PictureFormat:
    full = is_full_range_name(first.format.name)
    tags = ColourTags(
        range=FULL_RANGE if full else int(first.color_range),
        space=int(first.colorspace),
        transfer=int(first.color_trc),
        primaries=int(first.color_primaries),
    )
    return PictureFormat(
        canonical_format(first.format.name),
        first.width,
        first.height,
        tags=tags,
        orientation=orientation,
        sample_aspect_ratio=to_fraction(stream.sample_aspect_ratio) or Fraction(1),
    )


def _orientation(
    first: av.VideoFrame,
) -> tuple[DisplayMatrix | None, Orientation, list[str]]:
    data: Any = first.side_data.get("DISPLAYMATRIX")
    if data is None:
        return None, Orientation(), []
    matrix: DisplayMatrix = struct.unpack("=9i", bytes(data)[:36])
    orientation = from_display_matrix(matrix[0], matrix[1], matrix[3], matrix[4])
    if orientation is None:
        warning = f"The display matrix {list(matrix)} is no quarter turn or mirror: ignored."
        return None, Orientation(), [warning]
    return matrix, orientation, []


def _field_order(stream: VideoStream, first: av.VideoFrame) -> FieldOrder:
    order = _FIELD_ORDERS.get(stream.codec_context.field_order, "progressive")
    return "tff" if first.interlaced_frame and order == "progressive" else order


def _hdr_side_data(first: av.VideoFrame) -> tuple[str, ...]:
    found = {name for kind, name in _HDR_SIDE_DATA.items() if first.side_data.get(kind)}
    return tuple(sorted(found))
