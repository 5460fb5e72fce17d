"""What a sink says of the file that it wrote."""

from dataclasses import dataclass
from pathlib import Path

from instavid.media.carried import StreamNote


@dataclass(frozen=True)
class SinkResult:
    """What was written."""

    path: Path
    """Where it is: the name that was asked for, or the partial one after an interruption."""
    frames: int
    bytes: int
    encoder: str = ""
    """Which one was at work."""
    copied: int = 0
    """Frames that were copied as the input has them."""
    kept: tuple[StreamNote, ...] = ()
    """Other streams of the input that are in the output."""
    dropped: tuple[StreamNote, ...] = ()
    """Other streams of the input that are not, each with its reason."""
    warnings: tuple[str, ...] = ()
    is_file: bool = True
    """False for a pipe: what was sent is the reader's."""

    @property
    def what_is_left(self) -> str:
        """Return in words what an interrupted run has given."""
        if self.is_file:
            return f"{self.frames} frames are kept in {self.path}"
        return f"{self.frames} frames went to {self.shown}"

    @property
    def shown(self) -> str:
        """Return what messages call it."""
        return "standard output" if self.path == Path("-") else str(self.path)
