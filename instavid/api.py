"""The one call behind `instavid run`, and the doors to its parts."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from instavid.core.adjusting import AS_IT_IS, Adjustments
from instavid.core.timespan import WHOLE, TimeSpan
from instavid.defaults import CONFIDENCE, RESUME_EVERY, SEGMENTER
from instavid.errors import UsageError
from instavid.interfaces import FrameSink, FrameSource
from instavid.media.info import VideoInfo
from instavid.media.output_pipe import OutputPipe
from instavid.pipeline import Progress
from instavid.results import USUAL, Encoding
from instavid.run_report import RunReport
from instavid.selection import Pairs
from instavid.sinks.file import FileSink
from instavid.sinks.window import WindowSink
from instavid.sources.camera import CameraSource
from instavid.sources.file import FileSource
from instavid.transfigurer import Transfigurer


def transfigure(
    input: str | Path,
    output: str | Path | OutputPipe | None = None,
    *,
    pair: Pairs,
    direction: str | None = None,
    classes: Sequence[str] = (),
    seg_model: str | Path = SEGMENTER,
    imgsz: int | None = None,
    conf: float = CONFIDENCE,
    device: str = "auto",
    batch_size: int = 8,
    feather: int = 4,
    sharpen: float | None = None,
    span: TimeSpan = WHOLE,
    adjust: Adjustments = AS_IT_IS,
    encoding: Encoding = USUAL,
    container: str | None = None,
    overwrite: bool = False,
    strict: bool = False,
    verify: bool = False,
    save_masks: str | Path | None = None,
    on_start: Callable[[VideoInfo], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
    resume: bool | None = None,
    resume_every: int = RESUME_EVERY,
) -> RunReport:
    """Transfigure the objects in one video file.

    Args:
        input: A video file, a URL, a named pipe, or `-` for standard input.
        output: Where to write: a file, by default beside the input, `{stem}_{pair}{ext}`; or a
            pipe.
        pair: A name, a path, a selection, or several of these for different objects.
        direction: "AtoB" (default) or "BtoA", where `pair` is a name or a path.
        classes: Detector classes to change; by default those that the pair's card names.
        seg_model: YOLO-seg weights: a path, `meadow`, or a name that is downloaded once.
        imgsz: Longer side of what the segmenter sees, px; what it was trained at when None.
        conf: Confidence from which a detection counts, 0 to 1.
        device: auto, cpu, cuda, cuda:N or mps, for both networks.
        batch_size: Frames that are segmented, and crops that are translated, at once.
        feather: Width of the soft edge around changed objects, px.
        sharpen: How much detail to add to what is painted, 0 for none; as the pairs' cards say
            when None.
        span: The part of the video to work on and to write.
        adjust: How to change its pictures before anything is found in them.
        encoding: How to write.
        container: FFmpeg's name of the output's container, for pipes; by default the input's where
            that can be written without going back, else Matroska.
        overwrite: Replace an output that exists.
        strict: Write nothing where the output cannot hold all that the input has.
        verify: Read the result again at the end, and hold it against what was written; the report
            says what came of it.
        save_masks: Also write what was changed in each frame, as a lossless grey video.
        on_start: Called with the description of the input before its frames are processed.
        on_progress: Called after every frame.
        stop: Set it to stop; what is in flight is finished and kept under a partial name.
        resume: Go on from what an interrupted run of the same request left beside the output,
            where there is anything. None starts anew, but lets a later run go on from this one;
            False keeps nothing for that.
        resume_every: Frames between two places to go on from.

    Raises:
        InstavidError: See `instavid.errors`; nothing exists under the output's name that did not
            before.
        instagan.PairError: The pair is missing or damaged.
        RunStopped: `stop` was set; what there is lies beside the output.
    """
    transfigurer = Transfigurer(
        pair=pair,
        direction=direction,
        classes=classes,
        seg_model=seg_model,
        imgsz=imgsz,
        conf=conf,
        device=device,
        batch_size=batch_size,
        feather=feather,
        sharpen=sharpen,
        span=span,
        adjust=adjust,
        encoding=encoding,
        container=container,
        overwrite=overwrite,
        strict=strict,
        verify=verify,
        resume=resume,
        resume_every=resume_every,
    )
    return transfigurer.run(
        input,
        output,
        save_masks=save_masks,
        on_start=on_start,
        on_progress=on_progress,
        stop=stop,
    )


def open_source(place: str | Path | int) -> FrameSource:
    """Open a video file, a URL, `lavfi:...` or a camera (`camera:0`, or its number).

    Raises:
        InputError: There is nothing to read.
    """
    if isinstance(place, int):
        return CameraSource(place)
    text = str(place)
    if text.startswith("camera:"):
        return CameraSource(int(text.removeprefix("camera:")))
    return FileSource(place)


def open_sink(
    place: str | Path, *, like: VideoInfo | None = None, overwrite: bool = False
) -> FrameSink:
    """Open a video file to write, or a window (`window:`).

    Args:
        place: Path of the file, or `window:` and a title.
        like: Description of the source, needed for a file.
        overwrite: Replace a file that exists.

    Raises:
        OutputError: The file cannot be written.
        UnavailableError: There is no display for a window.
    """
    if str(place).startswith("window:"):
        return WindowSink(str(place).removeprefix("window:") or "instavid")
    if like is None:
        raise UsageError("a file needs to know what it is like: open_sink(path, like=source.info)")
    return FileSink(place, like=like, overwrite=overwrite)
