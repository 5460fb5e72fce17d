"""instavid data: write data sets to train on, and look after them."""

import click

from instavid.cli.lazy import LazyGroup

_COMMANDS = {
    "check": ("instavid.cli.data_check", "Tell everything that is wrong with a data set."),
    "from-ccp": ("instavid.cli.data_from_ccp", "Take what Clothing Co-Parsing marks."),
    "from-coco": ("instavid.cli.data_from_coco", "Take pictures and masks that COCO JSON marks."),
    "from-images": ("instavid.cli.data_from_images", "Have a segmenter draw masks on photos."),
    "from-mhp": ("instavid.cli.data_from_mhp", "Take what Multi-Human Parsing v1 marks."),
    "from-video": ("instavid.cli.data_from_video", "Take the best views of objects in clips."),
    "meadow": ("instavid.cli.data_meadow", "Render pictures whose every mask is known."),
    "preview": ("instavid.cli.data_preview", "Draw masks on a contact sheet."),
    "split": ("instavid.cli.data_split", "Move pictures with their masks from train to test."),
}


@click.group("data", cls=LazyGroup, lazy=_COMMANDS)
def command() -> None:
    """Write data sets to train on, check them, look at them and set a part aside for tests."""
