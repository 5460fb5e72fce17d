"""V1: every frame once, in order, at its time. V2: sound stays with its pictures."""

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from barcodes import misfit, random_stamps, read_stamped, write_stamped
from clips import copy
from rows import Row, row_of

# How far a stamp may be off: not at all, half a tick of 90 kHz, half a millisecond.
CONTAINERS = {
    "mp4": Fraction(0),
    "mov": Fraction(0),
    "ts": Fraction(1, 180_000),
    "mkv": Fraction(1, 2000),
    "webm": Fraction(1, 2000),
    "nut": Fraction(0),
}
_FAST = {
    "webm": {"codec": "libvpx-vp9", "options": {"deadline": "realtime", "cpu-used": "8"}},
}
_X264 = {"codec": "libx264", "preset": "ultrafast"}
_REORDERING = {"codec": "libx264", "preset": "medium"}


def prove_stamps(folder: Path, *, lists: int) -> Row:
    """Send clips with random time stamps through source and sink."""

    def outcomes() -> Iterator[str]:
        rng = random.Random(1)
        for number in range(lists):
            stamped, usual = random_stamps(rng), (_X264, _REORDERING)[number % 2]
            source = write_stamped(folder / "source.nut", stamped)
            for ending, most in CONTAINERS.items():
                target = folder / f"target.{ending}"
                copy(source, target, overwrite=True, **_FAST.get(ending, usual))
                wrong = misfit(read_stamped(target), stamped.times, most=most)
                yield wrong and f"list {number} ({stamped}) in {ending}: {wrong}"

    what = f"{lists} random lists of time stamps x 6 containers, half with B-frames: none off"
    return row_of("V1", outcomes(), what)


RATE = 48_000


def write_flashes(path: Path, *, gaps: list[int], delay: Fraction, audio: str) -> Path:
    """Write a clip of uneven gaps in 1/600 s, with a flash and a tone burst near start and end.

    Args:
        path: The file.
        gaps: Between pictures.
        delay: Of the video against the sound, s.
        audio: The codec.
    """
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.time_base = Fraction(1, 600)
        sound = container.add_stream(audio, rate=RATE)
        sound.layout = "mono"
        stamps = [int(delay * 600) + sum(gaps[:n]) for n in range(len(gaps))]
        lit = (5, len(gaps) - 6)
        for number, pts in enumerate(stamps):
            level = 230 if number in lit else 20
            frame = av.VideoFrame.from_ndarray(np.full((72, 64), level, np.uint8), "yuv420p")
            frame.pts, frame.time_base = pts, Fraction(1, 600)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        wave = np.zeros(int((stamps[-1] / 600 + 0.5) * RATE), np.float32)
        for number in lit:
            start = stamps[number] * RATE // 600
            wave[start : start + RATE // 50] = 0.8 * np.sin(np.arange(RATE // 50) * 0.3)
        for start in range(0, len(wave), 1024):
            block = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], "fltp", "mono")
            block.sample_rate, block.pts, block.time_base = RATE, start, Fraction(1, RATE)
            container.mux(sound.encode(block))
        container.mux(sound.encode(None))
    return path


def offsets(path: Path) -> list[float]:
    """Return how much later each tone begins than its flash, s."""
    flashes, samples = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.to_ndarray(format="gray").mean() > 120:
                flashes.append(frame.time)
    with av.open(str(path)) as container:
        for block in container.decode(audio=0):
            wave = block.to_ndarray()
            level = np.abs(wave.astype(np.float64)).reshape(-1, block.samples).max(0)
            scale = 1.0 if wave.dtype.kind == "f" else 32768.0
            samples.append((block.time, level / scale))
    loud = [time + at / RATE for time, level in samples for at in np.flatnonzero(level > 0.3)]
    starts = [loud[0]] + [b for a, b in pairwise(loud) if b - a > 0.1]
    return [tone - flash for tone, flash in zip(starts, flashes, strict=True)]


def prove_sync(folder: Path) -> Row:
    """Compare offsets of flash and tone before and after, at the start and at the end."""

    def outcomes() -> Iterator[str]:
        rng = random.Random(2)
        for ending, audio in (("mp4", "aac"), ("mov", "aac"), ("mkv", "flac"), ("ts", "aac")):
            for delay in (Fraction(0), Fraction(1, 2), Fraction(7, 4)):
                gaps = [rng.choice([11, 20, 24, 37, 64]) for _ in range(90)]
                source = write_flashes(
                    folder / f"sync.{ending}", gaps=gaps, delay=delay, audio=audio
                )
                target = folder / f"synced.{ending}"
                copy(source, target, overwrite=True, **_X264)
                before, after = offsets(source), offsets(target)
                moved = [abs(b - a) for a, b in zip(before, after, strict=True)]
                yield (
                    f"{ending}, video {float(delay)} s late: moved by {max(moved) * 1000:.2f} ms"
                    if len(moved) != 2 or max(moved) > 0.001
                    else ""
                )

    return row_of("V2", outcomes(), "flash and tone burst, 4 containers x 3 delays: moved <= 1 ms")
