"""How much room a result will about need, before anything is encoded, and how much there is."""

import shutil
from pathlib import Path

from instavid.media.encoding_plan import EncodingPlan

_BITS_PER_PIXEL = {
    "ffv1": 8.0,
    "huffyuv": 12.0,
    "ffvhuff": 12.0,
    "utvideo": 12.0,
    "rawvideo": 12.0,
    "prores_ks": 5.0,
    "prores": 5.0,
    "dnxhd": 5.0,
    "mjpeg": 1.6,
}
"""Of encoders that keep nearly everything; rough, for pictures in 4:2:0."""
_LOSSY_BITS_PER_PIXEL = 0.15
"""Of libx264 at its default here: 9 Mbit/s for 1080p at 30 frames per second. Rough."""


def free_bytes(target: Path) -> int | None:
    """Return how much can be written to the folder of a file; None where nobody knows."""
    try:
        return shutil.disk_usage(target.parent).free
    except OSError:
        return None


def guess_bytes(plan: EncodingPlan) -> int | None:
    """Guess the size of a result by its encoder; None where its length is unknown."""
    frames, picture = plan.info.expected_frames, plan.picture
    if frames is None:
        return None
    bits = _BITS_PER_PIXEL.get(plan.encoder.name, _LOSSY_BITS_PER_PIXEL)
    return round(frames * picture.width * picture.height * bits / 8)


def shortage(plan: EncodingPlan, target: Path, *, needs_twice: bool) -> str:
    """Return a sentence where a result plainly needs more room than there is; empty otherwise.

    Args:
        plan: How it is encoded.
        target: Where.
        needs_twice: Whether the run is kept for --resume: the video a second time while it works.
    """
    guess, free = guess_bytes(plan), free_bytes(target)
    needed = None if guess is None else guess * (1 + needs_twice)
    if needed is None or free is None or needed <= free:
        return ""
    twice = " Half of it is for --resume; --no-resume does without." if needs_twice else ""
    return (
        f"about {megabytes(needed)} will be needed for {target.name}, a rough guess, and "
        f"{megabytes(free)} are free in {target.parent}.{twice}"
    )


def megabytes(count: float) -> str:
    """Return a number of bytes for people to read.

    >>> megabytes(20_000), megabytes(3_200_000), megabytes(41e9)
    ('0.02 MB', '3.2 MB', '41000 MB')
    """
    value = count / 1e6
    return f"{value:.0f} MB" if value >= 100 else f"{value:.2g} MB"
