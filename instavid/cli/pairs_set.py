"""instavid pairs set: how what a pair makes is shown."""

import click

from instavid.cli.pair_options import parse_amounts, parse_sides


@click.command("set")
@click.argument("pair")
@click.option(
    "--faces",
    multiple=True,
    metavar="DIR=SIDE",
    help="Where all that it makes looks: left or right, or any to take that away.",
)
@click.option(
    "--sharpen", multiple=True, metavar="DIR=AMOUNT", help="Detail to add, 0 (none) to 10."
)
def command(*, pair: str, faces: tuple[str, ...], sharpen: tuple[str, ...]) -> None:
    """Say on the card of a pair how 'run' shows what it makes.

    \b
    instavid pairs set runs/sheep2giraffe --faces AtoB=right --sharpen AtoB=1.5

    Training does not teach a generator that what faces left must face left afterwards. Look at a
    contact sheet: if all face the same way, say which, and 'run' mirrors the crops of what walks
    the other way. If all are soft, try 'eval pair --sharpen' on pictures that were trained on.
    """
    from instagan.pairs import adjust
    from instavid.zoo import find_own_pair

    if not faces and not sharpen:
        raise click.UsageError("nothing to say: give --faces or --sharpen")
    found = find_own_pair(pair)
    changed = adjust(
        found,
        faces=parse_sides(faces, known=found.card.faces),
        sharpen=parse_amounts(sharpen, known=found.card.sharpen),
    )
    click.echo(changed.folder)
