"""What `instavid bench` measures, from its options to its report."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import nn

from instagan.models.generators import SetGenerator
from instavid.devices import resolve_device
from instavid.metrics.bench_report import BenchReport
from instavid.metrics.bench_settings import BenchSettings
from instavid.metrics.bench_stages import Stages
from instavid.metrics.generator_speed import (
    compare_batching,
    compare_with_reference,
    untrained_generator,
)
from instavid.metrics.machine import describe_machine
from instavid.metrics.reference import load_reference_generator
from instavid.metrics.speed_case import SpeedCase
from instavid.metrics.step_samples import paper_config
from instavid.metrics.step_speed import compare_steps, refuse_steps

Say = Callable[[str], None]


def run_bench(settings: BenchSettings, *, say: Say = lambda text: None) -> BenchReport:
    """Measure what the settings ask for; `say` is told what comes next.

    Raises:
        UsageError: `against` is no checkout of the authors' code, or it computes something else.
        ConfigError: The training step cannot be of that size.
        UnavailableError: The device is not there.
        InputError: The clip cannot be read.
        ModelError: The segmenter's weights cannot.
    """
    device = resolve_device(settings.device)
    with _thread_count(settings.threads):
        machine = describe_machine(device)
        measure = _measure_step if settings.only == "step" else _measure_inference
        return measure(settings, BenchReport(machine, asdict(settings)), device, say)


def _measure_step(
    settings: BenchSettings, empty: BenchReport, device: torch.device, say: Say
) -> BenchReport:
    """Return the report with a case for each number of masks, at batch 1 too with `against`."""
    batch = settings.batch or 4
    config = paper_config(
        size=settings.size, width=settings.width, blocks=settings.blocks, batch=batch
    )
    refuse_steps(config, settings.against, most_masks=max(settings.masks))
    cases = []
    for masks in settings.masks:
        for count in sorted({1, batch}) if settings.against else [batch]:
            say(f"the training step with {_count(masks, 'mask')}, {_count(count, 'sample')}")
            one = replace(config, batch=count)
            cases.append(
                compare_steps(
                    one, settings.against, masks=masks, rounds=settings.rounds, device=device
                )
            )
    return replace(empty, steps=tuple(cases))


def _measure_inference(
    settings: BenchSettings, empty: BenchReport, device: torch.device, say: Say
) -> BenchReport:
    """Return the report with the generator and the stages, or one of them."""
    with tempfile.TemporaryDirectory(prefix="instavid-") as folder:
        ours = untrained_generator(width=settings.width, blocks=settings.blocks, device=device)
        # What may be refused comes first: nobody should wait minutes to learn of a typing error.
        theirs = _load_reference(settings, ours)
        stages = None if settings.only == "generator" else Stages(settings, Path(folder), device)
        cases = [] if settings.only == "stages" else _cases(settings, ours, theirs, device, say)
        times = stages.time(ours, say) if stages else None
    return replace(empty, cases=tuple(cases), stages=times)


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
) -> list[SpeedCase]:
    size, rounds = settings.size, settings.rounds
    batch = settings.batch or (2 if device.type == "cpu" else 8)
    cases = []
    for masks in settings.masks:
        say(f"the generator with {_count(masks, 'mask')}, {rounds} rounds")
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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


@contextmanager
def _thread_count(threads: int | None) -> Iterator[None]:
    """Let torch use so many threads inside; None leaves it as it is."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
