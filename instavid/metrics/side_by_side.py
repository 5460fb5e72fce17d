"""What `instavid compare` makes: videos side by side, and a sheet of frames from all of them."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from instavid.metrics.lockstep import Lockstep
from instavid.metrics.png import check_sheet_path, write_png
from instavid.metrics.side_sheet import SideSheet
from instavid.metrics.side_writer import CompareSettings, SideWriter
from instavid.sinks.result import SinkResult
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
    damage: tuple[str, ...]
    """What is broken in the videos."""


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
    target = (
        check_sheet_path(settings.sheet, overwrite=settings.overwrite, inputs=settings.videos)
        if settings.sheet is not None
        else None
    )
    sheet = SideSheet(_names(settings), settings.columns) if target is not None else None
    with ExitStack() as stack:
        sources = [stack.enter_context(FileSource(video)) for video in settings.videos]
        writer = SideWriter(settings, sources) if settings.output is not None else None
        if writer is not None:
            stack.enter_context(writer.sink)
        on_start(sources[0].info.frame_count_from_header)
        steps, clocks = Lockstep(sources), _Clocks([source.info.name for source in sources])
        for row in steps:
            clocks.compare(row)
            _show(row, writer, sheet)
            on_frame()
        warnings, damage = [*_early_end(steps), *clocks.warnings()], steps.damage()
    if sheet is not None and target is not None:
        write_png(target, sheet.sheet())
    written = writer.sink.result if writer is not None else None
    return CompareReport(
        frames=steps.rows,
        video=written,
        sheet=target,
        warnings=(*warnings, *(written.warnings if written else ())),
        damage=tuple(damage),
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


class _Clocks:
    """Watches whether frames of one number are frames of one time."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._starts: list[float] = []
        self._apart = [0.0] * len(names)

    def compare(self, frames: Sequence[Frame]) -> None:
        """Note how far apart the frames are, counted from the first of each video."""
        times = [float(frame.pts * frame.time_base) for frame in frames]
        self._starts = self._starts or times
        ages = [time - start for time, start in zip(times, self._starts, strict=True)]
        pairs = zip(self._apart, ages, strict=True)
        self._apart = [max(worst, abs(age - ages[0])) for worst, age in pairs]

    def warnings(self) -> list[str]:
        """Return a sentence for each video that is out of step with the first."""
        return [
            f"{name} is up to {worst:.1f} s away from {self._names[0]}: frames are paired by number"
            for name, worst in zip(self._names, self._apart, strict=True)
            if worst > _SAME_TIME
        ]


def _early_end(steps: Lockstep) -> list[str]:
    if steps.longer is None:
        return []
    return [f"{steps.ended[0].info.name} ends after {steps.rows} frames: stopped there"]


def _names(settings: CompareSettings) -> tuple[str, ...]:
    return settings.labels or tuple(Path(video).stem for video in settings.videos)
