"""Containers and times below zero, which reordering makes of a video that begins at zero.

The first pictures are decoded before they are shown, by as many pictures as an encoder reorders.
FFmpeg's muxers move all streams so that nothing begins below zero, unless they are told not to.
"""

from instavid.media.containers import CONSTANT_RATE, ISO_MEDIA

_BY_SHOWING = ("matroska", "webm")
"""Store no times of decoding."""


def keep_times(container: str, *, has_others: bool) -> dict[str, str]:
    """Return the options with which a muxer keeps times below zero, none where it must not.

    MPEG-TS counts in a circle, so that what lies below zero ends the one before. NUT makes up the
    times of decoding, but refuses to show anything below zero, as another stream might.

    >>> keep_times("mpegts", has_others=True), keep_times("nut", has_others=True)
    ({'avoid_negative_ts': 'disabled'}, {})
    """
    keeps = container == "mpegts" or (container == "nut" and not has_others)
    return {"avoid_negative_ts": "disabled"} if keeps else {}


def moves_streams(container: str, *, has_others: bool) -> bool:
    """Return whether a muxer moves all streams where one begins below zero."""
    keeps = bool(keep_times(container, has_others=has_others))
    return not keeps and container not in (*ISO_MEDIA, *CONSTANT_RATE)


def goes_by_showing(container: str) -> bool:
    """Return whether it then goes by the first time of showing, and not of decoding."""
    return container in _BY_SHOWING
