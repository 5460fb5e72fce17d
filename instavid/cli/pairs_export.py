"""instavid pairs export: a generator for other runtimes, and the proof that it does the same."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

import click

from instagan.cli.interrupts import catch_interrupts

if TYPE_CHECKING:
    from instagan.config import Direction
    from instagan.exporting import Export, FormatName


@click.command("export")
@click.argument("pair")
@click.option("--to", required=True, type=click.Choice(["onnx", "torchscript"]), help="Format.")
@click.option("-o", "--output", metavar="FILE", help="[default: PAIR_DIRECTION.onnx or .pt]")
@click.option("--direction", default="AtoB", type=click.Choice(["AtoB", "BtoA"]))
@click.option(
    "--tolerance",
    type=click.FloatRange(0),
    help="Largest difference allowed, in a range from -1 to 1  [default: half an 8-bit step]",
)
@click.option("-y", "--overwrite", is_flag=True, help="Replace a file that exists.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    context: click.Context,
    *,
    pair: str,
    to: str,
    output: str | None,
    direction: str,
    tolerance: float | None,
    overwrite: bool,
    as_json: bool,
) -> int:
    """Write one direction of a pair as ONNX or TorchScript, and check that it does the same.

    \b
    instavid pairs export horse2zebra --to onnx
    instavid pairs export horse2zebra --to torchscript -o zebra.pt --direction BtoA

    The file is run on one, two and four masks, odd sizes, empty slots and mini-batches of
    instances, beside the pair itself. It is kept only if no result differs by more than the
    tolerance; otherwise the exit code is 8. docs/export.md says how to call it. ONNX needs
    pip install 'instavid[onnx]'.
    """
    from instagan.exporting import FORMATS, TOLERANCE, export_pair
    from instagan.pairs import find_pair
    from instavid.errors import OutputError
    from instavid.outputs import check_target
    from instavid.zoo import pair_places

    found = find_pair(pair, pair_places())
    form, limit = cast("FormatName", to), TOLERANCE if tolerance is None else tolerance
    name = output or f"{found.folder.name}_{direction}{FORMATS[form].suffix}"
    target = check_target(name, overwrite=overwrite)
    way = cast("Direction", direction)
    with catch_interrupts() as interrupts:
        try:
            made = export_pair(found, target, direction=way, to=form, tolerance=limit)
        except KeyboardInterrupt:
            click.echo(f"instavid: stopped, {name} is not written", err=True)
            return interrupts.exit_code
        except OSError as error:
            raise OutputError(f"Cannot write {name}: {error.strerror or error}") from error
    if as_json:
        click.echo(json.dumps(_as_json(made, tolerance=limit)))
    else:
        _show(made, name=name, tolerance=limit, quiet=context.obj["quiet"])
    return 0


def _as_json(made: "Export", *, tolerance: float) -> dict[str, Any]:
    return {
        "schema": 1,
        "path": str(made.path),
        "largest": made.largest,
        "tolerance": tolerance,
        "differences": [asdict(one) for one in made.differences],
        "facts": made.facts,
    }


def _show(made: "Export", *, name: str, tolerance: float, quiet: bool) -> None:
    if not quiet:
        click.echo(f"{'largest difference':42} picture    masks")
        for one in made.differences:
            click.echo(f"  {one.case:40} {one.image:.1e}  {one.masks:.1e}")
        click.echo(f"{made.largest:.1e} at the most, {tolerance:.1e} allowed, from -1 to 1")
    click.echo(name)
