"""Pairs on disk: strict, verified, atomic."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from instagan import atomic
from instagan.config import GeneratorConfig
from instagan.errors import PairError, PairNotFoundError, WeightsError
from instagan.models.build import build_generator
from instagan.pairs import (
    Card,
    CropMargins,
    Domain,
    adjust,
    find_pair,
    list_pairs,
    load_card,
    load_generator,
    load_pair,
    pairs_folder,
    save_pair,
)

SHAPE = GeneratorConfig(base_width=1, blocks=1)
CARD = Card(
    name="sheep2giraffe",
    architecture=SHAPE,
    working_size=(64, 48),
    domain_a=Domain("sheep", ("sheep",)),
    domain_b=Domain("giraffe", ("giraffe", "okapi")),
    crop_margins={"AtoB": CropMargins(top=1.1, bottom=0.5), "BtoA": CropMargins()},
    ins_per=3,
    provenance={"note": "made by a test"},
)


def network(seed: int) -> torch.nn.Module:
    return build_generator(SHAPE, rng=torch.Generator().manual_seed(seed)).eval()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_pair(tmp_path / "s2g", CARD, {"AtoB": network(1), "BtoA": network(2)})
    return tmp_path / "s2g"


def refusal(folder: Path, kind: type[Exception] = PairError) -> str:
    with pytest.raises(kind) as caught:
        load_generator(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def edit_card(folder: Path, **changes: object) -> None:
    path = folder / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_what_is_saved_is_loaded_again(folder, make_set):
    card = load_card(folder)
    assert replace(card, weights={}, provenance=CARD.provenance) == CARD
    assert card.domain_classes("AtoB") == ("sheep",)
    assert card.domain_classes("BtoA") == ("giraffe", "okapi")
    assert card.crop_margins["AtoB"].top == 1.1
    assert card.provenance["created_by"].startswith("instavid")
    given = make_set([1, 2], slots=2)
    for direction, seed in (("AtoB", 1), ("BtoA", 2)):
        loaded = load_generator(folder, direction)
        assert not loaded.training
        with torch.no_grad():
            assert torch.equal(loaded(*given).image, network(seed)(*given).image)


@pytest.mark.parametrize("kind", ["resnet", "resnet-seg"])
def test_pairs_of_cyclegans_kinds_and_resizing_decoders_are_kept_too(tmp_path, make_set, kind):
    shape = GeneratorConfig(kind=kind, base_width=1, blocks=1, upsampling="resize")
    network = build_generator(shape, rng=torch.Generator().manual_seed(5)).eval()
    save_pair(tmp_path / "plain", replace(CARD, architecture=shape), {"AtoB": network})
    given = make_set([1, 2], slots=2)
    with torch.no_grad():
        loaded = load_generator(tmp_path / "plain")(*given)
        assert torch.equal(loaded.image, network(*given).image)


def test_half_precision_halves_the_file_and_loads_as_float32(tmp_path, make_set):
    full = save_pair(tmp_path / "full", CARD, {"AtoB": network(1)})
    half = save_pair(tmp_path / "half", CARD, {"AtoB": network(1)}, half=True)
    assert half.card.weights["AtoB"].bytes < 0.75 * full.card.weights["AtoB"].bytes
    loaded = load_generator(half)
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    for mine, theirs in zip(loaded.parameters(), network(1).parameters(), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-4)


@pytest.mark.parametrize("where", [0.1, 0.5, 0.999])
def test_any_flipped_bit_of_the_weights_is_detected(folder, where):
    path = folder / load_card(folder).weights["AtoB"].file
    data = bytearray(path.read_bytes())
    data[int(where * len(data))] ^= 4
    path.write_bytes(data)
    told = refusal(folder, WeightsError)
    assert "damaged" in told
    assert path.name in told


def test_any_flipped_bit_of_the_card_is_detected(folder):
    path = folder / "card.json"
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(PairError):
            load_card(folder)


def test_cut_or_missing_weights_are_named(folder):
    path = folder / load_card(folder).weights["AtoB"].file
    path.write_bytes(path.read_bytes()[:-5])
    assert "bytes instead of" in refusal(folder, WeightsError)
    path.unlink()
    assert str(path) in refusal(folder, WeightsError)


def rewrite_weights(folder: Path, change) -> None:
    """Change the tensors and make the card fit, so that only the strict loading can object."""
    import hashlib

    pair = load_pair(folder)
    entry = pair.card.weights["AtoB"]
    state = load_file(folder / entry.file)
    change(state)
    save_file(state, folder / entry.file)
    data = (folder / entry.file).read_bytes()
    fixed = replace(entry, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
    from instagan.card_json import render_card

    card = replace(pair.card, weights={"AtoB": fixed})
    (folder / "card.json").write_text(render_card(card))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: s.pop("decoder_img.7.bias"), "lacks 'decoder_img.7.bias'"),
        (lambda s: s.update(more=torch.zeros(1)), "has 'more', unknown"),
        (lambda s: s.update({"decoder_img.7.bias": torch.zeros(4)}), "is (4,) instead of (3,)"),
        (lambda s: s.update({"decoder_img.7.bias": torch.zeros(3).int()}), "torch.int32"),
        (lambda s: s["decoder_img.7.bias"].fill_(torch.nan), "NaN"),
    ],
    ids=["missing", "extra", "shape", "dtype", "nan"],
)
def test_weights_that_do_not_fit_the_card_are_refused(folder, change, told):
    rewrite_weights(folder, change)
    assert told in refusal(folder, WeightsError)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"schema": 2}, "schema is 2"),
        ({"ins_per": "2"}, "'ins_per' in the card is '2'; use a whole number"),
        ({"ins_per": True}, "is True"),
        ({"ins_per": 0}, "ins_per is 0"),
        ({"name": "../up"}, "pair name is '../up'"),
        ({"working_size": {"height": 64}}, "lacks 'width'"),
        ({"working_size": {"height": 64, "width": 4}}, "working size is (64, 4)"),
        ({"architecture": {"kind": "unet", "base_width": 1, "blocks": 1}}, "kind is 'unet'"),
        (
            {"architecture": {"kind": "set", "base_width": 1, "blocks": 1, "upsampling": "x"}},
            "upsampling is 'x'",
        ),
        ({"crop_margins": {"AtoB": {}}}, "crop margin top is None"),
        ({"domains": {"A": {"name": "x", "classes": []}}}, "list at least one class"),
        ({"weights": {}}, "no weights"),
        (
            {"weights": {"AtoB": {"file": "../x.safetensors", "sha256": "0" * 64, "bytes": 1}}},
            "weight file is '../x.safetensors'",
        ),
        ({"provenance": {"a": 1}}, "provenance is"),
        ({"ins_per": 5}, "does not fit its own sha256"),
    ],
)
def test_a_card_that_is_not_as_it_should_be_says_why(folder, changes, told):
    edit_card(folder, **changes)
    message = refusal(folder)
    assert told in message
    assert "card.json" in message


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"schema": 1, "schema": 1}', "\xff", '{"schema": NaN}', "[" * 10**5]
)
def test_a_card_that_is_no_card_is_refused(folder, text):
    (folder / "card.json").write_bytes(text.encode("latin1"))
    assert "card.json" in refusal(folder)


def test_an_existing_name_is_refused_unless_told_to_overwrite(folder):
    before = load_card(folder)
    with pytest.raises(PairError, match="overwrite=True"):
        save_pair(folder, CARD, {"AtoB": network(3)})
    assert load_card(folder) == before
    save_pair(folder, CARD, {"AtoB": network(3)}, overwrite=True)
    after = load_card(folder)
    assert after.directions == ("AtoB",)
    assert after.sha256 != before.sha256
    assert sorted(p.name for p in folder.iterdir()) == [after.weights["AtoB"].file, "card.json"]
    load_generator(folder)


def test_a_folder_that_is_no_pair_is_never_overwritten(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.png").write_bytes(b"x")
    with pytest.raises(PairError, match="is no pair"):
        save_pair(tmp_path / "photos", CARD, {"AtoB": network(1)}, overwrite=True)
    assert (tmp_path / "photos" / "me.png").exists()


@pytest.mark.parametrize("failing_write", [0, 1, 2])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_failure_while_saving_leaves_what_was_there(
    folder, tmp_path, monkeypatch, failing_write, overwrite
):
    target = folder if overwrite else tmp_path / "new"
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    calls = iter(range(10))

    def fail(handle: int) -> None:
        if next(calls) == failing_write:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", fail)
    with pytest.raises(PairError, match="No space left"):
        save_pair(target, CARD, {"AtoB": network(8), "BtoA": network(9)}, overwrite=overwrite)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert os.listdir(tmp_path) == ["s2g"]


def test_weights_that_overflow_half_precision_are_refused(tmp_path):
    big = network(1)
    torch.nn.init.constant_(big.decoder_img[7].bias, 1e6)
    with pytest.raises(WeightsError, match="infinite"):
        save_pair(tmp_path / "p", CARD, {"AtoB": big}, half=True)
    assert not (tmp_path / "p").exists()


def test_a_generator_of_another_shape_is_not_saved(tmp_path):
    other = build_generator(
        GeneratorConfig(base_width=2, blocks=1), rng=torch.Generator().manual_seed(0)
    )
    with pytest.raises(WeightsError, match="instead of"):
        save_pair(tmp_path / "p", CARD, {"AtoB": other})


def test_a_missing_direction_names_what_there_is(tmp_path):
    pair = save_pair(tmp_path / "p", CARD, {"AtoB": network(1)})
    with pytest.raises(PairError, match=r"no direction 'BtoA'; use AtoB"):
        load_generator(pair, "BtoA")


def test_a_pair_is_found_by_name_by_path_and_by_itself(tmp_path):
    pair = save_pair(pairs_folder() / "s2g", CARD, {"AtoB": network(1)})
    for way in ("s2g", pair.folder, str(pair.folder), pair):
        assert load_generator(way).state_dict().keys() == network(1).state_dict().keys()
    assert list_pairs([tmp_path, pairs_folder()]) == (pair.folder,)
    assert find_pair("s2g", [pairs_folder()]) == pair


def test_an_unknown_name_offers_the_nearest(tmp_path):
    save_pair(tmp_path / "sheep2giraffe", CARD, {"AtoB": network(1)})
    with pytest.raises(PairNotFoundError, match="did you mean 'sheep2giraffe'"):
        find_pair("shep2girafe", [tmp_path])
    with pytest.raises(PairNotFoundError, match="there are sheep2giraffe"):
        find_pair("xyz", [tmp_path])
    with pytest.raises(FileNotFoundError, match="import or fetch"):
        find_pair("xyz", [tmp_path / "nowhere"])
    with pytest.raises(PairNotFoundError, match=r"card\.json is missing"):
        find_pair("no/such/folder", [tmp_path])


def test_the_first_folder_searched_wins_and_a_damaged_pair_hides_no_other(tmp_path):
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    for place in (mine, theirs):
        save_pair(place / "same", CARD, {"AtoB": network(1)})
    save_pair(theirs / "other", CARD, {"AtoB": network(1)})
    (mine / "same" / "card.json").write_text("broken")
    assert list_pairs([mine, theirs]) == (theirs / "other", mine / "same")
    with pytest.raises(PairError, match="not valid JSON"):
        find_pair("same", [mine, theirs])


def test_the_cache_variable_moves_the_pairs(monkeypatch):
    monkeypatch.setenv("INSTAVID_CACHE", "/somewhere")
    assert pairs_folder() == Path("/somewhere/pairs")
    monkeypatch.delenv("INSTAVID_CACHE")
    assert pairs_folder().parts[-2:] == ("instavid", "pairs")


def test_a_card_says_how_what_is_made_is_shown(folder):
    before = load_pair(folder)
    assert not before.card.faces
    assert not {"faces", "sharpen"} & set(json.loads((folder / "card.json").read_text()))
    adjust(before, faces={"AtoB": "right"}, sharpen={"BtoA": 1.5})
    after = load_pair(folder)
    assert (after.card.faces, after.card.sharpen) == ({"AtoB": "right"}, {"BtoA": 1.5})
    assert after.card.weights == before.card.weights
    assert adjust(after, faces={}).card.sharpen == {"BtoA": 1.5}
    assert adjust(after, faces={}, sharpen={}).card.sha256 == before.card.sha256
    for wrong in ({"AtoB": "up"}, {"north": "left"}):
        with pytest.raises(PairError, match="AtoB or BtoA, and left or right"):
            adjust(before, faces=wrong)
    with pytest.raises(PairError, match="use equal margins with faces"):
        replace(CARD, faces={"AtoB": "left"}, crop_margins={"AtoB": CropMargins(left=0.6)})
    for wrong in ({"AtoB": -1.0}, {"AtoB": 11.0}, {"AtoB": "much"}, {"north": 1.0}):
        with pytest.raises(PairError, match="AtoB or BtoA, and 0 to 10"):
            adjust(before, sharpen=wrong)
