"""The command line of a call, told again for a card."""

import click

from instagan.cli.config_file import as_flags


@click.command()
@click.option("--data")
@click.option("--stages", default="64:10")
@click.option("--margins", multiple=True)
@click.option("--plain", is_flag=True)
@click.option("--compile/--no-compile", default=True)
def train(**_options: object) -> None:
    """Do nothing."""


def told(*words: str) -> list[str]:
    options = train.make_context("train", list(words)).params
    return as_flags(train, options, folders={"data"})


def test_what_is_as_by_default_is_not_told():
    assert told() == []
    assert told("--stages", "64:10", "--compile") == []


def test_what_is_told_gives_the_same_options_again():
    words = ["--stages", "96:5", "--margins", "a", "--margins", "b", "--plain", "--no-compile"]
    assert told(*words) == words


def test_of_a_folder_only_its_name_is_told():
    assert told("--data", "home/of/somebody/pictures") == ["--data", "pictures"]
