"""Where a run can go on from, and who keeps such places; the files are `instavid.resuming`'s."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from instavid.types import Frame


@dataclass(frozen=True)
class Bookmark:
    """A frame before which everything was written down."""

    frames: int
    """How many frames lie before it."""
    follower: bytes
    """What the follower knew before it, see `TrackedFrame.known_before`."""
    tally: dict[str, Any]
    """What had been counted, see `instavid.reports.Tally`."""
    last: Frame | None = None
    """The last frame before it, as it came from the source."""


class Keeper(Protocol):
    """Keeps the bookmarks of a run."""

    @property
    def every(self) -> int:
        """How many frames lie between two bookmarks."""
        ...

    @property
    def begin(self) -> Bookmark | None:
        """Where the run goes on from, None for the start."""
        ...

    def replay(self, frames: Iterator[Frame], *, on_frame: Callable[[int], bool]) -> bool:
        """Take the frames before the bookmark from the iterator, and copy what was made of them.

        Args:
            frames: From the start of the video.
            on_frame: Called after each with how many there were; False ends it.

        Returns:
            Whether all of them were copied.
        """
        ...

    def keep(self, bookmark: Bookmark) -> None:
        """Write a bookmark down, with all that was encoded before it."""
        ...
