"""Cameras and streams as they come: the newest frame first, the others left out."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from instavid.castings import choose_pairs
from instavid.defaults import CONFIDENCE, SEGMENTER
from instavid.devices import resolve_device
from instavid.interfaces import FrameSource
from instavid.networks import build_pipeline
from instavid.pipeline import Progress
from instavid.reports import PipelineReport
from instavid.results import USUAL, Encoding, file_sink
from instavid.selection import Pairs, select
from instavid.sinks.file import FileSink
from instavid.sinks.window import WindowSink
from instavid.sources.camera import CameraSource
from instavid.sources.file import FileSource
from instavid.sources.newest import NewestFrame
from instavid.sources.paced import PacedSource

_STOP_SECONDS = 0.1


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
    source_place: str | int,
    output: str | Path | None = None,
    *,
    pair: Pairs,
    classes: Sequence[str] = (),
    seg_model: str | Path = SEGMENTER,
    imgsz: int | None = None,
    conf: float = CONFIDENCE,
    device: str = "auto",
    feather: int = 4,
    sharpen: float | None = None,
    encoding: Encoding = USUAL,
    overwrite: bool = False,
    duration_seconds: float | None = None,
    on_begin: Callable[[], None] | None = None,
    stop: threading.Event | None = None,
) -> LiveReport:
    """Transfigure a camera or a stream until it ends, the window is closed, or `stop` is set.

    Args:
        source_place: A camera number, or anything that FFmpeg opens.
        output: A file to record to; None opens a window.
        duration_seconds: Stop after this time.
        on_begin: Called after the first frame; from then on there is something to finish.
        pair, classes, seg_model, imgsz, conf, device, feather, sharpen, encoding, overwrite, stop:
            As for `instavid.api.transfigure`.

    Raises:
        InputError: The camera or stream cannot be read.
        UnavailableError: There is no display for a window, or the device is not there.
    """
    stop = stop or threading.Event()
    chosen = choose_pairs(select(pair), classes=classes)
    torch_device = resolve_device(device)
    source, wrapped = _open(source_place)
    with ExitStack() as stack:
        newest = stack.enter_context(NewestFrame(wrapped))
        sink: WindowSink | FileSink = (
            WindowSink()
            if output is None
            else file_sink(
                Path(output),
                source,
                encoding=encoding,
                chosen=chosen,
                overwrite=overwrite,
                inputs=[str(source_place)],
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
            sharpen=sharpen,
        )
        stack.enter_context(sink)
        stack.enter_context(_forwarded(stop, newest))
        if duration_seconds is not None:
            timer = threading.Timer(duration_seconds, stop.set)
            stack.callback(timer.cancel)
            timer.start()
        counts = pipeline.run(newest, sink, on_progress=_watch(sink, stop, on_begin), stop=stop)
    return LiveReport(counts, newest.dropped, None if output is None else Path(output))


def _open(place: str | int) -> tuple[FileSource | CameraSource, FrameSource]:
    """Return a source, and the same source as one that runs in real time."""
    text = str(place)
    if text.isdigit():
        camera = CameraSource(int(text))
        return camera, camera
    source = FileSource(text)
    # What comes over the network comes when it comes; a file would come as fast as it is read.
    is_live = "://" in text and not Path(text).exists()
    return source, source if is_live else PacedSource(source)


@contextmanager
def _forwarded(stop: threading.Event, newest: NewestFrame) -> Iterator[None]:
    """Stop the source when `stop` is set, also while it waits for a frame that never comes."""
    ended = threading.Event()

    def wait() -> None:
        while not ended.is_set():
            if stop.wait(_STOP_SECONDS):
                newest.stop()
                return

    watcher = threading.Thread(target=wait, name="instavid-stop", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _watch(
    sink: WindowSink | FileSink, stop: threading.Event, on_begin: Callable[[], None] | None
) -> Callable[[Progress], None]:
    """Return what ends the run once the user has closed the window."""

    def look(progress: Progress) -> None:
        if progress.frames == 1 and on_begin is not None:
            on_begin()
        if isinstance(sink, WindowSink) and sink.closed_by_user:
            stop.set()

    return look
