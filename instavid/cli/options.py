"""Options that several commands share."""

from collections.abc import Callable
from typing import Any

import click

from instagan.cli.options import Command, add_options
from instagan.config import MOST_SHARPEN
from instavid.defaults import CONFIDENCE, SEGMENTER

NOT_VERIFIED = 8
"""The exit code when a result is not what was written."""
DAMAGED_INPUT = 10
"""The exit code when not all of an input could be decoded."""


def device_option(*own_variables: str) -> Callable[[Command], Command]:
    """Return the option that says where networks run.

    Args:
        own_variables: Of the environment, asked before INSTAVID_DEVICE.
    """
    return click.option(
        "-d",
        "--device",
        default="auto",
        envvar=[*own_variables, "INSTAVID_DEVICE"],
        metavar="auto|cpu|cuda[:N]|mps",
        help="Where the networks run. Only auto may fall back to the CPU.",
    )


def model_options(command: Command) -> Command:
    """Add what says which objects are found, and what is made of them."""
    options: list[Callable[[Command], Command]] = [
        click.option(
            "-p",
            "--pair",
            multiple=True,
            metavar="PAIR[@class:NAME][:AtoB|BtoA]",
            help="What to turn into what: an installed pair or the folder of one. May be given "
            "several times, for different classes.",
        ),
        click.option(
            "--classes",
            metavar="NAME,...",
            help="Classes to change, instead of those that the pair names.",
        ),
        click.option(
            "--seg-model",
            default=SEGMENTER,
            metavar="PATH|NAME",
            help="YOLO-seg weights: a file, `meadow`, or a name that is downloaded once.",
        ),
        click.option(
            "--imgsz",
            type=click.IntRange(32, 4096),
            help="Longer side of what the segmenter sees, px  [default: as it was trained]",
        ),
        click.option(
            "--conf",
            default=CONFIDENCE,
            type=click.FloatRange(0, 1),
            help="Confidence from which a detection counts; within the box of another of its class "
            "0.6 is asked for.",
        ),
        device_option(),
        click.option(
            "--feather",
            default=4,
            type=click.IntRange(0, 100),
            help="Width of the soft edge around changed objects, px.",
        ),
        sharpen_option(),
    ]
    return add_options(command, options)


def sharpen_option() -> Callable[[Command], Command]:
    """Return the option for how much detail is added."""
    return click.option(
        "--sharpen",
        type=click.FloatRange(0, MOST_SHARPEN),
        help="How much detail to add to what is painted  [default: as the pair's card says]",
    )


def encoder_options(command: Command) -> Command:
    """Add what says how the result is encoded."""
    options = [
        click.option(
            "-c",
            "--codec",
            default="auto",
            help=(
                "Video encoder, by FFmpeg's name; auto is libx264 where the container takes it. "
                "copy-like: the input's codec, copied where nothing changes."
            ),
        ),
        click.option("--crf", type=float, help="Quality, lower is better  [default: 18 for x264]"),
        click.option("--preset", help="Speed against size, by the encoder's names."),
        click.option("--pix-fmt", help="Pixel format  [default: as the source]"),
        click.option(
            "-e",
            "--encoder-option",
            multiple=True,
            metavar="KEY=VALUE",
            help="Any other option of the encoder. May be given several times.",
        ),
        click.option("-y", "--overwrite", is_flag=True, help="Replace an output that exists."),
    ]
    return add_options(command, options)


def shared_arguments(options: dict[str, Any]) -> dict[str, Any]:
    """Return what `model_options` and `encoder_options` gathered, as `instavid.api` takes it."""
    from instavid.results import Encoding
    from instavid.selection import parse_selection

    same = ("seg_model", "imgsz", "conf", "device", "feather", "sharpen", "overwrite")
    return {
        "pair": [parse_selection(text) for text in options["pair"]],
        "classes": split_classes(options["classes"]),
        "encoding": Encoding(
            codec=options["codec"],
            crf=options["crf"],
            preset=options["preset"],
            pix_fmt=options["pix_fmt"],
            options=split_pairs(options["encoder_option"]),
        ),
        **{name: options[name] for name in same},
    }


def split_classes(text: str | None) -> tuple[str, ...]:
    """Return the names in a comma-separated list."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def split_pairs(texts: tuple[str, ...], *, hint: str = "-e") -> dict[str, str]:
    """Return KEY=VALUE texts as a dictionary.

    Raises:
        click.BadParameter: One has no key or no equals sign.
    """
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise click.BadParameter(f"'{text}' is not KEY=VALUE", param_hint=hint)
        found[key] = value
    return found
