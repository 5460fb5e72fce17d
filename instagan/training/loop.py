"""A training run, top to bottom."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import torch

from instagan.cards import Pair
from instagan.data.batches import place
from instagan.data.crops import TrainingCrop
from instagan.data.layout import DOMAIN_LETTERS, DomainLetter
from instagan.errors import ConfigError
from instagan.pairs import load_pair
from instagan.training.compiling import compile_networks
from instagan.training.config import Stage, TrainConfig
from instagan.training.log import Progress
from instagan.training.recording import Recorder
from instagan.training.run_folder import open_run
from instagan.training.saved_states import resume_newest
from instagan.training.saving import Saver
from instagan.training.schedule import learning_rate_factor
from instagan.training.sharing import Alone, Sharing
from instagan.training.state import TrainingState, begin
from instagan.training.steps import StepResult
from instagan.training.warm_start import start_from
from instagan.training.yardstick import Yardstick
from instagan.types import SetBatch

Crops = Mapping[DomainLetter, Sequence[TrainingCrop]]


def train(
    config: TrainConfig,
    crops: Crops,
    folder: Path,
    *,
    device: torch.device,
    resume: bool = False,
    init: Pair | None = None,
    measured: Crops | None = None,
    log_every: int = 50,
    save_every: int = 500,
    keep: int = 3,
    provenance: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
    sharing: Sharing | None = None,
    at_once: int | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_saved: Callable[[int], None] = lambda step: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Pair:
    """Train a pair, and leave it in the run's folder under its name.

    Stopped at any step and resumed, it comes to the same weights as if it had never been, bit
    for bit on a CPU with as many threads.

    Args:
        config: see `TrainConfig`.
        crops: of both domains, see `instagan.data.crops.load_crops`.
        folder: gets the settings, the states to resume from, the log, previews and the pairs.
        device: where to compute.
        resume: go on from the folder's newest sound state; otherwise it must not have one.
        init: the pair whose generators this one starts from; not with `resume`.
        measured: crops that tell the best save, see `Yardstick`; None: those of the training.
        log_every, save_every: in steps. Every save has a line in the log, previews, and is
            measured; none is made while masks have collapsed or steps are left out.
        keep: saved states that stay, 1 or more.
        provenance: texts for the card.
        files: more of them to keep in the folder, by name: how the run was called.
        sharing: what several processes do together, see `instagan.training.sharing`; the first one
            writes, and is the only one whose `on_progress` and `on_saved` are called.
        at_once: samples of a batch that each process computes at once, adding up their gradients;
            None: all. Halved where memory runs out.
        on_progress: told of every line of the log.
        on_saved: told the step after the pair, the state and the preview are written.
        should_stop: asked after every step, those of the warm-up included; True saves and ends.

    Returns:
        The pair as of the last step, of the averaged weights where the config averages.

    Raises:
        ConfigError: the folder has a run already, or none to resume, or a damaged one.
        CollapseError: the masks have collapsed, or step after step was not finite; the last
            saved state is of before.
        WeightsError: the weights are not finite any more; the last saved state is still good.
        RunFolderError: the disk refuses.
    """
    sharing = sharing or Alone()
    if config.batch % sharing.world:
        raise ConfigError(
            f"A batch of {config.batch} cannot be divided among {sharing.world} processes; use a "
            f"multiple of {sharing.world}"
        )
    state = begin(config, crops, device=device, sharing=sharing)
    state.trainer.passes.at_once = at_once
    if init:
        start_from(init, config, state)
    if sharing.rank:
        return _follow(config, state, folder, device, sharing, resume, should_stop)
    open_run(folder, config, state, resume=resume, files=files or {})
    size = config.stages[-1].size
    yardstick = Yardstick.of(measured or crops, config.step, size=size, device=device)
    saver = Saver(folder, config, crops, yardstick, provenance or {}, device, keep)
    recorder = Recorder(folder, config, state, on_progress)
    for stage, result in _steps(config, state, device):
        ends = state.step == config.steps
        stops = sharing.agree(ends or should_stop())
        is_due = ends or _is_due(state, save_every)
        distances = saver.measure(state) if is_due and result else {}
        if result:
            recorder.add(result)
            if stops or is_due or state.step % log_every == 0:
                recorder.write(stage, distances)
        if stops or (is_due and not state.is_alarmed):
            pair = saver.save(state, stage, distances)
            on_saved(state.step)
            if stops:
                sharing.wait()
                return pair
    pair = saver.save_pair(state)
    sharing.wait()
    return pair


def _follow(
    config: TrainConfig,
    state: TrainingState,
    folder: Path,
    device: torch.device,
    sharing: Sharing,
    resume: bool,
    should_stop: Callable[[], bool],
) -> Pair:
    """Do the share of a process that is not the first; return the pair that the first one wrote."""
    if resume:
        resume_newest(folder, state)
        state.trainer.part_ways(state.step)
    for _ in _steps(config, state, device):
        if sharing.agree(state.step == config.steps or should_stop()):
            break
    sharing.wait()
    return load_pair(folder / config.name)


def _is_due(state: TrainingState, save_every: int) -> bool:
    """Say whether it is time to save; the warm-up's steps are counted by themselves."""
    done = state.warm_up.done if state.warm_up else state.step
    return done > 0 and done % save_every == 0


def _steps(
    config: TrainConfig, state: TrainingState, device: torch.device
) -> Iterator[tuple[Stage, StepResult | None]]:
    """Take the steps that are left, stage by stage, and yield what each did; a warm-up's, None."""
    end = 0
    for stage in config.stages:
        end += stage.steps
        if state.step >= end:
            continue
        if config.compile:
            compile_networks(state.trainer.networks)
        while state.warm_up:
            # The domains take turns.
            letter = DOMAIN_LETTERS[state.warm_up.done % len(DOMAIN_LETTERS)]
            state.warm_up.step(_draw(config, state, letter, stage, device))
            if state.warm_up.is_over:
                state.warm_up = None
                state.start_average(config)
            yield stage, None
        while state.step < end:
            a, b = (_draw(config, state, letter, stage, device) for letter in DOMAIN_LETTERS)
            state.trainer.set_learning_rate(_rate_factor(config, state.step))
            result = state.trainer.step(a, b)
            if state.average and not result.was_skipped:
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
    return place(state.streams[letter].draw(config.batch, size=stage.size), device)


def _rate_factor(config: TrainConfig, step: int) -> float:
    decaying = round(config.decay * config.steps)
    return learning_rate_factor(
        step, constant_epochs=config.steps - decaying, decay_epochs=decaying
    )
