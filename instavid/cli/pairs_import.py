"""instavid pairs import: generators that were trained with the authors' code."""

from pathlib import Path

import click

from instagan.cli.domains import domain_options, parse_domains, parse_margins
from instavid.cli.pair_options import parse_size


@click.command("import")
@click.argument("weights_a_to_b", metavar="G_A.pth")
@click.argument("weights_b_to_a", metavar="[G_B.pth]", required=False)
@click.option("--name", required=True, help="What to call the pair, such as sheep2giraffe.")
@click.option("--size", required=True, metavar="HxW", help="Working size that it was trained at.")
@domain_options
@click.option("--ins-per", default=2, type=click.IntRange(1), help="Instances translated at once.")
@click.option("-y", "--overwrite", is_flag=True, help="Replace a pair of that name.")
def command(
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
    if weights_b_to_a is None and any(text.startswith("BtoA=") for text in margins):
        raise click.BadParameter("BtoA has no weights: give G_B.pth too", param_hint="--margins")
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
