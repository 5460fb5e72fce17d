"""A sink for runs whose result nobody wants."""

from typing import Self

from instavid.types import Frame


class Nowhere:
    """Takes frames and keeps none; satisfies `FrameSink`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write(self, frame: Frame) -> None:
        """Let a frame go."""
