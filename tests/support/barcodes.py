"""Small clips whose pictures bear their number, with any time stamps, and reading both back."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

_BITS, _SIDE = 8, 8
WIDTH, HEIGHT = _BITS * _SIDE, 2 * _SIDE
_DARK, _BRIGHT = 40, 210
# Of containers that are common, and of film.
TIME_BASES = tuple(
    Fraction(*f) for f in ((1, 90000), (1, 1000), (1001, 30000), (1, 600), (1, 16000))
)


@dataclass(frozen=True)
class Stamped:
    """Time stamps of a clip, in ticks; the last picture is shown for `last` ticks."""

    pts: tuple[int, ...]
    time_base: Fraction
    last: int

    @property
    def times(self) -> list[Fraction]:
        """Return the stamps, s."""
        return [stamp * self.time_base for stamp in self.pts]


def random_stamps(rng: random.Random) -> Stamped:
    """Return strictly increasing stamps, at least 2 ms and at most a second apart, from 0 on."""
    time_base = rng.choice(TIME_BASES)
    least = max(1, int(Fraction(2, 1000) / time_base) + 1)
    most = max(least, int(rng.choice([Fraction(1, 20), Fraction(1, 4), Fraction(1)]) / time_base))
    pts = [rng.choice([0, rng.randint(0, most)])]
    for _ in range(rng.randint(0, 11)):
        pts.append(pts[-1] + rng.randint(least, most))
    return Stamped(tuple(pts), time_base, rng.randint(least, most))


def write_stamped(path: Path, stamped: Stamped) -> Path:
    """Write the clip without loss, in a container that holds any time base."""
    with av.open(str(path), "w", format="nut") as container:
        video = container.add_stream("rawvideo", rate=25)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.time_base = stamped.time_base
        ends = [*stamped.pts[1:], stamped.pts[-1] + stamped.last]
        for index, (pts, end) in enumerate(zip(stamped.pts, ends, strict=True)):
            frame = barcode(index)
            frame.pts, frame.time_base, frame.duration = pts, stamped.time_base, end - pts
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


def barcode(index: int) -> av.VideoFrame:
    """Return a picture of a number below 256."""
    bits = [(index >> bit) & 1 for bit in range(_BITS)]
    row = np.repeat(np.where(bits, _BRIGHT, _DARK).astype(np.uint8), _SIDE)
    luma = np.tile(row, (HEIGHT, 1))
    chroma = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
    return av.VideoFrame.from_ndarray(np.vstack([luma, chroma]), format="yuv420p")


def read_number(frame: av.VideoFrame) -> int:
    """Return the number that a picture bears."""
    luma = frame.to_ndarray(format="gray")[:HEIGHT, :WIDTH]
    bits = luma.reshape(HEIGHT, _BITS, _SIDE).mean(axis=(0, 2)) > (_DARK + _BRIGHT) / 2
    return int(sum(1 << bit for bit in range(_BITS) if bits[bit]))


def read_stamped(path: Path) -> list[tuple[int, Fraction]]:
    """Return the number and the start, in s, of each picture."""
    # FFmpeg does not recognise a transport stream of less than 2 kB by itself.
    kind = "mpegts" if path.suffix == ".ts" else None
    with av.open(str(path), format=kind) as container:
        stream = container.streams.video[0]
        base = Fraction(stream.time_base.numerator, stream.time_base.denominator)
        return [(read_number(frame), frame.pts * base) for frame in container.decode(stream)]


def misfit(
    found: Sequence[tuple[int, Fraction]], wanted: Sequence[Fraction], *, most: Fraction
) -> str:
    """Return what is wrong with numbers and times, or "".

    Args:
        found: As read.
        wanted: Times of pictures 0, 1, ..., s.
        most: By how much a time may be off, s.
    """
    numbers = [number for number, _ in found]
    if numbers != list(range(len(wanted))):
        return f"pictures {numbers} instead of 0 to {len(wanted) - 1}"
    off = max(abs(time - want) for (_, time), want in zip(found, wanted, strict=True))
    return f"{float(off * 1000):.3f} ms off" if off > most else ""
