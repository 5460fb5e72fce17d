"""The part of `instavid bench` that times every stage on a clip."""

from collections.abc import Callable
from pathlib import Path

import torch

from instagan.models.generators import SetGenerator
from instavid.defaults import FLOOR_CONFIDENCE, SEGMENTER
from instavid.interfaces import Segmenter
from instavid.metrics.bench_settings import BenchSettings
from instavid.metrics.clips import Clip, load_clip, write_synthetic_clip
from instavid.metrics.speed import waiter
from instavid.metrics.stage_speed import time_stages
from instavid.metrics.stage_times import StageClock, StageTimes
from instavid.segmenters.yolo import YoloSegmenter
from instavid.taming import cache_folder
from instavid.translators.instagan import InstaGanTranslator

_SYNTHETIC_SIZE = (720, 1280)

# Only translation on a CPU comes near this; it gets fewer frames then.
_STAGE_SECONDS = 60.0


class Stages:
    """The clip and the segmenter, loaded; then the stages on them."""

    def __init__(self, settings: BenchSettings, folder: Path, device: torch.device) -> None:
        self._settings, self._folder, self._device = settings, folder, device
        self._batch = settings.batch or 8
        self._clip = _load_clip(settings, folder)
        self._segmenter = self._load_segmenter()

    def time(self, ours: SetGenerator, say: Callable[[str], None]) -> StageTimes:
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
