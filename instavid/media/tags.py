"""Which metadata tags still hold true of a video that was changed and encoded anew."""

from collections.abc import Mapping

# Written by the muxer itself, or about a file that no longer is.
_OF_CONTAINER = {"major_brand", "minor_version", "compatible_brands", "encoder"}
# About the old coding of a stream; alpha_mode would promise transparency that is gone.
_OF_CODING = {"encoder", "duration", "alpha_mode", "vendor_id", "rotate"}
_OF_CODING_STARTS = ("bps", "number_of_", "_statistics_", "source_id", "duration-")


def clean(tags: Mapping[str, str], *, of_coding: bool = False) -> dict[str, str]:
    """Return the tags to copy, as valid text.

    Args:
        tags: Tags as read.
        of_coding: Also leave out what described how the stream was coded.

    >>> clean({"title": "Meadow", "ENCODER": "x"})
    {'title': 'Meadow'}
    """
    kept = {}
    for key, value in tags.items():
        name = key.lower()
        if name in _OF_CONTAINER:
            continue
        if of_coding and (name in _OF_CODING or name.startswith(_OF_CODING_STARTS)):
            continue
        kept[_valid(key)] = _valid(value)
    return kept


def _valid(text: str) -> str:
    """Replace what was no UTF-8 and was read as surrogates: no muxer could write it."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def with_provenance(tags: Mapping[str, str], provenance: Mapping[str, str]) -> dict[str, str]:
    """Return container tags whose comment also says where the pictures come from.

    >>> with_provenance({"comment": "Summer"}, {"Software": "instavid 1"})
    {'comment': 'Summer; Software=instavid 1'}
    """
    said = "; ".join(f"{key}={value}" for key, value in provenance.items())
    # Matroska reads back COMMENT where MP4 reads back comment.
    key = next((key for key in tags if key.lower() == "comment"), "comment")
    before = tags.get(key, "")
    if not said or said in before:
        return dict(tags)
    return {**tags, key: f"{before}; {said}" if before else said}
