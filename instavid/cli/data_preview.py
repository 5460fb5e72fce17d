"""instavid data preview: pictures of a data set with their masks, on one sheet."""

from pathlib import Path

import click

from instavid.cli.progress import counting_in_lines


@click.command("preview")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("-o", "--output", required=True, metavar="FILE.png", help="Where to write the sheet.")
@click.option("--split", default="train", metavar="NAME", help="Part of the data set.")
@click.option(
    "--count",
    default=32,
    type=click.IntRange(1, 400),
    help="Pictures of each domain, evenly spread over the names.",
)
@click.option("-y", "--overwrite", is_flag=True, help="Replace a sheet that exists.")
@click.pass_context
def command(
    ctx: click.Context, *, folder: Path, output: str, split: str, count: int, overwrite: bool
) -> None:
    """Draw the masks of a data set on its pictures, a block for each domain.

    \b
    instavid data preview data/h2z -o sheet.png

    Each object has a colour of its own; captions tell how many there are, and the picture's name.
    """
    from instavid.datasets.preview import preview_set
    from instavid.metrics.png import check_sheet_path, write_png

    target = check_sheet_path(output, overwrite=overwrite)
    with counting_in_lines("picture", quiet=ctx.obj["quiet"]) as on_picture:
        sheet = preview_set(folder, split, count=count, on_picture=on_picture)
    write_png(target, sheet)
    click.echo(target)
