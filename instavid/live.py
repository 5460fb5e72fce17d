"""Cameras and streams as they come: the newest frame first, the others left out."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from instavid.api import (
    DEFAULT_SEGMENTER,
    Encoding,
    build_pipeline,
    file_sink,
    open_source,
    select,
)
from instavid.castings import choose_pairs
from instavid.devices import resolve_device
from instavid.pipeline import Progress
from instavid.reports import PipelineReport
from instavid.selection import Selection
from instavid.sinks.window import WindowSink
from instavid.sources.file import FileSource
from instavid.sources.newest import NewestFrame
from instavid.types import Frame


@dataclass(frozen=True)
class LiveReport:
    """What a live run did."""

    counts: PipelineReport
    dropped: int
    """Frames that came while the networks were busy, and were left out."""
    recorded: Path | None
    """The file that was written, None for a window."""

    def summary(self) -> str:
        """Return the few lines that a person wants to see at the end."""
        counts = self.counts
        fps = counts.frames / counts.seconds if counts.seconds else 0.0
        where = self.recorded if self.recorded is not None else "window"
        return (
            f"{where}: {counts.frames} frames in {counts.seconds:.1f} s ({fps:.1f} fps), "
            f"{self.dropped} left out to stay live\n"
            f"  changed {counts.instances} instances of {counts.tracks} tracks"
        )


def transfigure_live(
    source: str | int,
    output: str | Path | None = None,
    *,
    pair: str | Selection | Sequence[Selection],
    classes: Sequence[str] = (),
    seg_model: str | Path = DEFAULT_SEGMENTER,
    imgsz: int = 640,
    conf: float = 0.25,
    device: str = "auto",
    feather: int = 4,
    encoding: Encoding = Encoding(),  # noqa: B008 - frozen
    overwrite: bool = False,
    duration_seconds: float | None = None,
    stop: threading.Event | None = None,
) -> LiveReport:
    """Transfigure a camera or a stream until it ends, the window is closed, or `stop` is set.

    Args:
        source: A camera number, or anything that FFmpeg opens.
        output: A file to record to; None opens a window.
        duration_seconds: Stop after this time.
        pair, classes, seg_model, imgsz, conf, device, feather, encoding, overwrite, stop: As for
            `instavid.api.transfigure`.

    Raises:
        InputError: The camera or stream cannot be read.
        UnavailableError: There is no display for a window, or the device is not there.
    """
    stop = stop or threading.Event()
    chosen = choose_pairs(select(pair), classes=classes)
    torch_device = resolve_device(device)
    with ExitStack() as stack:
        camera = stack.enter_context(open_source(_place(source)))
        sink = (
            WindowSink("instavid")
            if output is None
            else file_sink(
                Path(output), camera, encoding=encoding, chosen=chosen, overwrite=overwrite
            )
        )
        pipeline = build_pipeline(
            chosen,
            seg_model=seg_model,
            imgsz=imgsz,
            conf=conf,
            device=torch_device,
            batch=1,
            depth=1,
            feather=feather,
        )
        newest = stack.enter_context(NewestFrame(_Paced(camera)))
        stack.enter_context(sink)
        counts = pipeline.run(
            newest, sink, on_progress=_ender(sink, stop, duration_seconds), stop=stop
        )
    return LiveReport(counts, newest.dropped, None if output is None else Path(output))
