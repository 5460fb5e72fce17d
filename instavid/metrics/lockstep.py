"""Several videos read frame by frame at once, until the shortest ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from instavid.sources.file import FileSource
from instavid.types import Frame


@dataclass
class Lockstep:
    """Yields one frame of each video; knows afterwards how they ended."""

    videos: Sequence[FileSource]
    """Entered by the caller."""
    rows: int = 0
    """How many frames of each were given."""
    ended: list[FileSource] = field(default_factory=list)
    """Those that ended; the others go on."""

    def __iter__(self) -> Iterator[tuple[Frame, ...]]:
        for frames in zip_longest(*self.videos):
            pairs = list(zip(self.videos, frames, strict=True))
            self.ended = [video for video, frame in pairs if frame is None]
            if self.ended:
                return
            yield frames
            self.rows += 1
        self.ended = list(self.videos)

    @property
    def longer(self) -> FileSource | None:
        """Return a video that goes on after another ended, if there is one."""
        return next((video for video in self.videos if video not in self.ended), None)

    def damage(self) -> list[str]:
        """Return what is known to be broken in the videos that were read to their ends."""
        reports = [(video.info, video.report()) for video in self.ended]
        return [
            f"{info.name}: {said}"
            for info, report in reports
            if not report.is_complete
            for said in report.warnings
            if said not in info.warnings
        ]
