"""Where each result goes, settled for all inputs before the first one runs."""

import os
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from instavid.errors import OutputError, UsageError
from instavid.media.output_pipe import OutputPipe

FIELDS = ("stem", "pair", "ext", "n", "parent")


@dataclass(frozen=True)
class Task:
    """One input, and where what is made of it goes."""

    input: str
    output: Path
    masks: Path | None = None
    pipe: OutputPipe | None = None
    """Standard output, where the result goes there."""


def is_pattern(output: str) -> bool:
    """Return whether a name stands for several: a folder, or one with fields in it.

    >>> is_pattern("out/"), is_pattern("{stem}.mkv"), is_pattern("out.mkv")
    (True, True, False)
    """
    return _is_folder(output) or any(f"{{{name}" in output for name in FIELDS)


def plan_tasks(
    inputs: Sequence[str],
    *,
    default: Callable[[str], Path],
    pair: str,
    output: str | None = None,
    masks: str | None = None,
    expanded: frozenset[str] = frozenset(),
) -> tuple[Task, ...]:
    """Settle the outputs of all inputs.

    Args:
        inputs: Files and URLs.
        default: Where the result of an input goes when nobody says, `{stem}_{pair}{ext}`.
        pair: What the pairs are called, together.
        output: A folder, or a template with `{stem}`, `{pair}`, `{ext}` (with its point), `{n}`
            (from 1) and `{parent}` (the folder of the input).
        masks: The same for the masks; a template.
        expanded: Inputs that nobody named. Those that are the output of another one are left out:
            some containers hold no tag that would tell a result of an earlier run.

    Raises:
        UsageError: A template has other fields, or two inputs would write one file.
        OutputError: An output is one of the inputs.
    """
    tasks = []
    for n, name in enumerate(inputs, start=1):
        usual = default(name)
        tasks.append(
            Task(
                name,
                usual if output is None else _named(output, usual, pair=pair, n=n),
                None if masks is None else _named(masks, usual, pair=pair, n=n),
            )
        )
    outputs = {_key(task.output) for task in tasks}
    left = [t for t in tasks if t.input not in expanded or _key(Path(t.input)) not in outputs]
    _refuse_clashes(left)
    return tuple(left)


def _named(pattern: str, usual: Path, *, pair: str, n: int) -> Path:
    if _is_folder(pattern):
        return Path(pattern) / usual.name
    stem = usual.stem.removesuffix(f"_{pair}")
    _check_fields(pattern)
    try:
        return Path(
            pattern.format(stem=stem, pair=pair, ext=usual.suffix, n=n, parent=str(usual.parent))
        )
    except (ValueError, LookupError, AttributeError) as error:
        raise UsageError(f"'{pattern}' is no template for names: {error}") from error


def _check_fields(pattern: str) -> None:
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(pattern)]
    except ValueError as error:
        raise UsageError(f"'{pattern}' is no template for names: {error}") from error
    for field in fields:
        if field is not None and field not in FIELDS:
            known = " ".join(f"{{{name}}}" for name in FIELDS)
            raise UsageError(f"'{pattern}' has the unknown field {{{field}}}: there are {known}")


def _refuse_clashes(tasks: Sequence[Task]) -> None:
    owners: dict[str, str] = {}
    for task in tasks:
        for path in (task.output, task.masks):
            if path is None:
                continue
            owner = owners.setdefault(_key(path), task.input)
            if owner != task.input:
                raise UsageError(
                    f"{owner} and {task.input} would both be written to {path}: give -o (and "
                    "--save-masks) with {stem}, {n} or {parent}"
                )
    for task in tasks:
        owner = owners.get(_key(Path(task.input)), task.input)
        if owner != task.input:
            raise OutputError(f"Cannot write {task.input} for {owner}: it is an input itself.")


def _key(path: Path) -> str:
    return os.path.normcase(path.resolve())


def _is_folder(output: str) -> bool:
    separators = tuple(filter(None, (os.sep, os.altsep)))
    return output.endswith(separators) or Path(output).is_dir()
