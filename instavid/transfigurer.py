"""Any number of videos transfigured in the same way, each by a pipeline of its own."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import torch

from instavid.castings import ChosenPair, choose_pairs
from instavid.core.adjusting import AS_IT_IS, Adjustments
from instavid.core.timespan import WHOLE, TimeSpan
from instavid.defaults import CONFIDENCE, RESUME_EVERY, SEGMENTER
from instavid.devices import resolve_device
from instavid.errors import UsageError
from instavid.forecast.space import shortage
from instavid.keeping import run_keeper
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.info import VideoInfo
from instavid.media.output_pipe import OutputPipe
from instavid.networks import Networks, foresight_frames, load_networks
from instavid.option_texts import as_flags, option_texts
from instavid.outputs import the_result
from instavid.outputs_of_run import RunOutputs
from instavid.paths import default_output
from instavid.pipeline import Progress
from instavid.recipe import record
from instavid.results import USUAL, Encoding, file_sink, matte_sink
from instavid.resuming import RunKeeper
from instavid.run_report import PairSummary, RunReport
from instavid.segmenters.weights import digest_of_known
from instavid.selection import Pairs, select
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource
from instavid.verifying import Untouched, verified

_log = logging.getLogger(__name__)


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
    encoding: Encoding = USUAL
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
    def networks(self) -> Networks:
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
        target = output if output is not None else self.default_output(input)
        with FileSource(
            input,
            span=self.span,
            adjust=self.adjust,
            keeps_coded=self.encoding.may_copy,
            stop=stop,
        ) as source:
            # Made before the models are loaded: what cannot be written is refused at once.
            outputs = self._outputs(input, target, source, save_masks=save_masks)
            if on_start is not None:
                on_start(source.info)
            pipeline = self.networks.pipeline(
                conf=self.conf,
                batch=self.batch_size,
                feather=self.feather,
                foresight=foresight_frames(source.info),
            )
            untouched = Untouched() if self.verify else None
            counts = outputs.write(
                pipeline, source, on_progress=on_progress, stop=stop, watch=untouched
            )
            assert outputs.sink.result is not None, "a sink that ends without an error has a result"
            return RunReport(
                input=str(input),
                counts=counts,
                decoded=source.report(),
                written=outputs.sink.result,
                pairs=tuple(_pair_summary(choice) for choice in self.chosen),
                device=str(self.torch_device),
                verification=verified(outputs.sink, untouched, stop=stop) if untouched else None,
            )

    def _outputs(
        self,
        input: str | Path,
        target: str | Path | OutputPipe,
        source: FileSource,
        *,
        save_masks: str | Path | None,
    ) -> RunOutputs:
        """Prepare all that is written, and say so where the disk is plainly too small for it."""
        seg_sha256 = digest_of_known(self.seg_model)
        sink = file_sink(
            target,
            source,
            encoding=self.encoding,
            chosen=self.chosen,
            overwrite=self.overwrite,
            inputs=[input],
            strict=self.strict,
            container=self.container,
            verifiable=self.verify,
            recipe=partial(self._recipe, input, seg_sha256),
        )
        if self.verify and not sink.writes_file:
            raise UsageError("--verify reads the result again, which a pipe cannot give.")
        mattes = matte_sink(
            save_masks,
            source.info,
            overwrite=self.overwrite,
            chosen=self.chosen,
            inputs=[input] if isinstance(target, OutputPipe) else [input, the_result(target)],
        )
        keeper = self._keeper(
            input,
            target,
            sink,
            mattes,
            source=source,
            save_masks=save_masks,
            seg_sha256=seg_sha256,
        )
        place, needs_twice = Path(str(target)).absolute(), keeper is not None
        if sink.writes_file and (short := shortage(sink.plan, place, needs_twice=needs_twice)):
            _log.warning("%s: %s", input, short)
        return RunOutputs(sink, mattes, keeper)

    def _recipe(self, input: str | Path, seg_sha256: str, plan: EncodingPlan) -> str:
        """Return what the result shall tell of how it was made, see `instavid.recipe`."""
        return record(
            input=input,
            chosen=self.chosen,
            classes=self.classes,
            seg_model=self.seg_model,
            seg_sha256=seg_sha256,
            span=self.span,
            adjust=self.adjust,
            encoding=self.encoding,
            plan=plan,
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
        source: FileSource,
        save_masks: str | Path | None,
        seg_sha256: str,
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
            seg_sha256=seg_sha256,
            options={
                **as_flags(
                    option_texts(span=self.span, adjust=self.adjust, encoding=self.encoding)
                ),
                "--imgsz": self.imgsz,
                "--conf": self.conf,
                "--device": self.torch_device,
                "--feather": self.feather,
                "--sharpen": self.sharpen,
                "--save-masks": save_masks,
            },
            source=source,
        )


def _pair_summary(choice: ChosenPair) -> PairSummary:
    return PairSummary(
        name=choice.pair.card.name,
        direction=choice.selection.direction,
        classes=choice.labels,
        sha256=choice.pair.card.sha256,
    )
