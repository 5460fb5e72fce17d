"""instavid pairs show: the card of one."""

import json

import click


@click.command("show")
@click.argument("pair")
def command(*, pair: str) -> None:
    """Print the card of a pair, as JSON, with where it lies and its digest."""
    from instagan.cards import card_content
    from instagan.pairs import find_pair
    from instavid.zoo import pair_places

    found = find_pair(pair, pair_places())
    content = card_content(found.card)
    place = {"folder": str(found.folder), "sha256": found.card.sha256}
    click.echo(json.dumps({**content, **place}, indent=2))
