"""What `instavid bench` measures, from its options to its report."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

from instagan.models.generators import SetGenerator
from instavid.defaults import FLOOR_CONFIDENCE, SEGMENTER
from instavid.devices import resolve_device
from instavid.interfaces import Segmenter
from instavid.metrics.bench_report import BenchReport
from instavid.metrics.clips import Clip, load_clip, write_synthetic_clip
from instavid.metrics.generator_speed import (
    GeneratorCase,
    compare_batching,
    compare_with_reference,
    untrained_generator,
)
from instavid.metrics.machine import describe_machine
from instavid.metrics.reference import load_reference_generator
from instavid.metrics.speed import waiter
from instavid.metrics.stage_speed import time_stages
from instavid.metrics.stage_times import StageClock, StageTimes
from instavid.segmenters.yolo import YoloSegmenter
from instavid.taming import cache_folder
from instavid.translators.instagan import InstaGanTranslator

_SYNTHETIC_SIZE = (720, 1280)

# Only translation on a CPU comes near this; it gets fewer frames then.
_STAGE_SECONDS = 60.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class BenchSettings:
    """The options of `instavid bench`; see its help."""

    against: str | None = None
    only: str | None = None
    size: tuple[int, int] = (200, 200)
    """(height, width) of what the generator sees, px."""
    masks: tuple[int, ...] = (1, 2, 4)
    width: int = 64
    blocks: int = 9
    batch: int | None = None
    rounds: int = 15
    device: str = "auto"
    threads: int | None = None
    clip: str | None = None
    frames: int = 48
    seg_model: str | None = None
    imgsz: int | None = None


def run_bench(settings: BenchSettings, *, say: Say = lambda text: None) -> BenchReport:
    """Measure what the settings ask for; `say` is told what comes next.

    Raises:
        UsageError: `against` is no checkout of the authors' code.
        UnavailableError: The device is not there.
        InputError: The clip cannot be read.
        ModelError: The segmenter's weights cannot.
    """
    device = resolve_device(settings.device)
    with _thread_count(settings.threads), tempfile.TemporaryDirectory(prefix="instavid-") as folder:
        machine = describe_machine(device)
        ours = untrained_generator(width=settings.width, blocks=settings.blocks, device=device)
        # What may be refused comes first: nobody should wait minutes to learn of a typing error.
        theirs = _load_reference(settings, ours)
        stages = None if settings.only == "generator" else _Stages(settings, Path(folder), device)
        cases = [] if settings.only == "stages" else _cases(settings, ours, theirs, device, say)
        times = stages.time(ours, say) if stages else None
    return BenchReport(machine=machine, settings=asdict(settings), cases=tuple(cases), stages=times)


def _load_reference(settings: BenchSettings, ours: SetGenerator) -> nn.Module | None:
    if settings.against is None:
        return None
    return load_reference_generator(
        settings.against, ours, width=settings.width, blocks=settings.blocks
    )


def _cases(
    settings: BenchSettings,
    ours: SetGenerator,
    theirs: nn.Module | None,
    device: torch.device,
    say: Say,
) -> list[GeneratorCase]:
    size, rounds = settings.size, settings.rounds
    batch = settings.batch or (2 if device.type == "cpu" else 8)
    cases = []
    for masks in settings.masks:
        say(f"the generator with {masks} mask{'s' * (masks != 1)}, {rounds} rounds")
        cases.append(
            compare_batching(
                ours, masks=masks, size=size, batch=batch, rounds=rounds, device=device
            )
            if theirs is None
            else compare_with_reference(
                ours, theirs, masks=masks, size=size, rounds=rounds, device=device
            )
        )
    return cases


class _Stages:
    """The clip and the segmenter, loaded; then the stages on them."""

    def __init__(self, settings: BenchSettings, folder: Path, device: torch.device) -> None:
        self._settings, self._folder, self._device = settings, folder, device
        self._batch = settings.batch or 8
        self._clip = _load_clip(settings, folder)
        self._segmenter = self._load_segmenter()

    def time(self, ours: SetGenerator, say: Say) -> StageTimes:
        """Time the stages, with our generator as the translator."""
        frames, (height, width) = self._clip.frames, self._settings.size
        say(f"the stages on {len(frames)} frames of {self._settings.clip or 'a rendered clip'}")
        translator = InstaGanTranslator(
            ours, working_size=(height, width), device=self._device, batch=self._batch
        )
        return time_stages(
            self._clip,
            translator,
            self._segmenter,
            clock=StageClock(limit_seconds=_STAGE_SECONDS, wait=waiter(self._device)),
            folder=self._folder,
            aspect=width / height,
            batch=self._batch,
        )

    def _load_segmenter(self) -> Segmenter | None:
        """Load the weights that were asked for, or the default ones where they need no download."""
        cached = cache_folder() / "seg" / SEGMENTER
        weights = self._settings.seg_model or (cached if cached.is_file() else None)
        if weights is None:
            return None
        return YoloSegmenter(
            weights,
            device=str(self._device),
            imgsz=self._settings.imgsz,
            conf=FLOOR_CONFIDENCE,
            batch=self._batch,
        )


def _load_clip(settings: BenchSettings, folder: Path) -> Clip:
    if settings.clip is not None:
        return load_clip(settings.clip, frames=settings.frames)
    path = folder / "rendered.mkv"
    write_synthetic_clip(path, size=_SYNTHETIC_SIZE, frames=settings.frames)
    return load_clip(path, frames=settings.frames)


@contextmanager
def _thread_count(threads: int | None) -> Iterator[None]:
    """Let torch use so many threads inside; None leaves it as it is."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
