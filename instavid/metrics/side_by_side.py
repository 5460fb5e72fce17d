"""What `instavid compare` makes: videos side by side, and a sheet of frames from all of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from instavid.metrics.png import check_sheet_path, write_png
from instavid.metrics.side_sheet import SideSheet
from instavid.metrics.side_writer import CompareSettings, SideWriter
from instavid.sinks.file import SinkResult
from instavid.sources.file import FileSource
from instavid.types import Frame

_SAME_TIME = 0.2  # s


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
        writer = SideWriter(settings, sources) if settings.output is not None else None
        if writer is not None:
            stack.enter_context(writer.sink)
        sheet = SideSheet(_names(settings), settings.columns) if target else None
        warnings: list[str] = []
        on_start(sources[0].info.frame_count_from_header)
        frames = 0
        for row in _rows(sources, warnings):
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


def _show(frames: Sequence[Frame], writer: SideWriter | None, sheet: SideSheet | None) -> None:
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


def _rows(sources: Sequence[FileSource], warnings: list[str]) -> Iterator[tuple[Frame, ...]]:
    """Yield frame by frame until the first video ends; note what does not go together."""
    names = [source.info.name for source in sources]
    starts: list[float] = []
    apart = [0.0] * len(sources)
    for count, frames in enumerate(zip_longest(*sources)):
        if None in frames:
            warnings.append(f"{names[frames.index(None)]} ends after {count} frames: stopped there")
            break
        times = [float(frame.pts * frame.time_base) for frame in frames]
        starts = starts or times
        ages = [time - start for time, start in zip(times, starts, strict=True)]
        apart = [max(worst, abs(age - ages[0])) for worst, age in zip(apart, ages, strict=True)]
        yield frames
    warnings.extend(
        f"{name} is up to {worst:.1f} s away from {names[0]}: frames are paired by number"
        for name, worst in zip(names, apart, strict=True)
        if worst > _SAME_TIME
    )


def _names(settings: CompareSettings) -> tuple[str, ...]:
    return settings.labels or tuple(Path(video).stem for video in settings.videos)
