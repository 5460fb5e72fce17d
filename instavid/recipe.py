"""The options of a run: kept in the result's comment, and taken up again by a replay.

They are kept as the command line calls them, with the values that were at work, defaults or not, so
that a default that changes later does not change a replay. What is left to a pair's card or to the
segmentation weights has no value here: their digests are kept. Files are kept by their names
only, so that no folder of a user's gets into a result.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from instagan.cards import is_name
from instavid.castings import ChosenPair
from instavid.core.adjusting import AS_IT_IS, Adjustments
from instavid.core.timespan import TimeSpan
from instavid.errors import InputError, UsageError
from instavid.option_texts import option_texts
from instavid.selection import parse_selection

if TYPE_CHECKING:
    from instavid.media.encoding_plan import EncodingPlan
    from instavid.results import Encoding

KEY = "options"
"""Under which the comment has them, as its last entry."""
SINGLE = (
    *("classes", "seg_model", "imgsz", "conf", "feather", "sharpen", "batch"),
    *("start", "end", "duration", "codec", "crf", "preset", "pix_fmt"),
    *("deinterlace", "scale", "fps", "audio", "subs", "metadata"),
)
"""Options that are given once."""
SEVERAL = ("pair", "encoder_option")
"""Options that may be given several times."""

_AS_IT_IS = {"deinterlace": "false", "audio": "copy", "subs": "true", "metadata": "true"}
"""What `Adjustments` do not tell, for it changes nothing."""
_VERSION = re.compile(r"(?:^|; )tool=instavid ([^;]*)")
_DIGEST = re.compile(r"[0-9a-f]{64}")
# Encoders read and write files that these name, or that are named within them.
_FILE_OPTIONS = re.compile(r"pass|stats|passlogfile|.*(params|opts)|.*(log|file|dump|path).*", re.I)
_PLAIN = re.compile(r"[\w.,:+=\- ]*")


@dataclass(frozen=True)
class Recipe:
    """What is needed to repeat a run."""

    options: Mapping[str, str | tuple[str, ...]]
    """By their names on the command line, as texts."""
    input: str = ""
    """Name of the input file, empty where it was none."""
    pairs: tuple[str, ...] = ()
    """SHA-256 of each pair's card, in the order of `pair`."""
    segmenter: str = ""
    """SHA-256 of the segmentation weights, empty where it was not known."""
    container: str = ""
    """FFmpeg's name of the output's container, where the encoder was chosen for it."""
    version: str = ""
    """Of instavid, empty where the comment does not tell."""


def record(
    *,
    input: str | Path,
    chosen: Sequence[ChosenPair],
    classes: Sequence[str],
    seg_model: str | Path,
    seg_sha256: str,
    span: TimeSpan,
    adjust: Adjustments = AS_IT_IS,
    encoding: "Encoding",
    plan: "EncodingPlan",
    **steering: float | None,
) -> str:
    """Return the options of a run as compact JSON in ASCII.

    Args:
        input: What was read.
        chosen: The pairs at work.
        classes: As they were asked for.
        seg_model: As it was asked for.
        seg_sha256: Of the weights, empty where it is not known.
        span: The part of the input.
        adjust: What was changed of it first.
        encoding: How the result was asked to be written.
        plan: How it is.
        steering: imgsz, conf, feather, sharpen and batch.
    """
    texts = option_texts(span=span, adjust=adjust, encoding=encoding)
    options = {
        "input": Path(input).name if Path(input).is_file() else "",
        "pair": [_spec(choice) for choice in chosen],
        "pair_sha256": [choice.pair.card.sha256 for choice in chosen],
        "classes": ",".join(classes),
        "seg_model": Path(seg_model).name,
        "seg_sha256": seg_sha256,
        **steering,
        **_AS_IT_IS,
        **texts,
        **_encoder(plan, encoding),
    }
    given = {name: value for name, value in options.items() if value not in (None, "", [])}
    return json.dumps(given, separators=(",", ":"))


def _encoder(plan: "EncodingPlan", encoding: "Encoding") -> dict[str, str | list[str]]:
    """Return the encoder that is at work, and its options, those of the defaults as well."""
    settled = dict(plan.encoder.options)
    own = {"crf": settled.pop("crf", ""), "preset": settled.pop("preset", "")}
    if movflags := (encoding.options or {}).get("movflags"):
        settled["movflags"] = movflags
    options = [f"{key}={value}" for key, value in settled.items()]
    return {
        "codec": plan.encoder.name if plan.joint is None else encoding.codec,
        "container": plan.container if encoding.codec in ("auto", "copy-like") else "",
        **own,
        "encoder_option": [option for option in options if _names_no_file(option)],
    }


def find(comment: str) -> Recipe | None:
    """Return the options that a comment ends with, None where it has none.

    Raises:
        InputError: They are none that instavid wrote, or name files.

    >>> find('Summer; tool=instavid 1; options={"pair":["a:AtoB"],"input":"b.mp4"}').options
    {'pair': ('a:AtoB',)}
    """
    for match in re.finditer(rf"(?:^|; ){KEY}=", comment):
        try:
            found = json.loads(comment[match.end() :])
        except ValueError:
            continue
        if isinstance(found, dict):
            versions = _VERSION.findall(comment[: match.start()])
            return _recipe(found, version=versions[-1] if versions else "")
    return None


def _recipe(found: dict[str, Any], *, version: str) -> Recipe:
    options: dict[str, str | tuple[str, ...]] = {}
    for name in SINGLE:
        if name in found:
            options[name] = _text(name, found[name])
    for name in SEVERAL:
        if name in found:
            options[name] = tuple(_texts(name, found[name]))
    for spec in options.get("pair", ()):
        _check_pair(spec)
    segmenter = options.get("seg_model", "")
    if segmenter != Path(str(segmenter)).name:
        raise InputError(f"The options of the run name a folder: '{segmenter}'. Give --seg-model.")
    for option in options.get("encoder_option", ()):
        if not _names_no_file(option):
            raise InputError(
                f"The options of the run may name a file: '{option}'. Repeat it by hand with -e."
            )
    name = found.get("input", "")
    return Recipe(
        options,
        input=name if isinstance(name, str) and name == Path(name).name else "",
        pairs=tuple(_digests(found.get("pair_sha256", []))),
        segmenter=next(_digests([found.get("seg_sha256")]), ""),
        container=_text("container", found.get("container", "")),
        version=version,
    )


def _check_pair(spec: str) -> None:
    try:
        pair = parse_selection(spec).pair
    except UsageError as error:
        raise InputError(f"The options of the run are damaged: {error}") from error
    if not is_name(pair):
        raise InputError(f"The options of the run name a folder: '{pair}'. Give the pair with -p.")


def _spec(choice: ChosenPair) -> str:
    selection = choice.selection
    selector = f"@class:{','.join(selection.classes)}" if selection.classes else ""
    return f"{choice.pair.card.name}{selector}:{selection.direction}"


def _names_no_file(option: str) -> bool:
    key, _, value = option.partition("=")
    return not _FILE_OPTIONS.fullmatch(key) and _PLAIN.fullmatch(value) is not None


def _text(name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise InputError(f"The options of the run are damaged: {name} is {value!r}.")
    return str(value)


def _texts(name: str, values: object) -> Iterator[str]:
    for value in values if isinstance(values, list) else [values]:
        yield _text(name, value)


def _digests(values: object) -> Iterator[str]:
    for value in values if isinstance(values, list) else []:
        if isinstance(value, str) and _DIGEST.fullmatch(value):
            yield value
