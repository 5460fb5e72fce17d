"""A training run, top to bottom."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path

import torch

from instagan.cards import Pair
from instagan.data.crops import TrainingCrop
from instagan.data.layout import DOMAIN_LETTERS, DomainLetter
from instagan.training import log
from instagan.training.collapse import CollapseGuard
from instagan.training.compiling import compile_networks
from instagan.training.config import Stage, TrainConfig
from instagan.training.outcome import draw_previews, keep_pair
from instagan.training.run_folder import open_run
from instagan.training.schedule import learning_rate_factor
from instagan.training.state import TrainingState, begin, save_state
from instagan.training.steps import StepResult
from instagan.training.warm_up import warm_up
from instagan.types import SetBatch

Crops = Mapping[DomainLetter, Sequence[TrainingCrop]]


def train(
    config: TrainConfig,
    crops: Crops,
    folder: Path,
    *,
    device: torch.device,
    resume: bool = False,
    log_every: int = 50,
    save_every: int = 500,
    provenance: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
    on_progress: Callable[[log.Progress], None] = lambda progress: None,
    on_saved: Callable[[int], None] = lambda step: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Pair:
    """Train a pair, and leave it in the run's folder under its name.

    Args:
        config: see `TrainConfig`.
        crops: of both domains, see `instagan.data.crops.load_crops`.
        folder: gets the settings, the state to resume from, the log, previews and the pair.
        device: where to compute.
        resume: go on from the folder's state; otherwise the folder must not have one.
        log_every, save_every: in steps; previews are drawn when saving. Collapse is looked for
            when logging: a `save_every` that is a multiple never saves an unjudged state.
        provenance: texts for the card.
        files: more of them to keep in the folder, by name: how the run was called.
        on_progress: told every `log_every` steps.
        on_saved: told the step after the pair, the state and the preview are written.
        should_stop: asked after every step; True saves and ends.

    Returns:
        The pair as of the last step, of the averaged weights where the config averages.

    Raises:
        ConfigError: the folder has a run already, or none to resume, or a damaged one.
        CollapseError: the masks have collapsed; the state is of before they began to.
        WeightsError: the weights are not finite any more; the last saved state is still good.
    """
    state = begin(config, crops, device=device)
    open_run(folder, config, state, resume=resume, files=files or {})
    guard, means = CollapseGuard(config.collapse_window), log.Means()
    began, logged = time.perf_counter(), state.step
    for stage, result in _steps(config, state, device):
        means.add(result)
        stops = state.step == config.steps or should_stop()
        if stops or state.step % log_every == 0:
            steps, seconds = state.step - logged, time.perf_counter() - began
            terms = means.take()
            progress = log.Progress(state.step, config.steps, stage.size[0], seconds / steps, terms)
            log.append(folder, progress)
            on_progress(progress)
            guard.check(terms, steps=steps, now=state.step)
            began, logged = time.perf_counter(), state.step
        if stops or (state.step % save_every == 0 and not guard.is_alarmed):
            # The pair first: it refuses weights that are not finite, and the state stays good.
            pair = keep_pair(folder, config, state, provenance or {})
            save_state(folder, state)
            draw_previews(folder, config, state, crops, size=stage.size)
            on_saved(state.step)
            if stops:
                return pair
    return keep_pair(folder, config, state, provenance or {})


def _steps(
    config: TrainConfig, state: TrainingState, device: torch.device
) -> Iterator[tuple[Stage, StepResult]]:
    """Take the steps that are left, stage by stage, and yield what each did."""
    end = 0
    for stage in config.stages:
        end += stage.steps
        if state.step >= end:
            continue
        if config.compile:
            compile_networks(state.trainer.networks)
        if state.step == 0 and config.warm_up:
            _warm_up(config, state, stage, device)
        while state.step < end:
            a, b = (_draw(config, state, letter, stage, device) for letter in DOMAIN_LETTERS)
            state.trainer.set_learning_rate(_rate_factor(config, state.step))
            result = state.trainer.step(a, b)
            if state.average:
                state.average.update(state.trainer.networks.generators)
            state.step += 1
            yield stage, result


def _draw(
    config: TrainConfig,
    state: TrainingState,
    letter: DomainLetter,
    stage: Stage,
    device: torch.device,
) -> SetBatch:
    batch = state.streams[letter].draw(config.batch, size=stage.size)
    image = batch.image.to(device, memory_format=torch.channels_last)
    return SetBatch(image, batch.masks.to(device), batch.valid)


def _warm_up(config: TrainConfig, state: TrainingState, stage: Stage, device: torch.device) -> None:
    letters = cycle(DOMAIN_LETTERS)
    warm_up(
        state.trainer.networks,
        lambda: _draw(config, state, next(letters), stage, device),
        steps=config.warm_up,
        autocast=state.trainer.autocast,
    )
    state.start_average(config)


def _rate_factor(config: TrainConfig, step: int) -> float:
    decaying = round(config.decay * config.steps)
    return learning_rate_factor(
        step, constant_epochs=config.steps - decaying, decay_epochs=decaying
    )
