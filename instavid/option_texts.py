"""Options as a user types them, of the values that a run works with."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from instavid.core.adjusting import Adjustments
from instavid.core.timespan import Moment, TimeSpan

if TYPE_CHECKING:
    from instavid.results import Encoding

_SWITCHES = {"deinterlace": "--deinterlace", "subs": "--no-subs", "metadata": "--no-metadata"}
"""Those that take no value, by the option whose other side they are."""


def option_texts(
    *, span: TimeSpan, adjust: Adjustments, encoding: "Encoding"
) -> dict[str, str | list[str]]:
    """Return the options of the command line, by their names there; empty where not given."""
    return {
        **{name: _moment(getattr(span, name)) for name in ("start", "end", "duration")},
        **adjust.as_options(),
        "codec": encoding.codec if encoding.codec != "auto" else "",
        "crf": "" if encoding.crf is None else repr(encoding.crf).removesuffix(".0"),
        "preset": encoding.preset or "",
        "pix_fmt": encoding.pix_fmt or "",
        "encoder_option": [f"{key}={value}" for key, value in (encoding.options or {}).items()],
    }


def as_flags(options: Mapping[str, str | list[str]]) -> dict[str, str]:
    """Return options by their flags, each with its values in one text.

    >>> as_flags({"pix_fmt": "yuv420p", "subs": "false", "encoder_option": ["bf=0", "g=25"]})
    {'--pix-fmt': 'yuv420p', '--no-subs': 'given', '-e': 'bf=0 g=25'}
    """
    found = {}
    for name, value in options.items():
        text = value if isinstance(value, str) else " ".join(value)
        if name == "encoder_option":
            found["-e"] = text
        elif name in _SWITCHES:
            found[_SWITCHES[name]] = "given"
        else:
            found[f"--{name.replace('_', '-')}"] = text
    return found


def _moment(moment: Moment | None) -> str:
    """Return a moment as the command line takes it, to the nanosecond."""
    if moment is None:
        return ""
    if moment.seconds is None:
        return str(moment.frames)
    whole, rest = divmod(round(moment.seconds * 10**9), 10**9)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".") + "s"
