"""The one call behind `instavid run`, and the doors to its parts."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import torch

from instavid import __version__
from instavid.castings import ChosenPair, all_labels, build_casting, choose_pairs
from instavid.core.timespan import WHOLE, TimeSpan
from instavid.defaults import CONFIDENCE, FLOOR_CONFIDENCE, FORESIGHT_SECONDS, SEGMENTER
from instavid.devices import resolve_device
from instavid.errors import RunStopped, UsageError
from instavid.following import usual_follower
from instavid.interfaces import FrameSink, FrameSource
from instavid.mattes import matte_format
from instavid.media.info import VideoInfo
from instavid.paths import default_output
from instavid.pipeline import Pipeline, Progress
from instavid.recipe import KEY, record
from instavid.reports import PipelineReport
from instavid.run_report import PairSummary, RunReport
from instavid.segmenters.weights import digest_of_known
from instavid.segmenters.yolo import YoloSegmenter
from instavid.selection import Direction, Selection
from instavid.sinks.file import FileSink
from instavid.sinks.window import WindowSink
from instavid.sources.camera import CameraSource
from instavid.sources.file import FileSource
from instavid.verifying import Untouched, verified

# Long enough for a walking animal to have gone a fifth of its height; the frames wait in memory.
_FORESIGHT_FRAMES = 30

Pairs = str | Path | Selection | Sequence[str | Path | Selection]


@dataclass(frozen=True)
class Encoding:
    """How a result is written; None is the default of the codec."""

    codec: str = "auto"
    """FFmpeg's name; "auto" is libx264 where the container takes it."""
    crf: float | None = None
    preset: str | None = None
    pix_fmt: str | None = None
    """FFmpeg's name; None keeps that of the source where the codec can."""
    options: Mapping[str, str] | None = None
    """Further options of the encoder, by FFmpeg's names."""


def transfigure(
    input: str | Path,
    output: str | Path | None = None,
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
    encoding: Encoding = Encoding(),
    overwrite: bool = False,
    strict: bool = False,
    verify: bool = False,
    save_masks: str | Path | None = None,
    on_start: Callable[[VideoInfo], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
) -> RunReport:
    """Transfigure the objects in one video file.

    Args:
        input: A video file, or anything that FFmpeg opens.
        output: Where to write; by default beside the input, `{stem}_{pair}{ext}`.
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
        encoding: How to write.
        overwrite: Replace an output that exists.
        strict: Write nothing where the output cannot hold all that the input has.
        verify: Read the result again at the end, and hold it against what was written; the report
            says what came of it.
        save_masks: Also write what was changed in each frame, as a lossless grey video.
        on_start: Called with the description of the input before its frames are processed.
        on_progress: Called after every frame.
        stop: Set it to stop; what is in flight is finished and kept under a partial name.

    Raises:
        InstavidError: See `instavid.errors`; nothing exists under the output's name that did not
            before.
        instagan.PairError: The pair is missing or damaged.
        RunStopped: `stop` was set; what there is lies beside the output.
    """
    chosen = choose_pairs(select(pair, direction), classes=classes)
    target = Path(output) if output is not None else _default_output(input, chosen, encoding)
    torch_device = resolve_device(device)
    recipe = record(
        input=input,
        chosen=chosen,
        classes=classes,
        seg_model=seg_model,
        seg_sha256=digest_of_known(seg_model),
        span=span,
        encoding=encoding,
        imgsz=imgsz,
        conf=conf,
        feather=feather,
        sharpen=sharpen,
        batch=batch_size,
    )
    with FileSource(input, span=span) as source:
        # Made before the models are loaded: what cannot be written is refused at once.
        sink = file_sink(
            target,
            source,
            encoding=encoding,
            chosen=chosen,
            overwrite=overwrite,
            inputs=[input],
            strict=strict,
            verifiable=verify,
            recipe=recipe,
        )
        mattes = _matte_sink(
            save_masks, source.info, overwrite=overwrite, chosen=chosen, inputs=[input, target]
        )
        if on_start is not None:
            on_start(source.info)
        pipeline = build_pipeline(
            chosen,
            seg_model=seg_model,
            imgsz=imgsz,
            conf=conf,
            device=torch_device,
            batch=batch_size,
            feather=feather,
            sharpen=sharpen,
            foresight=_foresight(source.info),
        )
        untouched = Untouched() if verify else None
        counts = _run(
            pipeline, source, sink, mattes, on_progress=on_progress, stop=stop, watch=untouched
        )
        assert sink.result is not None, "a sink that ends without an error has a result"
        return RunReport(
            input=str(input),
            counts=counts,
            decoded=source.report(),
            written=sink.result,
            pairs=tuple(_pair_summary(choice) for choice in chosen),
            device=str(torch_device),
            verification=verified(sink, untouched, stop=stop) if untouched else None,
        )


def _foresight(info: VideoInfo) -> int:
    rate = info.average_frame_rate or Fraction(25)
    return min(_FORESIGHT_FRAMES, round(FORESIGHT_SECONDS * rate))


def build_pipeline(
    chosen: Sequence[ChosenPair],
    *,
    seg_model: str | Path = SEGMENTER,
    imgsz: int | None = None,
    conf: float = CONFIDENCE,
    device: torch.device,
    batch: int = 8,
    depth: int = 8,
    feather: int = 4,
    sharpen: float | None = None,
    foresight: int = 0,
) -> Pipeline:
    """Load the networks and put the usual pipeline together.

    Args:
        foresight: Frames to hold back until it is known which way new objects face; none are
            where no pair asks for it.
        chosen, seg_model, imgsz, conf, device, batch, depth, feather, sharpen: As for
            `transfigure`.
    """
    castings = [
        build_casting(choice, device=device, batch=batch, sharpen=sharpen) for choice in chosen
    ]
    segmenter = YoloSegmenter(
        seg_model,
        device=str(device),
        imgsz=imgsz,
        conf=min(conf, FLOOR_CONFIDENCE),
        classes=all_labels(chosen),
        batch=batch,
    )
    turns = any(choice.selection.direction in choice.pair.card.faces for choice in chosen)
    follower = usual_follower(
        segmenter, conf=conf, batch=batch, foresight=foresight if turns else None
    )
    return Pipeline(follower, castings, batch=batch, depth=depth, feather=feather)


def file_sink(
    target: Path,
    source: FileSource | CameraSource,
    *,
    encoding: Encoding,
    chosen: Sequence[ChosenPair],
    overwrite: bool = False,
    inputs: Sequence[str | Path] = (),
    strict: bool = False,
    verifiable: bool = False,
    recipe: str = "",
) -> FileSink:
    """Prepare the file that holds what the pairs make of an open source, marked as theirs.

    Args:
        recipe: The options to tell in it, see `instavid.recipe`.
        target, source, encoding, chosen, overwrite, inputs, strict, verifiable: As for `FileSink`.
    """
    return FileSink(
        target,
        like=source.info,
        carry=source.carried if isinstance(source, FileSource) else None,
        codec=encoding.codec,
        crf=encoding.crf,
        preset=encoding.preset,
        pix_fmt=encoding.pix_fmt,
        options=dict(encoding.options or {}),
        overwrite=overwrite,
        provenance=_provenance(chosen) | ({KEY: recipe} if recipe else {}),
        inputs=inputs,
        strict=strict,
        verifiable=verifiable,
    )


def _run(
    pipeline: Pipeline,
    source: FileSource,
    sink: FileSink,
    mattes: FileSink | None,
    *,
    on_progress: Callable[[Progress], None] | None,
    stop: threading.Event | None,
    watch: Untouched | None = None,
) -> PipelineReport:
    """Run with open sinks; a run that was stopped leaves them as interrupted ones are left."""
    try:
        with sink, mattes or nullcontext():
            counts = pipeline.run(
                source, sink, mattes=mattes, on_progress=on_progress, stop=stop, watch=watch
            )
            if counts.is_stopped:
                raise RunStopped
    except KeyboardInterrupt:
        kept = sink.result
        where = f"{kept.frames} frames are kept in {kept.path}" if kept else "nothing is kept"
        raise RunStopped(f"stopped; {where}") from None
    return counts


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


def select(pair: Pairs, direction: str | None = None) -> tuple[Selection, ...]:
    """Return the selections that a name, a path or selections stand for.

    Raises:
        UsageError: The direction is neither "AtoB" nor "BtoA".
    """
    several = [pair] if isinstance(pair, str | Path | Selection) else pair
    selections = tuple(p if isinstance(p, Selection) else Selection(str(p)) for p in several)
    if direction is None:
        return selections
    if direction not in ("AtoB", "BtoA"):
        raise UsageError(f"unknown direction '{direction}': use AtoB or BtoA")
    chosen = cast(Direction, direction)
    return tuple(replace(selection, direction=chosen) for selection in selections)


def _default_output(source: str | Path, chosen: Sequence[ChosenPair], encoding: Encoding) -> Path:
    names = "_".join(dict.fromkeys(choice.pair.card.name for choice in chosen))
    return default_output(source, names, codec=encoding.codec)


def _matte_sink(
    path: str | Path | None,
    info: VideoInfo,
    *,
    overwrite: bool,
    chosen: Sequence[ChosenPair],
    inputs: Sequence[str | Path],
) -> FileSink | None:
    if path is None:
        return None
    like = replace(info, picture=matte_format(info.picture), field_order="progressive")
    return FileSink(
        path,
        like=like,
        codec="ffv1",
        overwrite=overwrite,
        provenance=_provenance(chosen),
        inputs=inputs,
    )


def _provenance(chosen: Sequence[ChosenPair]) -> dict[str, str]:
    """Return what the container's tag says, so that nobody takes the result for a recording."""
    pairs = (
        f"{choice.pair.card.name}:{choice.selection.direction} {choice.pair.card.sha256[:16]}"
        for choice in chosen
    )
    return {
        "tool": f"instavid {__version__}",
        "pairs": ", ".join(pairs),
        # IPTC's name for a picture of which a trained model made a part.
        "DigitalSourceType": "compositeWithTrainedAlgorithmicMedia",
    }


def _pair_summary(choice: ChosenPair) -> PairSummary:
    return PairSummary(
        name=choice.pair.card.name,
        direction=choice.selection.direction,
        classes=choice.labels,
        sha256=choice.pair.card.sha256,
    )
