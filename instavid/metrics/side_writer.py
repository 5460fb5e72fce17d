"""Draws several videos side by side into one file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from instavid import __version__
from instavid.errors import UsageError
from instavid.metrics.side_layout import SideLayout
from instavid.picture import rgb_to_planes
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource
from instavid.types import ByteArray, Frame

_MADE_BY_MODEL = "compositeWithTrainedAlgorithmicMedia"


@dataclass(frozen=True)
class CompareSettings:
    """The options of `instavid compare`; see its help."""

    videos: tuple[str, ...]
    output: str | None = None
    sheet: str | None = None
    columns: int = 6
    labels: tuple[str, ...] = ()
    overwrite: bool = False
    encoding: Mapping[str, Any] = field(default_factory=dict)
    """codec, crf, preset, pix_fmt and options of `FileSink`."""

    def __post_init__(self) -> None:
        if self.output is None and self.sheet is None:
            raise UsageError("nothing to write: give -o side.mp4, --sheet sheet.png, or both")
        if self.output is not None and len(self.videos) < 2:
            raise UsageError("one video has nothing beside it: give another, or only --sheet")
        if self.labels and len(self.labels) != len(self.videos):
            raise UsageError(f"{len(self.labels)} labels for {len(self.videos)} videos")


class SideWriter:
    """Draws frames side by side and sends them to a file."""

    def __init__(self, settings: CompareSettings, sources: Sequence[FileSource]) -> None:
        """Prepare the file; errors are those of `FileSink`.

        Args:
            settings: With an output.
            sources: Entered by the caller; the first lends its time and its sound.
        """
        self._layout = SideLayout.of([source.info.picture for source in sources])
        self._captions = [self._layout.caption(label) for label in settings.labels]
        first = sources[0].info
        info = replace(
            first, picture=self._layout.picture, field_order="progressive", display_matrix=None
        )
        self.sink = FileSink(
            str(settings.output),
            like=info,
            carry=sources[0].carried,
            overwrite=settings.overwrite,
            provenance=_provenance(sources),
            inputs=settings.videos,
            **settings.encoding,
        )

    def write(self, frames: Sequence[Frame], pictures: Sequence[ByteArray]) -> None:
        """Append one picture, at the time of the first frame."""
        whole = self._layout.draw(pictures, self._captions)
        planes = rgb_to_planes(whole, self._layout.picture)
        self.sink.write(replace(frames[0], planes=planes, picture=self._layout.picture))


def _provenance(sources: Sequence[FileSource]) -> dict[str, str]:
    """Return what the container's tag says; what a model painted stays marked as such."""
    said = {
        "tool": f"instavid {__version__} compare",
        "videos": ", ".join(Path(source.info.name).name for source in sources),
    }
    tags = " ".join(text for source in sources for text in source.carried.metadata.values())
    return said | ({"DigitalSourceType": _MADE_BY_MODEL} if _MADE_BY_MODEL in tags else {})
