"""Equality with the authors' code: `shared/reference` says what it computes."""

import json

import pytest
import torch
from safetensors.torch import load_file

from instagan.config import DiscriminatorConfig, GeneratorConfig, StepConfig
from instagan.masks import find_valid
from instagan.models.discriminators import PatchDiscriminator, SetDiscriminator
from instagan.models.generators import ResnetGenerator, SetGenerator
from instagan.models.layers import biases_without_effect
from instagan.training.steps import InstaGanTrainer, build_networks
from instagan.types import SetBatch

CASES = ("one", "two", "four", "two_of_four", "none_of_two")
DIRECTIONS = {"AtoB": ("A", "B"), "BtoA": ("B", "A")}


def part(tensors, prefix):
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}


def distance(x, y):
    return (x - y).abs().max().item()


@pytest.fixture
def networks(reference):
    return load_file(reference / "networks.safetensors")


@pytest.mark.parametrize("case", CASES)
def test_generators_equal_the_authors(networks, case):
    ours, plain = SetGenerator(base_width=4).eval(), ResnetGenerator(base_width=4).eval()
    ours.load_state_dict(part(networks, "G."))
    plain.load_state_dict(part(networks, "G_basic."))
    given = part(networks, f"case.{case}.")
    with torch.no_grad():
        out = ours(given["image"], given["masks"])
        assert distance(out.image, given["G.image"]) < 1e-5
        assert distance(out.masks, given["G.masks"]) < 1e-5
        assert distance(plain(given["image"], given["masks"]).image, given["G_basic.image"]) < 1e-5


def test_discriminators_equal_the_authors_call_after_call(networks):
    for name, judge in (
        ("D", SetDiscriminator(base_width=4)),
        ("D_basic", PatchDiscriminator(base_width=4)),
    ):
        judge.load_state_dict(part(networks, f"{name}.before."))
        for case in CASES:
            given = part(networks, f"case.{case}.")
            with torch.no_grad():
                score = judge(given["image"], given["masks"])
            assert distance(score, given[f"{name}.score"]) < 1e-5
        after = part(networks, f"{name}.after.")
        assert after.keys() == judge.state_dict().keys()
        assert all(distance(judge.state_dict()[key], t) < 1e-5 for key, t in after.items())


def test_two_optimisation_steps_equal_the_authors(reference):
    # The vectors were made on two threads. Another count rounds convolution gradients in
    # another order, an L1 term flips its sign at one pixel, and Adam carries that on.
    torch.set_num_threads(2)
    tensors = load_file(reference / "training.safetensors")
    told = json.loads((reference / "training.json").read_text())["losses"]
    built = build_networks(
        GeneratorConfig(base_width=4), DiscriminatorConfig(base_width=4), rng=torch.Generator()
    )
    named = {}
    for direction, (own, _) in DIRECTIONS.items():
        named[f"G_{own}"] = built.generators[direction]
        named[f"D_{own}"] = built.discriminators[direction].judges["picture"]
    for name, network in named.items():
        network.load_state_dict(part(tensors, f"before.{name}."))
    trainer = InstaGanTrainer(built, StepConfig(), seed=0)
    for step in (0, 1):
        given = part(tensors, f"step{step}.input.")
        a, b = (
            SetBatch(given[x], given[f"{x}_segs"], find_valid(given[f"{x}_segs"])) for x in "AB"
        )
        result = trainer.step(a, b)
        for index, losses in enumerate(result.losses):
            expected = next(
                e for e in told if (e["step"], e["sequential_iteration"]) == (step, index)
            )
            assert_losses_equal(losses, expected)
        for name, network in named.items():
            assert share_equal(network, part(tensors, f"step{step}.after.{name}.")) > 0.999


def assert_losses_equal(losses, expected):
    for direction, (own, other) in DIRECTIONS.items():
        assert (direction in losses) == expected[f"forward_{own}"]
        if direction in losses:
            terms = losses[direction]
            for value, key in (
                (terms.adversarial, f"G_{own}"),
                (terms.cycle, f"cyc_{own}"),
                (terms.identity, f"idt_{other}"),
                (terms.context, f"ctx_{own}"),
                (terms.discriminator, f"D_{own}"),
            ):
                assert value.item() == pytest.approx(expected[key], rel=1e-4), key
    total = sum(terms.generator.item() for terms in losses.values())
    assert total == pytest.approx(expected["G"], rel=1e-4)


def share_equal(network, expected):
    exempt = biases_without_effect(network)
    now = network.state_dict()
    near = torch.cat(
        [((now[k] - t).abs() <= 1e-5).flatten() for k, t in expected.items() if k not in exempt]
    )
    return near.float().mean().item()
