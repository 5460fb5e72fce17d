"""V4: upright and in the right shape. V5: true colours."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path

import av
from clips import Clip, copy, read, same_samples, write_clip
from rows import Row, row_of

_ONE = 65536
# The eight orientations as display matrices: turns by 0, 90, 180, 270 degrees, and their mirrors.
_MATRICES = [
    (a * _ONE, b * _ONE, 0, c * _ONE, d * _ONE, 0, 0, 0, 1 << 30)
    for a, b, c, d in (
        *((1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)),
        *((-1, 0, 0, 1), (0, 1, 1, 0), (1, 0, 0, -1), (0, -1, -1, 0)),
    )
]
_ASPECTS = (Fraction(1), Fraction(4, 3), Fraction(8, 9))
_SIZES = ((64, 48), (63, 47))
_BT = {"601": 5, "709": 1, "2020": 9}
_UNTAGGED = 2


def prove_shapes(folder: Path) -> Row:
    """Compare shape, place and samples of frames seen upright before and after."""

    def outcomes() -> Iterator[str]:
        for matrix, aspect, size in product(_MATRICES, _ASPECTS, _SIZES):
            clip = Clip(
                *("ffv1", (0, 1)),
                size=size,
                display_matrix=matrix,
                sample_aspect_ratio=aspect,
            )
            source = write_clip(folder / "shape.mp4", clip)
            copy(source, folder / "shaped.mp4", codec="ffv1", overwrite=True)
            wrong = _changed(source, folder / "shaped.mp4")
            yield wrong and f"{matrix[:5]}, aspect {aspect}, {size}: {wrong}"

    what = "8 orientations x 3 sample aspects x even and odd size, lossless: carried, bit-equal"
    return row_of("V4", outcomes(), what)


def prove_colours(folder: Path) -> Row:
    """Send every kind of colour through, where no object is found, without loss."""

    def outcomes() -> Iterator[str]:
        depths = ("yuv420p", "yuv420p10le")
        for name, full, tagged, pixel_format in product(_BT, (1, 2), (True, False), depths):
            space = _BT[name] if tagged else _UNTAGGED
            clip = Clip(
                *("ffv1", (0, 1, 2)),
                pixel_format=pixel_format,
                colours=(full, space, space, space),
            )
            source = write_clip(folder / "colour.mkv", clip)
            copy(source, folder / "coloured.mkv", codec="ffv1", overwrite=True)
            wrong = _changed(source, folder / "coloured.mkv")
            yield wrong and f"{name}, range {full}, tagged {tagged}, {pixel_format}: {wrong}"

    what = "601/709/2020 x limited/full x tagged or not x 8/10 bit, lossless: bit-equal, same tags"
    return row_of("V5", outcomes(), what)


def _changed(source: Path, target: Path) -> str:
    before, after = read(source), read(target)
    if before.info.picture != after.info.picture:
        return f"{before.info.picture} became {after.info.picture}"
    if not same_samples(before.planes, after.planes):
        return "samples differ"
    tags, new = _tags(source), _tags(target)
    # What was not tagged may be tagged with what was assumed.
    kept = all(old in (now, _UNTAGGED, 0) for old, now in zip(tags, new, strict=True))
    return "" if kept else f"tags {tags} became {new}"


def _tags(path: Path) -> tuple[int, ...]:
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        return tuple(
            int(value)
            for value in (
                *(context.color_range, context.colorspace),
                *(context.color_trc, context.color_primaries),
            )
        )
