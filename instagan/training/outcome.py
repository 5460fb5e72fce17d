"""What a run leaves for people: the pair so far, and pictures of what it does."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import nn

from instagan.cards import Card, Pair
from instagan.config import DIRECTIONS, Direction
from instagan.data.batches import CropStream, Variation
from instagan.data.crops import TrainingCrop
from instagan.data.layout import DomainLetter
from instagan.pair_writing import save_pair
from instagan.training import log
from instagan.training.config import TrainConfig
from instagan.training.samples import draw_samples, first_samples, save_picture
from instagan.training.state import TrainingState
from instagan.types import SetBatch
from instagan.weights import restore

PREVIEWS = "previews"
_SHOWN = 8


def keep_pair(
    folder: Path, config: TrainConfig, state: TrainingState, provenance: Mapping[str, str]
) -> Pair:
    """Write the pair as of now into the run's folder, as float16, and return it."""
    card = Card(
        name=config.name,
        architecture=config.generator,
        working_size=config.stages[-1].size,
        domain_a=config.domain_a,
        domain_b=config.domain_b,
        crop_margins={"AtoB": config.margins_a, "BtoA": config.margins_b},
        # A network that knows no instances translates its picture once, however many there are.
        ins_per=1000 if config.step.merge_masks else config.step.ins_per,
        provenance={
            "steps": f"{state.step} of {config.steps}",
            "seed": str(config.seed),
            "time": f"{log.total_minutes(folder):.0f} minutes",
            **provenance,
        },
    )
    return save_pair(folder / config.name, card, state.best_weights(), half=True, overwrite=True)


def draw_previews(
    folder: Path,
    config: TrainConfig,
    state: TrainingState,
    crops: Mapping[DomainLetter, Sequence[TrainingCrop]],
    *,
    size: tuple[int, int],
) -> None:
    """Draw what the pair makes of the first crops of both domains."""
    generators: dict[Direction, nn.Module] = {
        direction: restore(weights, config.generator, where=f"the {direction} generator")
        for direction, weights in state.best_weights().items()
    }
    given = {d: _first(crops[d[0]], size) for d in DIRECTIONS}  # type: ignore[index]
    picture = draw_samples(generators, given, ins_per=config.step.ins_per)
    save_picture(preview_path(folder, state.step), picture)


def preview_path(folder: Path, step: int) -> Path:
    """Return where a run's folder has the preview of a step."""
    return folder / PREVIEWS / f"{step:07d}.png"


def _first(crops: Sequence[TrainingCrop], size: tuple[int, int]) -> SetBatch:
    """Return every n-th crop, unvaried: neighbours in a list are often the same scene."""
    shown = crops[:: max(1, len(crops) // _SHOWN)][:_SHOWN]
    plain = Variation(mirror=False, move=False)
    singles = [CropStream([crop], plain, seed="").draw(1, size=size) for crop in shown]
    return first_samples(singles)
