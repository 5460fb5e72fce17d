"""Holding what a file says about its pictures and its streams against what was to be said."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from instavid.media.containers import HOLD_CHAPTERS, ISO_MEDIA, LOSE_TAGS, TURN_PICTURES
from instavid.media.encoding_plan import EncodingPlan, codes_pixel_shape
from instavid.media.info import VideoInfo, describe
from instavid.media.ledger import Ledger, StreamEntries
from instavid.media.rationals import to_fraction
from instavid.picture import ColourTags

_HOLD_COLOURS = ("mp4", "mov", "3gp", "matroska", "webm")
_CODE_COLOURS = ("libx264", "libx264rgb", "libx265", "libsvtav1", "libaom-av1", "mpeg2video")
_HOLD_ALL_TAGS = ("matroska", "webm", "nut")
# What FFmpeg's MP4 and MOV muxers write of what they are given.
_ISO_TAGS = ("title", "artist", "album", "comment", "copyright", "genre", "date")
_CHAPTER_ROUNDING = Fraction(1, 1000)


def check_header(
    container: InputContainer, video: VideoStream, first: av.VideoFrame, ledger: Ledger
) -> tuple[list[str], list[str]]:
    """Compare everything that stands beside pictures and packets.

    Args:
        container: The file.
        video: Its main video.
        first: The first picture of that.
        ledger: What was to be written.

    Returns:
        What is wrong and what could not be compared, one sentence each.
    """
    plan = ledger.plan
    info = describe("", container, video, first)
    said, unchecked = _picture(info, plan)
    tags = dict(container.metadata)
    said += _tags(tags, ledger.tags, plan.container)
    lost = _lost_tags(tags, ledger.tags, plan.container)
    if lost:
        unchecked.append(f"Tags: {plan.container} does not hold {', '.join(lost)}.")
    if plan.container in HOLD_CHAPTERS:
        said += _chapters(container.chapters(), ledger.chapters)
    return said, unchecked


def lost_languages(pairs: Sequence[tuple[Stream, StreamEntries]]) -> list[str]:
    """Return a sentence for each copied stream that lost its language."""
    return [
        f"The language of the {entries.note} is {got}, not {entries.language}."
        for stream, entries in pairs
        # MP4 packs three letters from a to z; "und" is none.
        if len(entries.language) == 3 and entries.language.isascii() and entries.language.islower()
        if (got := stream.metadata.get("language", "und")) != entries.language
    ]


def _picture(info: VideoInfo, plan: EncodingPlan) -> tuple[list[str], list[str]]:
    said, unchecked = [], []
    wanted = plan.info.display_matrix
    if plan.container in TURN_PICTURES and info.display_matrix != wanted:
        said.append(f"The display matrix is {_matrix(info)}, not {_matrix(plan.info)}.")
    ratio, got = plan.picture.sample_aspect_ratio, info.picture.sample_aspect_ratio
    if abs(got / ratio - 1) > Fraction(1, min(plan.picture.width, plan.picture.height)):
        if codes_pixel_shape(plan.encoder.name):
            said.append(f"Pixels are {got} wide, not {ratio}.")
        else:
            unchecked.append(f"How wide pixels are: {plan.encoder.name} may not say.")
    colours = _colours(plan)
    if _holds_colours(plan, colours):
        said += [
            f"The colour tag {name} is {getattr(info.picture.tags, name)}, not {value}."
            for name, value in colours.items()
            if getattr(info.picture.tags, name) != value
        ]
    elif colours:
        unchecked.append(f"Colour tags: {plan.encoder.name} in {plan.container} has none.")
    return said, unchecked


def _matrix(info: VideoInfo) -> str:
    return "none" if info.display_matrix is None else str(list(info.display_matrix))


def _colours(plan: EncodingPlan) -> dict[str, int]:
    """Return the colour tags that say something, as FFmpeg's numbers."""
    tags, nothing = plan.picture.tags, ColourTags()
    names = ("range", "space", "transfer", "primaries")
    told = {name: getattr(tags, name) for name in names}
    if plan.converts_to_yuv:
        told |= {"range": 1, "space": int(plan.picture.matrix)}
    if av.VideoFormat(plan.pixel_format, 16, 16).is_rgb or plan.pixel_format.startswith("gray"):
        # Without chroma there is no matrix; RGB has its own range.
        del told["range"], told["space"]
    return {name: value for name, value in told.items() if value != getattr(nothing, name)}


def _holds_colours(plan: EncodingPlan, colours: Mapping[str, int]) -> bool:
    """Return whether the stream or the container has room for colour tags."""
    if plan.encoder.name in _CODE_COLOURS:
        return True
    # FFmpeg's MP4 muxer writes all of them or none.
    is_whole = {"space", "transfer", "primaries"} <= colours.keys()
    return plan.container in _HOLD_COLOURS and (is_whole or plan.container not in ISO_MEDIA)


def _tags(found: Mapping[str, str], wanted: Mapping[str, str], container: str) -> list[str]:
    """Return a sentence for each tag that the container holds and the file does not."""
    if container in LOSE_TAGS:
        return []
    got = {key.lower(): value for key, value in found.items()}
    return [
        f"The tag {key} is {_shown(got.get(key.lower()))}, not {_shown(value)}."
        for key, value in wanted.items()
        if value.strip() and _holds(key, container) and got.get(key.lower()) != value
    ]


def _lost_tags(found: Mapping[str, str], wanted: Mapping[str, str], container: str) -> list[str]:
    got = {key.lower() for key in found}
    return [k for k in wanted if k.lower() not in got and not _holds(k, container)]


def _holds(key: str, container: str) -> bool:
    """Return whether a container holds a tag for sure; all that have any hold a comment."""
    name = key.lower()
    return name == "comment" or (
        name in _ISO_TAGS if container in ISO_MEDIA else container in _HOLD_ALL_TAGS
    )


def _shown(text: str | None) -> str:
    if text is None:
        return "missing"
    return f"'{text[:40]}...'" if len(text) > 40 else f"'{text}'"


def _chapters(found: Sequence[Any], wanted: Sequence[Mapping[str, Any]]) -> list[str]:
    if len(found) != len(wanted):
        return [f"There are {len(found)} chapters, not {len(wanted)}."]
    return [
        f"Chapter {number} is not what was written."
        for number, (got, due) in enumerate(zip(found, wanted, strict=True))
        if abs(_start(got) - _start(due)) > _CHAPTER_ROUNDING or _title(got) != _title(due)
    ]


def _start(chapter: Mapping[str, Any]) -> Fraction:
    return Fraction(chapter["start"]) * (to_fraction(chapter["time_base"]) or 1)


def _title(chapter: Mapping[str, Any]) -> str:
    return str(chapter["metadata"].get("title", ""))
