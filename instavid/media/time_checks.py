"""Which times a container gives back for those that were written."""

from fractions import Fraction

from instavid.media.containers import CONSTANT_RATE, ISO_MEDIA
from instavid.media.ledger import Ledger
from instavid.media.negative_times import goes_by_showing, moves_streams

_MILLISECOND = Fraction(1, 1000)


def tolerance(container: str, tick: Fraction, *, is_video: bool) -> Fraction:
    """Return by how many seconds a time may differ from what was written.

    Half a tick is no more than rounding: where the time is a whole number of ticks, it is exact.

    Args:
        container: FFmpeg's name of the container.
        tick: The stream's seconds per tick in the file.
        is_video: Other streams are held to the millisecond where their times are not stored but
            counted: in MPEG-TS, and where sound is packed in blocks.

    >>> tolerance("mp4", Fraction(1, 600), is_video=True)
    Fraction(1, 1200)
    """
    if container in ("matroska", "webm"):
        return max(_MILLISECOND, tick)
    if is_video or container in ISO_MEDIA:
        return tick / 2
    return max(_MILLISECOND, tick)


def knows_times(container: str, *, is_video: bool) -> bool:
    """Return whether a container stores when each packet is to be shown or heard."""
    return container not in CONSTANT_RATE and (is_video or container not in ("asf", "ogv"))


def common_shift(ledger: Ledger) -> Fraction:
    """Return by how many seconds a muxer moves all streams, so that none begin below zero.

    Matroska goes by the first time of showing, others by the first of decoding.
    """
    plan, pictures = ledger.plan, ledger.pictures
    moves = moves_streams(plan.container, has_others=ledger.has_others)
    if not (moves and pictures.stamps):
        return Fraction(0)
    by_showing = goes_by_showing(plan.container)
    first = pictures.stamps[0] if by_showing else pictures.first_decoding
    others = [
        (entries.stamps[0] if by_showing else entries.first_decoding) * entries.time_base
        for entries in ledger.streams
        # What Opus needs before zero has a field of its own in Matroska.
        if entries and entries.stamps and not (by_showing and entries.note.codec == "opus")
    ]
    return -min(Fraction(0), first * plan.time_base, *others)
