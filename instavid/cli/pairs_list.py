"""instavid pairs list: what pairs there are."""

import json

import click


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def command(*, as_json: bool) -> None:
    """List your pairs and those that came with instavid; of one name, yours counts."""
    from instagan.errors import PairError
    from instagan.pairs import list_pairs, load_card, pairs_folder
    from instavid.zoo import is_shipped, pair_places

    rows = []
    for folder in list_pairs(pair_places()):
        try:
            card = load_card(folder)
        except PairError as error:
            click.echo(f"instavid: {error}", err=True)
            continue
        rows.append(
            {
                "name": folder.name,
                "a": card.domain_a.name,
                "b": card.domain_b.name,
                "directions": ", ".join(card.directions),
                "size": "x".join(map(str, card.working_size)),
                "shipped": is_shipped(folder),
            }
        )
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(
            f"{row['name']:24} {row['a']} <-> {row['b']}  {row['directions']}  {row['size']}"
            f"{'  shipped' if row['shipped'] else ''}"
        )
    if not rows:
        click.echo(f"no pairs in {pairs_folder()}; 'instavid pairs import' adds one", err=True)
