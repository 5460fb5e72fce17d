"""Samples and what they mean: planes as a decoder gives them, and RGB as networks want it.

Conversions are FFmpeg's own (swscale through PyAV), with the matrix and range of the picture, and
only ever of the window that is asked for: what is not converted stays as it was decoded.
"""

import threading
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from instagan.windows import Window
from instavid.orientation import Orientation

Planes = tuple[npt.NDArray[np.uint8] | npt.NDArray[np.uint16], ...]

_BICUBIC = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT

# AVCOL_SPC_* -> swscale's name of the same matrix.
_SWS_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_UNSPECIFIED = 2
_FULL_RANGE = 2


@dataclass(frozen=True)
class ColourTags:
    """The colour description of a stream, as FFmpeg's AVCOL_* numbers; 2 (range: 0) is unknown."""

    range: int = 0
    space: int = _UNSPECIFIED
    transfer: int = _UNSPECIFIED
    primaries: int = _UNSPECIFIED


@dataclass(frozen=True)
class PictureFormat:
    """How planes are to be read, and how the picture is to be shown."""

    pixel_format: str
    """FFmpeg's name of a planar, little-endian format: yuv420p, yuv444p10le, gray, gbrp ..."""
    width: int
    """Coded width, px."""
    height: int
    """Coded height, px."""
    tags: ColourTags = field(default_factory=ColourTags)
    orientation: Orientation = field(default_factory=Orientation)
    sample_aspect_ratio: Fraction = Fraction(1)
    """Width over height of one coded sample."""

    @property
    def upright_size(self) -> tuple[int, int]:
        """Return (height, width) as a viewer sees it, px."""
        size = (self.height, self.width)
        return (size[1], size[0]) if self.orientation.swaps_axes else size

    @property
    def upright_sample_aspect(self) -> float:
        """Return width over height of one sample as a viewer sees it."""
        ratio = float(self.sample_aspect_ratio) or 1.0
        return 1 / ratio if self.orientation.swaps_axes else ratio

    @property
    def matrix(self) -> Colorspace:
        """Return the YCbCr matrix; untagged pictures follow their size, as in HandBrake."""
        by_size = Colorspace.ITU709 if self.height >= 720 else Colorspace.ITU601
        return _SWS_MATRICES.get(self.tags.space, by_size)

    @property
    def color_range(self) -> int:
        """Return FFmpeg's number of the sample range; untagged is limited (1)."""
        return self.tags.range or 1

    @property
    def bits(self) -> int:
        """Return bits per sample."""
        return int(self.layout[0].bits)

    @property
    def layout(self) -> "tuple[av.video.format.VideoFormatComponent, ...]":
        """Return FFmpeg's description of each component, with its plane and size."""
        return av.VideoFormat(self.pixel_format, self.width, self.height).components

    @property
    def plane_shapes(self) -> tuple[tuple[int, int], ...]:
        """Return (height, width) of each plane, in plane order."""
        ordered = sorted(self.layout, key=lambda component: component.plane)
        return tuple((component.height, component.width) for component in ordered)

    @property
    def chroma_steps(self) -> tuple[int, int]:
        """Return luma samples per chroma sample, (vertical, horizontal)."""
        fmt = av.VideoFormat(self.pixel_format, 64, 64)
        if len(fmt.components) < 3:
            return 1, 1
        return 64 // fmt.chroma_height(64), 64 // fmt.chroma_width(64)


def planes_to_rgb(
    planes: Planes, picture: PictureFormat, *, window: Window | None = None
) -> npt.NDArray[np.uint8]:
    """Return the upright picture, or an upright window of it, as (h, w, 3) uint8 RGB."""
    orientation = picture.orientation
    if window is None:
        coded = Window(0, 0, picture.width, picture.height)
    else:
        coded = orientation.coded_window(window, picture.width, picture.height)
    aligned = align_window(coded, picture)
    part = cut_planes(planes, picture, aligned)
    frame = frame_from_planes(part, _sized(picture, aligned))
    rgb = _reformatter().reformat(
        frame,
        format="rgb24",
        src_colorspace=picture.matrix,
        src_color_range=picture.color_range,
        dst_color_range=_FULL_RANGE,
        interpolation=_BICUBIC,
        threads=1,
    )
    pixels = _plane(rgb, 0, aligned.height, aligned.width * 3, np.dtype(np.uint8))
    pixels = pixels.reshape(aligned.height, aligned.width, 3)
    return np.ascontiguousarray(orientation.upright(pixels[coded.relative_to(aligned).slices]))


def rgb_to_planes(rgb: npt.NDArray[np.uint8], picture: PictureFormat) -> Planes:
    """Convert (h, w, 3) uint8 RGB, oriented as coded, to planes in the format of a picture.

    Returns:
        Planes for a picture of size (h, w); h and w should be multiples of `chroma_steps`.
    """
    height, width = rgb.shape[:2]
    source = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
    frame = _reformatter().reformat(
        source,
        format=picture.pixel_format,
        src_color_range=_FULL_RANGE,
        dst_colorspace=picture.matrix,
        dst_color_range=picture.color_range,
        interpolation=_BICUBIC,
        threads=1,
    )
    return planes_from_frame(frame, _sized(picture, Window(0, 0, width, height)))


def align_window(window: Window, picture: PictureFormat) -> Window:
    """Grow a coded window until no chroma sample is cut in two.

    >>> align_window(Window(3, 2, 5, 9), PictureFormat("yuv420p", 9, 9))
    Window(left=2, top=2, right=6, bottom=9)
    """
    down, across = picture.chroma_steps
    return Window(
        window.left // across * across,
        window.top // down * down,
        min(picture.width, -(-window.right // across) * across),
        min(picture.height, -(-window.bottom // down) * down),
    )


def plane_window(window: Window, shape: tuple[int, int], picture: PictureFormat) -> Window:
    """Return an aligned coded window in the coordinates of a plane of the given shape."""
    down = 1 if shape[0] == picture.height else picture.chroma_steps[0]
    across = 1 if shape[1] == picture.width else picture.chroma_steps[1]
    return Window(
        window.left // across,
        window.top // down,
        -(-window.right // across),
        -(-window.bottom // down),
    )


def cut_planes(planes: Planes, picture: PictureFormat, window: Window) -> Planes:
    """Return views of the samples in an aligned coded window."""
    shapes = picture.plane_shapes
    return tuple(
        plane[plane_window(window, shape, picture).slices]
        for plane, shape in zip(planes, shapes, strict=True)
    )


def frame_from_planes(planes: Planes, picture: PictureFormat) -> av.VideoFrame:
    """Return a new PyAV frame that holds a copy of the planes, colour tags included."""
    frame = av.VideoFrame(picture.width, picture.height, picture.pixel_format)
    for index, plane in enumerate(planes):
        height, width = plane.shape
        _plane(frame, index, height, width, plane.dtype)[:] = plane
    frame.colorspace = picture.tags.space
    frame.color_range = picture.tags.range
    frame.color_trc = picture.tags.transfer
    frame.color_primaries = picture.tags.primaries
    return frame


def planes_from_frame(frame: av.VideoFrame, picture: PictureFormat) -> Planes:
    """Return views of a PyAV frame's samples; they keep the frame's memory alive."""
    dtype = np.dtype(np.uint8 if picture.bits <= 8 else np.uint16)
    shapes = picture.plane_shapes
    return tuple(_plane(frame, i, *shape, dtype) for i, shape in enumerate(shapes))


def _plane(
    frame: av.VideoFrame, index: int, height: int, width: int, dtype: np.dtype[np.generic]
) -> npt.NDArray[np.uint8]:
    plane = frame.planes[index]
    samples = np.frombuffer(plane, dtype)  # type: ignore[call-overload]
    row = plane.line_size // dtype.itemsize
    view: npt.NDArray[np.uint8] = samples[: height * row].reshape(height, row)[:, :width]
    return view


def _sized(picture: PictureFormat, window: Window) -> PictureFormat:
    return PictureFormat(picture.pixel_format, window.width, window.height, picture.tags)


_local = threading.local()


def _reformatter() -> VideoReformatter:
    """Return this thread's converter: a new one per call costs more than the conversion.

    So do threads of its own, which it would start anew for every size of window.
    """
    if not hasattr(_local, "reformatter"):
        _local.reformatter = VideoReformatter()
    reformatter: VideoReformatter = _local.reformatter
    return reformatter
