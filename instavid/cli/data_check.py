"""instavid data check: whether a data set can be trained on."""

import json
from pathlib import Path

import click

from instavid.cli.progress import counting_in_lines


@click.command("check")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, *, folder: Path, as_json: bool) -> int:
    """Check that a data set can be trained on, and tell everything that is wrong with it.

    \b
    instavid data check data/h2z

    Reads every picture and mask of trainA, trainA_seg, trainB, ... and of other splits. Areas are
    shares of the picture: the median, the quartiles, the smallest. Overlapping are the pictures in
    which two masks share a pixel.

    A problem is what training or measuring would refuse, and makes the exit code 3. A warning is
    worth a look: an empty mask, one of the whole picture, one object masked twice, a test picture
    that is in train too, a domain with more than twice the masks of the other.
    """
    from instavid.datasets.check import check_set
    from instavid.errors import InputError

    with counting_in_lines("picture", quiet=ctx.obj["quiet"]) as on_picture:
        report = check_set(folder, on_picture=on_picture)
    click.echo(json.dumps(report.to_json()) if as_json else report.table())
    if not report.problems:
        return 0
    click.echo(f"instavid: {len(report.problems)} problems in {folder}", err=True)
    return InputError.exit_code
