"""instavid: turn the animals in a video into other animals and leave the rest of the picture alone."""

__version__ = "0.1.0"
