"""instavid pairs: list, show, import and annotate domain pairs."""

import json
from pathlib import Path

import click

from instagan.cli.domains import domain_options, parse_domains, parse_margins
from instavid.cli.options import split_pairs
from instavid.cli.pair_options import parse_amounts, parse_sides, parse_size


@click.group("pairs")
def command() -> None:
    """List, show and import domain pairs."""


@command.command("path")
def show_path() -> None:
    """Print the folder where your pairs live; those that came with instavid lie in the package."""
    from instagan.pairs import pairs_folder

    click.echo(pairs_folder())


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_all(*, as_json: bool) -> None:
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


@command.command("show")
@click.argument("pair")
def show(*, pair: str) -> None:
    """Print the card of a pair, as JSON, with where it lies and its digest."""
    from instagan.cards import card_content
    from instagan.pairs import find_pair
    from instavid.zoo import pair_places

    found = find_pair(pair, pair_places())
    content = card_content(found.card)
    place = {"folder": str(found.folder), "sha256": found.card.sha256}
    click.echo(json.dumps({**content, **place}, indent=2))


@command.command("import")
@click.argument("weights_a_to_b", metavar="G_A.pth")
@click.argument("weights_b_to_a", metavar="[G_B.pth]", required=False)
@click.option("--name", required=True, help="What to call the pair, such as sheep2giraffe.")
@click.option("--size", required=True, metavar="HxW", help="Working size that it was trained at.")
@domain_options
@click.option("--ins-per", default=2, type=click.IntRange(1), help="Instances translated at once.")
@click.option("-y", "--overwrite", is_flag=True, help="Replace a pair of that name.")
def import_weights(
    *,
    weights_a_to_b: str,
    weights_b_to_a: str | None,
    name: str,
    size: str,
    domain_a: str | None,
    domain_b: str | None,
    margins: tuple[str, ...],
    ins_per: int,
    overwrite: bool,
) -> None:
    """Import generators in the layout of the InstaGAN authors (200_net_G_A.pth).

    \b
    instavid pairs import 200_net_G_A.pth 200_net_G_B.pth --name sheep2giraffe --size 200x200

    Width and depth are read from the weights. Domains are read from a name of the form A2B, and
    their detector classes are their names, unless --domain-a and --domain-b say otherwise.
    """
    from instagan.cards import NAME_RULE, is_name
    from instagan.importing import import_pth
    from instagan.pairs import pairs_folder
    from instavid.errors import OutputExistsError

    if not is_name(name):
        raise click.BadParameter(f"'{name}'; {NAME_RULE}", param_hint="--name")
    folder = pairs_folder() / name
    if folder.exists() and not overwrite:
        raise OutputExistsError(f"there is a pair {name} in {folder.parent}: add -y to replace it")
    a, b = parse_domains(name, domain_a, domain_b)
    pair = import_pth(
        Path(weights_a_to_b),
        Path(weights_b_to_a) if weights_b_to_a else None,
        folder=folder,
        working_size=parse_size(size),
        domain_a=a,
        domain_b=b,
        crop_margins=parse_margins(margins),
        ins_per=ins_per,
        overwrite=overwrite,
    )
    ways = " and ".join(pair.card.directions)
    width, depth = pair.card.architecture.base_width, pair.card.architecture.blocks
    click.echo(f"{name}: {a.name} <-> {b.name}, {ways}, width {width}, {depth} blocks")
    click.echo(pair.folder)


@command.command("note")
@click.argument("pair")
@click.argument("notes", nargs=-1, required=True, metavar="KEY=TEXT...")
def note(*, pair: str, notes: tuple[str, ...]) -> None:
    """Add facts to the card of a pair, such as what it scored; KEY= takes one away.

    \b
    instavid pairs note runs/sheep2giraffe "target rate=0.84 of 2040 instances"
    """
    from instagan.pairs import annotate, find_pair, pairs_folder

    found = find_pair(pair, [pairs_folder()])
    click.echo(annotate(found, split_pairs(notes, hint="KEY=TEXT")).folder)


@command.command("set")
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
def adjust_pair(*, pair: str, faces: tuple[str, ...], sharpen: tuple[str, ...]) -> None:
    """Say on the card of a pair how 'run' shows what it makes.

    \b
    instavid pairs set runs/sheep2giraffe --faces AtoB=right --sharpen AtoB=1.5

    Training does not teach a generator that what faces left must face left afterwards. Look at a
    contact sheet: if all face the same way, say which, and 'run' mirrors the crops of what walks
    the other way. If all are soft, try 'eval pair --sharpen' on pictures that were trained on.
    """
    from instagan.pairs import adjust, find_pair, pairs_folder

    if not faces and not sharpen:
        raise click.UsageError("nothing to say: give --faces or --sharpen")
    found = find_pair(pair, [pairs_folder()])
    changed = adjust(
        found,
        faces=parse_sides(faces, known=found.card.faces),
        sharpen=parse_amounts(sharpen, known=found.card.sharpen),
    )
    click.echo(changed.folder)
