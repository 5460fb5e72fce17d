"""What `instavid compare` makes: videos side by side, and a sheet of frames from all of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from instavid import __version__
from instavid.errors import UsageError
from instavid.metrics.png import check_sheet_path, write_png
from instavid.metrics.side_layout import SideLayout
from instavid.metrics.side_sheet import SideSheet
from instavid.picture import rgb_to_planes
from instavid.sinks.file import FileSink, SinkResult
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


@dataclass(frozen=True)
class CompareReport:
    """What was written."""

    frames: int
    video: SinkResult | None
    sheet: Path | None
    warnings: tuple[str, ...]


def compare_videos(
    settings: CompareSettings,
    *,
    on_start: Callable[[int | None], None] = lambda frames: None,
    on_frame: Callable[[], None] = lambda: None,
) -> CompareReport:
    """Put videos side by side, frame by frame, and some of their frames on a sheet.

    Time stamps, sound and tags are those of the first video.

    Args:
        settings: What to make.
        on_start: Is told how many frames the first video says it has.
        on_frame: Called after each.

    Raises:
        InputError: A video cannot be read.
        OutputError: A file cannot be written.
        UsageError: The encoder does not take the options.
    """
    target = settings.sheet and check_sheet_path(
        settings.sheet, overwrite=settings.overwrite, inputs=settings.videos
    )
    with ExitStack() as stack:
        sources = [stack.enter_context(FileSource(video)) for video in settings.videos]
        writer = _Writer(settings, sources) if settings.output is not None else None
        if writer is not None:
            stack.enter_context(writer.sink)
        sheet = SideSheet(_names(settings), settings.columns) if target else None
        warnings = _rate_warnings(sources)
        on_start(sources[0].info.frame_count_from_header)
        frames = 0
        for row in _while_all_last(sources, warnings):
            _show(row, writer, sheet)
            frames += 1
            on_frame()
    if sheet is not None and target:
        write_png(Path(target), sheet.sheet())
    written = writer.sink.result if writer is not None else None
    return CompareReport(
        frames=frames,
        video=written,
        sheet=Path(target) if target else None,
        warnings=(*warnings, *(written.warnings if written else ())),
    )


class _Writer:
    """Draws frames side by side and sends them to a file."""

    def __init__(self, settings: CompareSettings, sources: Sequence[FileSource]) -> None:
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


def _show(frames: Sequence[Frame], writer: _Writer | None, sheet: SideSheet | None) -> None:
    on_sheet = sheet is not None and sheet.takes_next
    if sheet is not None and not on_sheet:
        sheet.skip()
    if not on_sheet and writer is None:
        return
    pictures = [frame.rgb() for frame in frames]
    if writer is not None:
        writer.write(frames, pictures)
    if sheet is not None and on_sheet:
        sheet.add(frames, pictures)


def _while_all_last(
    sources: Sequence[FileSource], warnings: list[str]
) -> Iterator[tuple[Frame, ...]]:
    """Yield frame by frame until the first video ends; say so if another goes on."""
    for count, frames in enumerate(zip_longest(*sources)):
        ended = [source for source, frame in zip(sources, frames, strict=True) if frame is None]
        if ended:
            warnings.append(f"{ended[0].info.name} ends after {count} frames: stopped there")
            return
        yield frames


def _rate_warnings(sources: Sequence[FileSource]) -> list[str]:
    rates = [float(source.info.average_frame_rate or 0) for source in sources]
    first = sources[0].info.name
    return [
        f"{source.info.name} has another frame rate than {first}: frames are paired by number"
        for source, rate in zip(sources, rates, strict=True)
        if abs(rate - rates[0]) > 0.1
    ]


def _names(settings: CompareSettings) -> tuple[str, ...]:
    return settings.labels or tuple(Path(video).stem for video in settings.videos)


def _provenance(sources: Sequence[FileSource]) -> dict[str, str]:
    """Return what the container's tag says; what a model painted stays marked as such."""
    said = {
        "tool": f"instavid {__version__} compare",
        "videos": ", ".join(Path(source.info.name).name for source in sources),
    }
    tags = " ".join(text for source in sources for text in source.carried.metadata.values())
    return said | ({"DigitalSourceType": _MADE_BY_MODEL} if _MADE_BY_MODEL in tags else {})
