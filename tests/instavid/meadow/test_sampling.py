"""Scenes: what a seed decides."""

import subprocess
import sys

import pytest

from instavid.errors import UsageError
from instavid.meadow.sampling import sample_scene


def test_a_seed_is_a_scene() -> None:
    assert sample_scene(3) == sample_scene(3)
    assert sample_scene(3) != sample_scene(4)


@pytest.mark.parametrize("count", [0, 1, 9])
def test_as_many_animals_as_asked_for_with_identities_from_one(count: int) -> None:
    scene = sample_scene(8, kinds=("sheep", "giraffe"), count=count)
    assert [animal.identity for animal in scene.animals] == list(range(1, count + 1))


def test_only_the_kinds_asked_for_appear() -> None:
    animals = [a for seed in range(20) for a in sample_scene(seed, kinds=("giraffe",)).animals]
    assert {animal.kind for animal in animals} == {"giraffe"}
    both = [a for seed in range(20) for a in sample_scene(seed, kinds=("sheep", "giraffe")).animals]
    assert {animal.kind for animal in both} == {"sheep", "giraffe"}


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="sheep, giraffe"):
        sample_scene(0, kinds=("goat",))  # type: ignore[arg-type]


def test_depth_order_never_changes_so_that_nobody_walks_through_another() -> None:
    for seed in range(30):
        animals = sample_scene(seed, count=6).animals
        orders = {
            tuple(sorted((a.identity for a in animals), key=lambda i: animals[i - 1].z_m(t)))
            for t in range(0, 60, 3)
        }
        assert len(orders) == 1, seed


def test_animals_only_go_forward() -> None:
    for seed in range(10):
        for animal in sample_scene(seed).animals:
            ways = [animal.travelled_m(t / 4) for t in range(200)]
            assert ways == sorted(ways)


def test_importing_draws_nothing() -> None:
    code = (
        "import instavid.meadow.clip, instavid.meadow.flow, sys\n"
        "from instavid.meadow import landscape, stage\n"
        "assert landscape.landscape.cache_info().currsize == 0\n"
        "assert stage.rig_of.cache_info().currsize == 0\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
