"""MP4 in fragments: which of FFmpeg's flags make it so, and what becomes of times then (8.1).

An index that is written before the first picture has no edit list, and without that the pictures
start late by their reordering. `delay_moov` writes it once the first times are known.
"""

import re

_FRAGMENTING = (
    *("frag_keyframe", "frag_every_frame", "frag_custom", "empty_moov"),
    *("cmaf", "dash", "isml", "hybrid_fragmented"),
)
_INEXACT = ("cmaf", "negative_cts_offsets", "frag_every_frame")
"""With these, times shift all the same."""


def with_exact_times(movflags: str) -> str:
    """Return flags with `delay_moov` where they ask for fragments.

    >>> with_exact_times("frag_keyframe+empty_moov"), with_exact_times("+faststart")
    ('frag_keyframe+empty_moov+delay_moov', '+faststart')
    """
    flags = _names(movflags)
    if "delay_moov" in flags or not flags & set(_FRAGMENTING):
        return movflags
    return f"{movflags}+delay_moov"


def inexact_times(movflags: str) -> list[str]:
    """Return a sentence where flags move pictures against the sound."""
    moving = sorted(_names(movflags) & set(_INEXACT))
    if not moving:
        return []
    return [
        f"movflags={'+'.join(moving)} may move pictures and sound by some frames against each "
        "other: an MP4 of that kind does not keep where they start."
    ]


def _names(movflags: str) -> set[str]:
    return set(re.findall(r"(?:^|\+)(\w+)", movflags))
