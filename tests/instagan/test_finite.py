"""A step that is not finite leaves no trace; too many of them end a run that stays sound."""

import csv

import pytest
import torch
from tiny_runs import CPU, make_config, make_crops, newest_content
from torch import nn

from instagan.config import DIRECTIONS, DiscriminatorConfig, GeneratorConfig, StepConfig
from instagan.errors import CollapseError
from instagan.training import objective
from instagan.training.config import Stage
from instagan.training.finite import SkipGuard, all_finite, shorten_gradient
from instagan.training.log import SKIPPED
from instagan.training.loop import train
from instagan.training.saved_states import find_states
from instagan.training.steps import InstaGanTrainer, build_networks
from instagan.types import SetBatch


def make_trainer(**options) -> InstaGanTrainer:
    networks = build_networks(
        GeneratorConfig(base_width=2, blocks=1),
        DiscriminatorConfig(base_width=2, norm="none"),
        rng=torch.Generator().manual_seed(0),
    )
    return InstaGanTrainer(networks, StepConfig(**options), seed=0)


def remembered(trainer: InstaGanTrainer) -> list[torch.Tensor]:
    """Return the weights of all networks and what the optimisers know of them."""
    networks = (*trainer.networks.generators.values(), *trainer.networks.discriminators.values())
    weights = [p for network in networks for p in network.parameters()]
    optimizers = (trainer.optimizer_g, trainer.optimizer_d)
    moments = [t for o in optimizers for entry in o.state.values() for t in entry.values()]
    return [tensor.detach().clone() for tensor in (*weights, *moments)]


def break_gradient(network: nn.Module, value: float) -> None:
    """Let one number of a network's next gradients be `value`."""
    *_, last = network.parameters()

    def spoil(grad: torch.Tensor) -> torch.Tensor:
        grad = grad.clone()
        grad.view(-1)[0] = value
        return grad

    last.register_hook(spoil)


@pytest.mark.parametrize("kind", ["generators", "discriminators"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30], ids=str)
@pytest.mark.parametrize("clip", [0.0, 5.0])
def test_a_gradient_that_is_not_finite_changes_nothing(make_set, kind, value, clip):
    trainer = make_trainer(clip=clip)
    batch = SetBatch(*make_set([1], slots=1, size=(32, 32)))
    trainer.step(batch, batch)
    before = remembered(trainer)
    break_gradient(getattr(trainer.networks, kind)["BtoA"], value)
    result = trainer.step(batch, batch)
    # The norm of 1e30 is beyond float32.
    assert result.was_skipped
    assert not any(result.losses)
    after = remembered(trainer)
    assert len(before) == len(after)
    assert all(torch.equal(x, y) for x, y in zip(before, after, strict=True))


def test_a_picture_that_is_not_finite_is_neither_learnt_from_nor_remembered(make_set):
    trainer = make_trainer(ins_max=2, ins_per=1)
    batch = SetBatch(*make_set([2], slots=2, size=(32, 32)))
    trainer.step(batch, batch)
    before = remembered(trainer)
    broken = SetBatch(batch.image.clone(), batch.masks, batch.valid)
    broken.image[0, 0, 5, 5] = float("nan")
    assert trainer.step(broken, batch).was_skipped
    assert all(torch.equal(x, y) for x, y in zip(before, remembered(trainer), strict=True))
    pools = [one for pool in trainer.pools.values() for one in pool.samples]
    assert all(one.image.isfinite().all() for one in pools)
    assert not trainer.step(batch, batch).was_skipped


def test_norms_are_those_of_the_gradients_and_only_long_ones_are_shortened():
    network = nn.Linear(2, 1, bias=False)
    network.weight.grad = torch.tensor([[3.0, 4.0]])
    assert shorten_gradient(network, limit=0) == 5
    assert shorten_gradient(network, limit=9) == 5
    assert network.weight.grad.tolist() == [[3.0, 4.0]]
    assert shorten_gradient(network, limit=1) == 5
    assert torch.allclose(network.weight.grad, torch.tensor([[0.6, 0.8]]))
    assert shorten_gradient(nn.Linear(2, 1), limit=0) == 0
    assert all_finite([torch.tensor(1.0), torch.tensor(0.0)])
    assert not all_finite([torch.tensor(1.0), torch.tensor(float("-inf"))])


def break_losses(monkeypatch, steps: set[int]) -> None:
    """Let the context loss of some steps, counted from 1, be NaN."""
    count, real = iter(range(1, 10**6)), InstaGanTrainer.step
    now = [0]

    def step(self, a, b):
        now[0] = next(count)
        return real(self, a, b)

    def loss(*args, **options):
        fine = context_loss(*args, **options)
        return fine * float("nan") if now[0] in steps else fine

    context_loss = objective.losses.context_loss
    monkeypatch.setattr(InstaGanTrainer, "step", step)
    monkeypatch.setattr(objective.losses, "context_loss", loss)


def test_a_run_counts_what_it_left_out_and_goes_on(tmp_path, monkeypatch):
    config = make_config(skip_limit=3, warm_up=0, collapse_window=0)
    break_losses(monkeypatch, {2, 3, 5})
    pair = train(config, make_crops(), tmp_path, device=CPU, log_every=1, save_every=2, keep=9)
    with (tmp_path / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row[SKIPPED] for row in rows] == [f"{n:.5f}" for n in (0, 1, 1, 0, 1, 0, 0)]
    assert rows[1]["AtoB_cycle"] == ""
    assert "nan" not in (tmp_path / "log.csv").read_text()
    assert pair.card.provenance["skipped steps"] == "3"
    # Nothing is saved in the middle of such a row.
    assert [path.name[:7] for path in find_states(tmp_path)] == ["0000007", "0000006", "0000004"]
    content = newest_content(tmp_path)
    assert content["average"][0] == 4  # updates
    assert content["guards"]["skips"] == [0, 3]


def test_a_long_row_ends_the_run_and_the_last_state_is_of_before(tmp_path, monkeypatch):
    config = make_config(skip_limit=3, warm_up=0, collapse_window=0)
    run = {"device": CPU, "log_every": 1, "save_every": 2}
    with monkeypatch.context() as patch:
        break_losses(patch, {4, 5, 6})
        with pytest.raises(CollapseError, match=r"of 3 steps in a row, up to step 6, were not"):
            train(config, make_crops(), tmp_path, **run)
    assert [path.name[:7] for path in find_states(tmp_path)] == ["0000002"]
    pair = train(config, make_crops(), tmp_path, **run, resume=True)
    assert pair.card.provenance["steps"] == "7 of 7"
    assert "skipped steps" not in pair.card.provenance


def test_the_row_that_ends_a_run_may_go_on_over_a_stop():
    guard = SkipGuard(2)
    guard.note(was_skipped=True, now=1)
    assert guard.is_alarmed
    guard.note(was_skipped=False, now=2)
    assert not guard.is_alarmed
    guard.note(was_skipped=True, now=3)
    again = SkipGuard(2)
    again.in_a_row, again.total = guard.in_a_row, guard.total
    with pytest.raises(CollapseError, match="2 steps in a row, up to step 4"):
        again.note(was_skipped=True, now=4)
    for step in range(100):
        SkipGuard(0).note(was_skipped=True, now=step)


def test_a_warm_up_leaves_out_what_is_not_finite(tmp_path, monkeypatch):
    crops = make_crops()
    config = make_config(stages=(Stage((16, 16), 1),), warm_up=3)
    from instagan.training import warm_up as module

    identity_loss = module.losses.identity_loss
    calls = iter(range(10**6))
    monkeypatch.setattr(
        module.losses,
        "identity_loss",
        lambda *args: identity_loss(*args) * (float("nan") if next(calls) == 1 else 1),
    )
    pair = train(config, crops, tmp_path, device=CPU)
    content = newest_content(tmp_path)
    weights = [t for d in DIRECTIONS for t in content["generators"][d].values()]
    assert all(tensor.isfinite().all() for tensor in weights)
    assert pair.card.provenance["steps"] == "1 of 1"
