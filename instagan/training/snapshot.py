"""A run's state as plain values, and back: what a saved state holds."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from instagan.config import DIRECTIONS, Direction
from instagan.training.ema import WeightAverage
from instagan.training.state import Best, TrainingState
from instagan.training.steps import InstaGanTrainer
from instagan.types import SetBatch

Snapshot = dict[str, Any]
"""Tensors, numbers, texts, lists and dicts only, so that reading one never runs code."""

_ALWAYS = frozenset(
    {"step", "generators", "discriminators", "optimizers", "pools", "rngs", "streams", "average"}
)


def take(state: TrainingState) -> Snapshot:
    """Return the state; tensors are shared with it, not copied."""
    trainer = state.trainer
    return {
        "step": state.step,
        "generators": {d: trainer.networks.generators[d].state_dict() for d in DIRECTIONS},
        "discriminators": {d: trainer.networks.discriminators[d].state_dict() for d in DIRECTIONS},
        "optimizers": [trainer.optimizer_g.state_dict(), trainer.optimizer_d.state_dict()],
        "pools": {d: _pool_content(trainer, d) for d in DIRECTIONS},
        "rngs": [trainer.order_rng.get_state(), trainer.augment_rng.get_state()],
        "streams": {letter: stream.state() for letter, stream in state.streams.items()},
        "average": state.average and [state.average.updates, state.average.weights],
        "warm_up": state.warm_up and state.warm_up.content(),
        "guards": {
            "collapse": dict(state.collapse.bad_steps),
            "skips": [state.skips.in_a_row, state.skips.total],
        },
        "best": state.best and asdict(state.best),
        "origin": state.origin,
    }


def find_fault(snapshot: object) -> str:
    """Say why what was read is no snapshot to go on from; empty if it is one."""
    if not isinstance(snapshot, dict) or not snapshot.keys() >= _ALWAYS:
        return "it is no state of a run"
    if not all(tensor.isfinite().all() for tensor in _tensors(snapshot)):
        return "it holds values that are not finite"
    return ""


def restore(snapshot: Snapshot, state: TrainingState) -> None:
    """Bring a fresh state to where the snapshot was taken.

    Raises:
        ValueError, KeyError, TypeError, RuntimeError: it is of a run with other networks.
    """
    trainer = state.trainer
    device = next(trainer.networks.generators["AtoB"].parameters()).device
    for direction in DIRECTIONS:
        for kind in ("generators", "discriminators"):
            network = getattr(trainer.networks, kind)[direction]
            _load(network, snapshot[kind][direction], name=f"{kind[:-1]} {direction}")
        pool = trainer.pools[direction]
        kept = snapshot["pools"][direction]
        pool.samples = [
            SetBatch(image.to(device), masks.to(device), valid)
            for image, masks, valid in kept["samples"]
        ]
        version, inner, gauss = kept["rng"]
        pool.rng.setstate((version, tuple(inner), gauss))
    for optimizer, saved in zip(
        (trainer.optimizer_g, trainer.optimizer_d), snapshot["optimizers"], strict=True
    ):
        optimizer.load_state_dict(saved)
    for rng, saved in zip((trainer.order_rng, trainer.augment_rng), snapshot["rngs"], strict=True):
        rng.set_state(saved)
    for letter, stream in state.streams.items():
        stream.restore(snapshot["streams"][letter])
    _restore_average(snapshot, state, device)
    _restore_since(snapshot, state)
    state.step = snapshot["step"]


def _restore_average(snapshot: Snapshot, state: TrainingState, device: torch.device) -> None:
    if state.average:
        generators = state.trainer.networks.generators
        state.average = WeightAverage(generators, decay=state.average.decay)
    if state.average and snapshot["average"]:
        state.average.updates, weights = snapshot["average"]
        state.average.weights = {
            d: {name: tensor.to(device) for name, tensor in weights[d].items()} for d in DIRECTIONS
        }


def _restore_since(snapshot: Snapshot, state: TrainingState) -> None:
    """Restore what states had not from the first: theirs are of runs that are past the warm-up."""
    warm_up = snapshot.get("warm_up")
    if warm_up and state.warm_up:
        state.warm_up.restore(warm_up)
    else:
        state.warm_up = None
    guards = snapshot.get("guards")
    if guards:
        state.collapse.bad_steps = dict(guards["collapse"])
        state.skips.in_a_row, state.skips.total = guards["skips"]
    best = snapshot.get("best")
    state.best = Best(**best) if best else None
    state.origin = snapshot.get("origin", "")


def _load(network: nn.Module, saved: Mapping[str, Tensor], *, name: str) -> None:
    """Load weights; torch itself would name every tensor that does not fit."""
    own = network.state_dict()
    for key in sorted(own.keys() | saved.keys()):
        there, here = (str(tuple(w[key].shape)) if key in w else "absent" for w in (saved, own))
        if there != here:
            raise ValueError(f"{key} of {name} is {there} there and {here} here")
    network.load_state_dict(saved)


def _pool_content(trainer: InstaGanTrainer, direction: Direction) -> dict[str, Any]:
    pool = trainer.pools[direction]
    samples = [[one.image, one.masks, one.valid] for one in pool.samples]
    return {"samples": samples, "rng": pool.rng.getstate()}


def _tensors(tree: object) -> Iterator[Tensor]:
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, dict | list | tuple):
        for branch in tree.values() if isinstance(tree, dict) else tree:
            yield from _tensors(branch)
