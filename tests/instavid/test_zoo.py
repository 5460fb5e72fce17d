"""The weights that come with instavid, and the order in which pairs are looked for."""

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from instagan.config import GeneratorConfig
from instagan.models.build import build_generator
from instagan.pairs import Card, Domain, Pair, find_pair, pairs_folder, save_pair
from instavid import zoo
from instavid.castings import choose_pairs
from instavid.cli.pairs import command as pairs_command
from instavid.demo import Demo
from instavid.selection import Selection
from instavid.translators.instagan import InstaGanTranslator


def save(folder: Path) -> Pair:
    shape = GeneratorConfig(base_width=1, blocks=0)
    network = build_generator(shape, rng=torch.Generator().manual_seed(0))
    domains = Domain("sheep", ("sheep",)), Domain("giraffe", ("giraffe",))
    return save_pair(folder, Card(folder.name, shape, (32, 32), *domains), {"AtoB": network})


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of pairs of a zoo of our own."""
    monkeypatch.setattr("instavid.zoo.FOLDER", tmp_path / "zoo")
    return tmp_path / "zoo" / "pairs"


def test_a_shipped_pair_is_found_by_its_name_everywhere(shipped: Path) -> None:
    pair = save(shipped / "meadow")
    (chosen,) = choose_pairs([Selection("meadow")])
    assert chosen.pair == pair
    assert isinstance(InstaGanTranslator.load("meadow"), InstaGanTranslator)
    shown = CliRunner().invoke(pairs_command, ["show", "meadow"])
    assert json.loads(shown.stdout)["folder"] == str(pair.folder)


def test_the_users_own_pair_wins_over_a_shipped_one_of_its_name(shipped: Path) -> None:
    save(shipped / "meadow")
    own = save(pairs_folder() / "meadow")
    assert find_pair("meadow", zoo.pair_places()) == own
    assert not zoo.is_shipped(own.folder)


def test_the_list_says_what_is_shipped(shipped: Path) -> None:
    save(shipped / "ours")
    save(pairs_folder() / "mine")
    listed = CliRunner().invoke(pairs_command, ["list"]).stdout.splitlines()
    assert [(line.split()[0], line.endswith("  shipped")) for line in listed] == [
        ("mine", False),
        ("ours", True),
    ]


def test_what_is_shipped_is_small_and_every_weight_has_a_card() -> None:
    files = [path for path in zoo.FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= zoo.LIMIT_BYTES
    for path in files:
        if path.suffix == ".safetensors":
            assert path.with_name("card.json").is_file(), path
        if path.suffix == ".pt":
            assert any(path.with_suffix(kind).is_file() for kind in (".json", ".md")), path


def test_what_the_demonstration_needs_is_shipped() -> None:
    demo = Demo(Path("demo"))
    pair = find_pair(demo.pair, [zoo.FOLDER / "pairs"])
    assert pair.card.directions == ("AtoB", "BtoA")
    for direction in pair.card.directions:
        InstaGanTranslator.load(pair, direction=direction)
    assert demo.seg_model in zoo.shipped_segmenters()
