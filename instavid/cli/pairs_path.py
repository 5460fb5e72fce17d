"""instavid pairs path: where pairs live."""

import click


@click.command("path")
def command() -> None:
    """Print the folder where your pairs live; those that came with instavid lie in the package."""
    from instagan.pairs import pairs_folder

    click.echo(pairs_folder())
