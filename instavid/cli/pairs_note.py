"""instavid pairs note: facts on the card of a pair."""

import click

from instavid.cli.options import split_pairs


@click.command("note")
@click.argument("pair")
@click.argument("notes", nargs=-1, required=True, metavar="KEY=TEXT...")
def command(*, pair: str, notes: tuple[str, ...]) -> None:
    """Add facts to the card of a pair, such as what it scored; KEY= takes one away.

    \b
    instavid pairs note runs/sheep2giraffe "target rate=0.84 of 2040 instances"
    """
    from instagan.pairs import annotate
    from instavid.zoo import find_own_pair

    found = find_own_pair(pair)
    click.echo(annotate(found, split_pairs(notes, hint="KEY=TEXT")).folder)
