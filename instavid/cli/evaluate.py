"""instavid eval: how good a pair, a result or a segmenter is."""

import click

from instavid.cli.lazy import LazyGroup

_COMMANDS = {
    "pair": ("instavid.cli.eval_pair", "How often a detector takes what a pair paints for real."),
    "segmenter": ("instavid.cli.eval_segmenter", "How well a segmenter finds known objects."),
    "video": ("instavid.cli.eval_video", "How steady a result is, and what else it changed."),
}


@click.group("eval", cls=LazyGroup, lazy=_COMMANDS)
def command() -> None:
    """Measure how good a pair, a result or a segmenter is."""
