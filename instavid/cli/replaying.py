"""run --replay: the options of an earlier run, out of its result."""

import logging
from pathlib import Path
from typing import Any

import click

from instavid import __version__
from instavid.cli.options import split_pairs
from instavid.errors import InputError, ModelError, OutputError, UsageError
from instavid.media.comment import read_comment
from instavid.media.copying.joining import COPY_LIKE
from instavid.media.encoders import ASK_FOR_QUALITY
from instavid.media.output_path import container_name
from instavid.recipe import Recipe, find
from instavid.replay import differences

_log = logging.getLogger(__name__)

# What goes with an option that is given anew, and is not taken up without it.
_BELONGING = {
    "pair": ("classes",),
    "codec": ("crf", "preset", "pix_fmt", "encoder_option"),
    **dict.fromkeys(("start", "end", "duration"), ("start", "end", "duration")),
}


def take_up(
    ctx: click.Context, options: dict[str, Any], *, source: str | None
) -> tuple[str, dict[str, Any]]:
    """Return the input and the options of a run that repeats an earlier one.

    Args:
        ctx: Of the command, which tells what was given and checks what is taken up.
        options: Of the command; `replay` is the result of the earlier run.
        source: The input, None for the file of the recorded name beside the result.

    Raises:
        InputError: The result cannot be read, or does not tell how it was made.
        ModelError: A model is not what it was, and the command is strict.
        UsageError: No input is given, and none is recorded.
    """
    result = Path(options["replay"])
    recipe = find(read_comment(result))
    if recipe is None:
        raise InputError(
            f"{result} does not tell how it was made: there are no options of instavid in its "
            "comment."
        )
    given = {name for name in options if _is_given(ctx, name)}
    output = options["output"] or str(result.with_stem(f"{result.stem}_replay"))
    left_out = _with_belonging(given)
    if ASK_FOR_QUALITY & split_pairs(options["encoder_option"]).keys():
        left_out.add("crf")
    if recipe.container and recipe.container != _container(output):
        # The encoder was chosen for the other one; that it was like the input was not.
        left_out.update(_BELONGING["codec"])
        if recipe.options.get("codec") != COPY_LIKE:
            left_out.add("codec")
    taken = {**options, **_converted(ctx, recipe, but=left_out), "output": output}
    if recipe.version not in ("", __version__):
        _log.warning(
            "that run was made by instavid %s, this is %s: the result may differ",
            recipe.version,
            __version__,
        )
    _tell_differences(recipe, given, strict=options["strict"])
    return source or _recorded_input(result, recipe), taken


def _container(output: str) -> str:
    """Return the container of an output, empty where its name does not say."""
    try:
        return container_name(Path(output))
    except OutputError:
        return ""


def _is_given(ctx: click.Context, name: str) -> bool:
    default = (click.core.ParameterSource.DEFAULT, click.core.ParameterSource.DEFAULT_MAP, None)
    return ctx.get_parameter_source(name) not in default


def _with_belonging(given: set[str]) -> set[str]:
    return given.union(*(_BELONGING.get(name, ()) for name in given))


def _converted(ctx: click.Context, recipe: Recipe, *, but: set[str]) -> dict[str, Any]:
    """Return recorded options as the command line would have read them."""
    parameters = {parameter.name: parameter for parameter in ctx.command.params}
    return {
        name: parameters[name].process_value(ctx, value)
        for name, value in recipe.options.items()
        if name not in but
    }


def _tell_differences(recipe: Recipe, given: set[str], *, strict: bool) -> None:
    for difference in differences(
        recipe, with_pairs="pair" not in given, with_segmenter="seg_model" not in given
    ):
        if strict:
            raise ModelError(f"{difference} Go without --strict to run all the same.")
        _log.warning("%s", difference)


def _recorded_input(result: Path, recipe: Recipe) -> str:
    if not recipe.input:
        raise UsageError(f"{result} does not tell what it was made from: give the input as well")
    return str(result.with_name(recipe.input))
