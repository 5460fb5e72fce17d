"""The one call behind `instavid run`, and the doors to its parts."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import cast

import torch

from instavid import __version__
from instavid.castings import ChosenPair, all_labels, build_casting, choose_pairs
from instavid.core.adjusting import AS_IT_IS, Adjustments
from instavid.core.timespan import WHOLE, TimeSpan
from instavid.defaults import (
    CONFIDENCE,
    FLOOR_CONFIDENCE,
    FORESIGHT_SECONDS,
    RESUME_EVERY,
    SEGMENTER,
)
from instavid.devices import resolve_device
from instavid.errors import RunStopped, UsageError
from instavid.following import usual_follower
from instavid.forecast.space import shortage
from instavid.interfaces import FrameSink, FrameSource
from instavid.keeping import run_keeper
from instavid.mattes import matte_format
from instavid.media.info import VideoInfo
from instavid.media.output_pipe import OutputPipe
from instavid.painting import Casting
from instavid.paths import default_output
from instavid.pipeline import Pipeline, Progress
from instavid.recipe import KEY, record
from instavid.reports import PipelineReport
from instavid.resuming import RunKeeper
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

_log = logging.getLogger(__name__)

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
    encoding: Encoding = Encoding(),
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


@dataclass(frozen=True, kw_only=True)
class Transfigurer:
    """Transfigures any number of videos in the same way, with networks that are loaded once.

    They are loaded when the first video needs them. Nothing is remembered from one video to the
    next. The fields are as for `transfigure`.
    """

    pair: Pairs
    direction: str | None = None
    classes: Sequence[str] = ()
    seg_model: str | Path = SEGMENTER
    imgsz: int | None = None
    conf: float = CONFIDENCE
    device: str = "auto"
    batch_size: int = 8
    feather: int = 4
    sharpen: float | None = None
    span: TimeSpan = WHOLE
    adjust: Adjustments = AS_IT_IS
    encoding: Encoding = Encoding()
    container: str | None = None
    overwrite: bool = False
    strict: bool = False
    verify: bool = False
    resume: bool | None = None
    resume_every: int = RESUME_EVERY

    @cached_property
    def chosen(self) -> tuple[ChosenPair, ...]:
        """Return the pairs that were found, with the classes that each one changes."""
        return choose_pairs(select(self.pair, self.direction), classes=self.classes)

    @property
    def pair_names(self) -> str:
        """Return what the pairs are called together, in the names of files."""
        return "_".join(dict.fromkeys(choice.pair.card.name for choice in self.chosen))

    @cached_property
    def torch_device(self) -> torch.device:
        """Return where the networks run."""
        return resolve_device(self.device)

    @cached_property
    def networks(self) -> "Networks":
        """Return the networks, loaded when this is first asked for."""
        return load_networks(
            self.chosen,
            seg_model=self.seg_model,
            imgsz=self.imgsz,
            conf=self.conf,
            device=self.torch_device,
            batch=self.batch_size,
            sharpen=self.sharpen,
        )

    def default_output(self, input: str | Path) -> Path:
        """Return where the result of an input goes when nobody says: beside it.

        Raises:
            UsageError: It is standard input.
        """
        if str(input) == "-":
            raise UsageError("The result of standard input has no name of its own: give an output.")
        return default_output(input, self.pair_names, codec=self.encoding.codec)

    def run(
        self,
        input: str | Path,
        output: str | Path | OutputPipe | None = None,
        *,
        save_masks: str | Path | None = None,
        on_start: Callable[[VideoInfo], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
    ) -> RunReport:
        """Transfigure the objects in one video file; arguments and errors as for `transfigure`."""
        chosen = self.chosen
        target = output if output is not None else self.default_output(input)
        torch_device = self.torch_device
        with FileSource(input, span=self.span, adjust=self.adjust, stop=stop) as source:
            # Made before the models are loaded: what cannot be written is refused at once.
            sink = file_sink(
                target,
                source,
                encoding=self.encoding,
                chosen=chosen,
                overwrite=self.overwrite,
                inputs=[input],
                strict=self.strict,
                container=self.container,
                verifiable=self.verify,
                recipe=self._recipe(input),
            )
            if self.verify and not sink.writes_file:
                raise UsageError("--verify reads the result again, which a pipe cannot give.")
            if sink.writes_file and (short := shortage(sink.plan, Path(str(target)).absolute())):
                _log.warning("%s: %s", input, short)
            mattes = _matte_sink(
                save_masks,
                source.info,
                overwrite=self.overwrite,
                chosen=chosen,
                inputs=[input] if isinstance(target, OutputPipe) else [input, target],
            )
            keeper = self._keeper(input, target, sink, mattes, save_masks=save_masks)
            if on_start is not None:
                on_start(source.info)
            pipeline = self.networks.pipeline(
                conf=self.conf,
                batch=self.batch_size,
                feather=self.feather,
                foresight=foresight_frames(source.info),
            )
            untouched = Untouched() if self.verify else None
            counts = _run(
                pipeline,
                source,
                sink,
                mattes,
                keeper=keeper,
                on_progress=on_progress,
                stop=stop,
                watch=untouched,
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

    def _recipe(self, input: str | Path) -> str:
        """Return what the result shall tell of how it was made, see `instavid.recipe`."""
        return record(
            input=input,
            chosen=self.chosen,
            classes=self.classes,
            seg_model=self.seg_model,
            seg_sha256=digest_of_known(self.seg_model),
            span=self.span,
            adjust=self.adjust,
            encoding=self.encoding,
            imgsz=self.imgsz,
            conf=self.conf,
            feather=self.feather,
            sharpen=self.sharpen,
            batch=self.batch_size,
        )

    def _keeper(
        self,
        input: str | Path,
        target: str | Path | OutputPipe,
        sink: FileSink,
        mattes: FileSink | None,
        *,
        save_masks: str | Path | None,
    ) -> RunKeeper | None:
        """Return who keeps the run so that another one can go on from it, None for nobody."""
        return run_keeper(
            input,
            target.path if isinstance(target, OutputPipe) else Path(target),
            [sink, mattes] if mattes else [sink],
            resume=self.resume,
            every=self.resume_every,
            batch=self.batch_size,
            chosen=self.chosen,
            seg_model=self.seg_model,
            options={
                "--start, --end or --duration": self.span,
                "--fps, --scale and the like": str(self.adjust.as_options()),
                "how to encode": self.encoding,
                "--imgsz": self.imgsz,
                "--conf": self.conf,
                "--device": self.torch_device,
                "--feather": self.feather,
                "--sharpen": self.sharpen,
                "--save-masks": save_masks,
            },
        )


def foresight_frames(info: VideoInfo) -> int:
    """Return how many frames to hold back until it is known which way new objects face."""
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
    networks = load_networks(
        chosen,
        seg_model=seg_model,
        imgsz=imgsz,
        conf=conf,
        device=device,
        batch=batch,
        sharpen=sharpen,
    )
    return networks.pipeline(
        conf=conf, batch=batch, depth=depth, feather=feather, foresight=foresight
    )


@dataclass(frozen=True)
class Networks:
    """What takes long to load, and keeps no memory of the frames that it has seen."""

    segmenter: YoloSegmenter
    castings: tuple[Casting, ...]
    turns: bool
    """Whether a pair asks which way objects face."""

    def pipeline(
        self, *, conf: float, batch: int = 8, depth: int = 8, feather: int = 4, foresight: int = 0
    ) -> Pipeline:
        """Put the usual pipeline together, for one video; arguments as for `build_pipeline`."""
        follower = usual_follower(
            self.segmenter, conf=conf, batch=batch, foresight=foresight if self.turns else None
        )
        return Pipeline(follower, self.castings, batch=batch, depth=depth, feather=feather)


def load_networks(
    chosen: Sequence[ChosenPair],
    *,
    seg_model: str | Path,
    imgsz: int | None,
    conf: float,
    device: torch.device,
    batch: int,
    sharpen: float | None,
) -> Networks:
    """Load the generators and the segmenter; arguments as for `build_pipeline`."""
    castings = tuple(
        build_casting(choice, device=device, batch=batch, sharpen=sharpen) for choice in chosen
    )
    segmenter = YoloSegmenter(
        seg_model,
        device=str(device),
        imgsz=imgsz,
        conf=min(conf, FLOOR_CONFIDENCE),
        classes=all_labels(chosen),
        batch=batch,
    )
    turns = any(choice.selection.direction in choice.pair.card.faces for choice in chosen)
    return Networks(segmenter, castings, turns)


def file_sink(
    target: str | Path | OutputPipe,
    source: FileSource | CameraSource,
    *,
    encoding: Encoding,
    chosen: Sequence[ChosenPair],
    overwrite: bool = False,
    inputs: Sequence[str | Path] = (),
    strict: bool = False,
    container: str | None = None,
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
        container=container,
        verifiable=verifiable,
    )


def _run(
    pipeline: Pipeline,
    source: FileSource,
    sink: FileSink,
    mattes: FileSink | None,
    *,
    keeper: RunKeeper | None,
    on_progress: Callable[[Progress], None] | None,
    stop: threading.Event | None,
    watch: Untouched | None = None,
) -> PipelineReport:
    """Run with open sinks; a run that was stopped leaves them as interrupted ones are left."""
    try:
        with keeper or nullcontext(), sink, mattes or nullcontext():
            counts = pipeline.run(
                source,
                sink,
                mattes=mattes,
                on_progress=on_progress,
                stop=stop,
                keeper=keeper,
                watch=watch,
            )
            if counts.is_stopped:
                raise RunStopped
    except KeyboardInterrupt:
        kept = sink.result
        left = kept.what_is_left if kept else "nothing is kept"
        on = f"; --resume goes on from frame {keeper.frames}" if keeper and keeper.frames else ""
        raise RunStopped(f"stopped; {left}{on}") from None
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
