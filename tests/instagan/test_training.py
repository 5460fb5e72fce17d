"""The optimisation step, the history pool and the schedule."""

import random

import pytest
import torch

from instagan.config import DiscriminatorConfig, GeneratorConfig, LossWeights, StepConfig
from instagan.errors import ConfigError
from instagan.models.layers import biases_without_effect
from instagan.training.pool import HistoryPool
from instagan.training.schedule import learning_rate_factor
from instagan.training.steps import InstaGanTrainer, build_networks
from instagan.types import SetBatch

FIELDS = ("adversarial", "cycle", "identity", "context", "discriminator")


def make_trainer(*, norm="spectral", **options) -> InstaGanTrainer:
    networks = build_networks(
        GeneratorConfig(base_width=2, blocks=1),
        DiscriminatorConfig(base_width=2, norm=norm),
        rng=torch.Generator().manual_seed(0),
    )
    return InstaGanTrainer(networks, StepConfig(**options), seed=0)


def weights_of(networks) -> list[torch.Tensor]:
    return [p.detach().clone() for network in networks.values() for p in network.parameters()]


def test_a_batch_has_the_mean_of_the_losses_of_its_active_samples(make_set):
    a = SetBatch(*make_set([3, 1], slots=3, size=(32, 32)))
    b = SetBatch(*make_set([1, 1], slots=3, size=(32, 32), seed=1))
    together = make_trainer().step(a, b).losses
    rows = [torch.tensor([0]), torch.tensor([1])]
    alone = [make_trainer().step(a.rows(row), b.rows(row)).losses for row in rows]
    assert [sorted(entry) for entry in together] == [["AtoB", "BtoA"], ["AtoB"]]
    for name in FIELDS:
        first = [getattr(one[0]["AtoB"], name) for one in alone]
        mean = torch.stack(first).mean()
        assert torch.allclose(getattr(together[0]["AtoB"], name), mean, rtol=1e-4)
    assert "AtoB" not in alone[1][1]


def test_a_step_changes_all_four_networks_and_a_day_without_instances_none(make_set):
    trainer = make_trainer()
    empty = SetBatch(*make_set([0], slots=2, size=(32, 32)))
    full = SetBatch(*make_set([1], slots=2, size=(32, 32)))
    generators, judges = trainer.networks.generators, trainer.networks.discriminators
    before = weights_of(generators) + weights_of(judges)
    result = trainer.step(empty, empty)
    assert result.losses == ({}, {})
    assert torch.equal(result.fakes["AtoB"].image, empty.image)
    after = weights_of(generators) + weights_of(judges)
    assert all(torch.equal(x, y) for x, y in zip(before, after, strict=True))
    trainer.step(full, full)
    for network in (*generators.values(), *judges.values()):
        assert all(parameter.requires_grad for parameter in network.parameters())
    moved = zip(before, weights_of(generators) + weights_of(judges), strict=True)
    assert all(not torch.equal(x, y) for x, y in moved)


def test_weights_of_zero_switch_losses_off(make_set):
    batch = SetBatch(*make_set([1], slots=1, size=(32, 32)))
    trainer = make_trainer(weights=LossWeights(cycle=0, identity=0, context=2, mirror=3))
    (terms,) = [entry["AtoB"] for entry in trainer.step(batch, batch).losses if entry]
    assert terms.cycle == 0
    assert terms.identity == 0
    assert torch.isclose(terms.generator, terms.adversarial + terms.context + terms.mirror)
    assert terms.mirror > 0
    assert terms.context > 0


def test_each_networks_gradient_is_shortened_by_itself_and_a_short_one_left(make_set):
    batch = SetBatch(*make_set([1], slots=1, size=(32, 32)))

    def gradients(clip: float) -> list[torch.Tensor]:
        trainer = make_trainer(clip=clip)
        trainer.step(batch, batch)
        # The generators' step comes first: their gradients do not depend on what was clipped.
        networks = trainer.networks.generators.values()
        return [torch.cat([p.grad.flatten() for p in one.parameters()]) for one in networks]

    free = gradients(0)
    short, long = sorted(float(gradient.norm()) for gradient in free)
    between = (short + long) / 2
    for before, after in zip(free, gradients(between), strict=True):
        if before.norm() < between:
            assert torch.equal(before, after)
        else:
            assert torch.allclose(after, before * between / before.norm(), rtol=1e-3)


def test_results_do_not_hold_the_graph(make_set):
    batch = SetBatch(*make_set([1], slots=1, size=(32, 32)))
    result = make_trainer().step(batch, batch)
    assert not result.fakes["AtoB"].image.requires_grad
    assert not any(getattr(result.losses[0]["AtoB"], name).requires_grad for name in FIELDS)


def test_the_same_seed_repeats_a_step_bit_by_bit(make_set):
    batch = SetBatch(*make_set([4, 2], slots=4, size=(32, 32)))
    runs = []
    for _ in range(2):
        trainer = make_trainer(order="random", pool_size=1)
        trainer.step(batch, batch)
        trainer.step(batch, batch)
        runs.append(weights_of(trainer.networks.generators))
    assert all(torch.equal(x, y) for x, y in zip(*runs, strict=True))


def forgetful(network: torch.nn.Module, *, most: int, tries: list[int]) -> None:
    """Let a network run out of memory when it is given more than `most` samples."""

    def check(_: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        tries.append(len(given[0]))
        if len(given[0]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    network.register_forward_pre_hook(check)


@pytest.mark.parametrize("where", ["generators", "discriminators"])
def test_out_of_memory_halves_what_is_computed_at_once_and_changes_no_result(make_set, where):
    """Spectral norm advances once per part, so discriminators without any norm."""
    a = SetBatch(*make_set([2, 1, 0, 1], slots=2, size=(32, 32)))
    b = SetBatch(*make_set([1, 2, 1, 1], slots=2, size=(32, 32), seed=1))
    plain, short = (make_trainer(norm="none", pool_size=3, clip=1.0) for _ in range(2))
    tries: list[int] = []
    network = getattr(short.networks, where)["AtoB"]
    forgetful(network if where == "generators" else network.judges["picture"], most=1, tries=tries)
    for _ in range(2):
        expected, got = plain.step(a, b), short.step(a, b)
    assert short.passes.at_once == 1
    assert plain.passes.at_once is None
    assert max(tries[4:]) == 1
    for before, after in zip(expected.losses, got.losses, strict=True):
        for direction, terms in before.items():
            for name, value in vars(terms).items():
                assert torch.allclose(value, getattr(after[direction], name), rtol=1e-4, atol=1e-6)
    for kind in ("generators", "discriminators"):
        for mine, theirs in zip(
            *(getattr(t.networks, kind).values() for t in (plain, short)), strict=True
        ):
            # Adam turns the rounding of a gradient that is truly zero into full steps.
            state, exempt = theirs.state_dict(), biases_without_effect(mine)
            changed = [
                (t - state[name]).abs() > 1e-5
                for name, t in mine.state_dict().items()
                if name not in exempt
            ]
            assert torch.cat([part.flatten() for part in changed]).float().mean() < 0.01


def test_too_little_memory_for_one_sample_is_said(make_set):
    trainer = make_trainer()
    forgetful(trainer.networks.generators["BtoA"], most=0, tries=[])
    batch = SetBatch(*make_set([1, 1], slots=2, size=(32, 32)))
    with pytest.raises(ConfigError, match="one sample at a time"):
        trainer.step(batch, batch)


def numbered(*values: int) -> SetBatch:
    image = torch.tensor(values, dtype=torch.float).view(-1, 1, 1, 1).expand(-1, 3, 2, 2)
    return SetBatch(
        image, torch.zeros(len(values), 1, 2, 2), torch.ones(len(values), 1, dtype=torch.bool)
    )


def numbers(batch: SetBatch) -> list[float]:
    return batch.image[:, 0, 0, 0].tolist()


def test_a_pool_hands_back_what_it_gets_until_full_then_half_the_time_an_older_one():
    pool = HistoryPool(3, rng=random.Random(0))
    assert numbers(pool.exchange(numbered(0, 1, 2))) == [0, 1, 2]
    given = list(range(3, 203))
    back = [number for start in given for number in numbers(pool.exchange(numbered(start)))]
    older = sum(x != y for x, y in zip(given, back, strict=True))
    assert 70 < older < 130
    assert len(pool.samples) == 3
    seen = back + [number for sample in pool.samples for number in numbers(sample)]
    assert sorted(seen) == [float(n) for n in range(203)]


def test_a_pool_decides_sample_by_sample_whatever_the_batch():
    big, small = (HistoryPool(2, rng=random.Random(5)) for _ in range(2))
    whole = numbers(big.exchange(numbered(*range(12))))
    parts = [n for k in range(12) for n in numbers(small.exchange(numbered(k)))]
    assert whole == parts
    assert whole != list(range(12))


def test_a_pool_of_none_keeps_nothing():
    pool = HistoryPool(0, rng=random.Random(0))
    assert numbers(pool.exchange(numbered(7))) == [7]
    assert not pool.samples


def test_the_learning_rate_is_constant_then_falls_in_a_line():
    factors = [learning_rate_factor(e, constant_epochs=100, decay_epochs=100) for e in range(201)]
    assert factors[:100] == [1.0] * 100
    assert factors[100] == pytest.approx(100 / 101)
    assert factors[199] == pytest.approx(1 / 101)
    assert factors[200] == 0


def test_bad_settings_are_reported_all_at_once():
    with pytest.raises(ConfigError, match=r"ins_per is 0.*order is 'up'.*learning_rate is nan"):
        StepConfig(ins_per=0, order="up", learning_rate=float("nan"))
