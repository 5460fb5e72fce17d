"""The networks of a run, loaded once, and the pipeline around them for each video."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch

from instavid.castings import ChosenPair, all_labels, build_casting
from instavid.defaults import CONFIDENCE, FLOOR_CONFIDENCE, FORESIGHT_SECONDS, SEGMENTER
from instavid.following import usual_follower
from instavid.media.info import VideoInfo
from instavid.painting import Casting
from instavid.pipeline import Pipeline
from instavid.segmenters.yolo import YoloSegmenter

# Long enough for a walking animal to have gone a fifth of its height; the frames wait in memory.
_FORESIGHT_FRAMES = 30


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
