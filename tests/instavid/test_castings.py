"""From a pair's card to a translator that shows what the pair makes as the card says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from instagan.config import GeneratorConfig
from instagan.models.build import build_generator
from instagan.pairs import Card, Domain, Pair, save_pair
from instavid.castings import ChosenPair, build_casting
from instavid.followers.segment_track import SegmentThenTrack
from instavid.networks import build_pipeline
from instavid.selection import Selection
from instavid.testing import textured
from instavid.types import Crop, Patch

MASKS = np.zeros((1, 40, 40), bool)
MASKS[0, 10:30, 5:25] = True
CROP = Crop(textured(40, 40), MASKS)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    shape = GeneratorConfig(base_width=2, blocks=1)
    network = build_generator(shape, rng=torch.Generator().manual_seed(0))
    card = Card("a2b", shape, (32, 32), Domain("a", ("a",)), Domain("b", ("b",)))
    return save_pair(tmp_path_factory.mktemp("pairs") / "a2b", card, {"AtoB": network})


def translate(card: Card, pair: Pair, crop: Crop, *, sharpen: float | None = None) -> Patch:
    chosen = ChosenPair(replace(pair, card=card), Selection(str(pair.folder)), ("a",))
    (patch,) = build_casting(chosen, device=CPU, sharpen=sharpen).translator.translate([crop])
    return patch


def test_the_card_says_how_much_detail_is_added_unless_the_caller_does(pair: Pair) -> None:
    plain, crisp = pair.card, replace(pair.card, sharpen={"AtoB": 1.5})
    soft = translate(plain, pair, CROP).rgb
    sharp = translate(crisp, pair, CROP).rgb
    assert (soft != sharp).any()
    np.testing.assert_array_equal(translate(plain, pair, CROP, sharpen=1.5).rgb, sharp)
    np.testing.assert_array_equal(translate(crisp, pair, CROP, sharpen=0.0).rgb, soft)
    other_way = replace(pair.card, sharpen={"BtoA": 1.5})
    np.testing.assert_array_equal(translate(other_way, pair, CROP).rgb, soft)


@pytest.mark.parametrize(("side", "turned"), [("left", 1), ("right", -1)])
def test_what_faces_the_other_way_is_turned_where_the_card_says_which_way_all_face(
    pair: Pair, side: str, turned: int
) -> None:
    card = replace(pair.card, faces={"AtoB": side})
    mirrored = Crop(CROP.rgb[:, ::-1].copy(), CROP.masks[:, :, ::-1].copy())
    for facing in (-1, 0, 1):
        patch = translate(card, pair, replace(CROP, facing=facing))
        straight = translate(pair.card, pair, mirrored if facing == turned else CROP)
        expected = straight.rgb[:, ::-1] if facing == turned else straight.rgb
        np.testing.assert_array_equal(patch.rgb, expected)


@pytest.mark.parametrize(("faces", "foresight"), [({}, None), ({"AtoB": "right"}, 12)])
def test_the_follower_is_asked_for_facings_only_where_a_card_needs_them(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, faces: dict[str, str], foresight: int | None
) -> None:
    asked = []

    class Follower(SegmentThenTrack):
        def __init__(self, *args: object, **options: object) -> None:
            asked.append(options["foresight"])

    monkeypatch.setattr("instavid.following.SegmentThenTrack", Follower)
    monkeypatch.setattr("instavid.networks.YoloSegmenter", lambda *args, **options: None)
    there = replace(pair, card=replace(pair.card, faces=faces))
    chosen = [ChosenPair(there, Selection(str(pair.folder)), ("a",))]
    build_pipeline(chosen, device=CPU, foresight=12)
    assert asked == [foresight]
