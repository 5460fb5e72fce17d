"""A command whose options may come from a TOML file, and go into one."""

import difflib
import json
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import click

FILE_NAME = "run.toml"
"""In a run's folder: the options that it was last called with."""
# What differs from one call of a run to the next.
_OF_A_CALL = ("config", "resume", "output", "init")


class ConfiguredCommand(click.Command):
    """Takes the options that are not given as flags from the file that --config names.

    With --resume and no --config, from what the run's folder keeps.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Look for the file first: its values are defaults, which click checks like flags."""
        given, _, _ = self.make_parser(ctx).parse_args(list(args))
        path = given.get("config")
        kept = Path(given.get("output") or "") / FILE_NAME
        if path is None and given.get("resume") and given.get("output") and kept.exists():
            path = kept
        if path is not None:
            ctx.default_map = {**(ctx.default_map or {}), **_read(Path(path), ctx)}
        return super().parse_args(ctx, args)


def write_options(command: click.Command, options: Mapping[str, Any]) -> str:
    """Return the options of a call as the text of a file that --config takes.

    Args:
        command: whose options they are.
        options: by name, as click gave them; those that are None or empty are left out.
    """
    lines = []
    for key, option in _options(command).items():
        value = options.get(option.name or "")
        if value is not None and value != ():
            lines.append(f"{key} = {json.dumps(list(value) if option.multiple else value)}\n")
    return "".join(lines)


def as_flags(
    command: click.Command, options: Mapping[str, Any], *, folders: Collection[str] = ()
) -> list[str]:
    """Return the options of a call that are not as they are by default, as a shell takes them.

    Args:
        command: whose options they are.
        options: by name, as click gave them.
        folders: names of options of which only what the path ends in is told.
    """
    words = []
    for key, option in _options(command).items():
        value = options.get(option.name or "")
        if value in (None, (), option.default) or (value is False and not option.secondary_opts):
            continue
        if isinstance(value, bool):
            words.append(f"--{key}" if value else max(option.secondary_opts, key=len))
            continue
        for each in value if option.multiple else [value]:
            words += [f"--{key}", Path(each).name if option.name in folders else str(each)]
    return words


def _read(path: Path, ctx: click.Context) -> dict[str, Any]:
    """Return a file's values by the names of the options of the context's command.

    Keys are the names of the flags, as in `mask-errors = 0.3`.

    Raises:
        click.UsageError: It cannot be read, or has a key that is no flag, or a value of no use.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise click.UsageError(f"cannot read {path}: {fault.strerror}", ctx) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise click.UsageError(f"{path} is no TOML file: {fault}", ctx) from None
    known, found = _options(ctx.command), {}
    for name, value in table.items():
        key = name.replace("_", "-")
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean '{close[0]}'?" if close else "keys are the names of flags"
            raise click.UsageError(f"{path} has the unknown key '{name}'; {hint}", ctx)
        several = known[key].multiple
        if isinstance(value, dict) or isinstance(value, list) != several:
            wanted = "a list" if several else "a text, a number, true or false"
            raise click.UsageError(f"'{name}' in {path} is {value!r}; use {wanted}", ctx)
        found[known[key].name or key] = value
    return found


def _options(command: click.Command) -> dict[str, click.Option]:
    """Return the options that may be in a file, by the names of their flags."""
    return {
        max(option.opts, key=len).removeprefix("--"): option
        for option in command.params
        if isinstance(option, click.Option) and option.name not in _OF_A_CALL
    }
