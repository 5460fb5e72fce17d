"""instavid pairs: list, show, import, annotate and export domain pairs."""

import click

from instavid.cli.lazy import LazyGroup

_COMMANDS = {
    "export": ("instavid.cli.pairs_export", "Write a pair as ONNX or TorchScript, and check it."),
    "import": ("instavid.cli.pairs_import", "Import generators of the InstaGAN authors' code."),
    "list": ("instavid.cli.pairs_list", "List your pairs and those that came with instavid."),
    "note": ("instavid.cli.pairs_note", "Add facts to the card of a pair."),
    "path": ("instavid.cli.pairs_path", "Print the folder where your pairs live."),
    "set": ("instavid.cli.pairs_set", "Say on the card how what a pair makes is shown."),
    "show": ("instavid.cli.pairs_show", "Print the card of a pair."),
}


@click.group("pairs", cls=LazyGroup, lazy=_COMMANDS)
def command() -> None:
    """List, show, import, annotate and export domain pairs."""
