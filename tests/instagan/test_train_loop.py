"""A whole run: what it leaves, how it resumes, what it refuses."""

import csv
import json
from dataclasses import replace

import pytest
import torch
from tiny_runs import CPU, make_config, make_crops

from instagan.config import DIRECTIONS, GeneratorConfig, StepConfig
from instagan.errors import CollapseError, ConfigError, WeightsError
from instagan.losses import mirror_loss
from instagan.models.views import show
from instagan.pairs import load_generator, load_pair
from instagan.training.collapse import CollapseGuard
from instagan.training.config import Stage, apply_recipe
from instagan.training.diffaugment import augment
from instagan.training.ema import WeightAverage
from instagan.training.log import Progress, append, total_minutes
from instagan.training.loop import train
from instagan.training.run_folder import changed_settings
from instagan.training.saved_states import find_states
from instagan.training.steps import InstaGanTrainer
from instagan.types import SetBatch, SetOutput


@pytest.fixture
def crops():
    return make_crops(3, instances=1)


def weights(pair) -> dict[str, torch.Tensor]:
    return load_generator(pair, "AtoB").state_dict()


def rows(folder) -> list[dict[str, str]]:
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_a_pair_a_log_and_previews(tmp_path, crops):
    told, saved = [], []
    run = {"device": CPU, "log_every": 2, "save_every": 3, "provenance": {"terms": "none"}}
    run |= {"on_progress": told.append, "on_saved": saved.append}
    pair = train(make_config(), crops, tmp_path / "run", **run)
    assert saved == [3, 6, 7]
    assert load_pair(pair.folder).card.working_size == (20, 20)
    assert pair.card.provenance["steps"] == "7 of 7"
    assert pair.card.provenance["terms"] == "none"
    assert pair.card.architecture.mask_width == 3
    assert [progress.step for progress in told] == [2, 3, 4, 6, 7]
    assert [progress.height_px for progress in told] == [16, 16, 16, 20, 20]
    assert [row["step"] for row in rows(tmp_path / "run")] == list("23467")
    assert {"AtoB_real_score", "BtoA_fake_score", "BtoA_mask_area"} <= set(told[0].terms)
    assert sorted(p.stem for p in (tmp_path / "run/previews").iterdir()) == [
        "0000003",
        "0000006",
        "0000007",
    ]
    settings = json.loads((tmp_path / "run/config.json").read_text())
    assert settings["discriminator"]["views"] == ["picture", "object"]


def test_the_log_is_cut_back_to_where_a_killed_run_was_saved(tmp_path, crops):
    config, told = make_config(), []

    def die(progress):
        told.append(progress.step)
        if progress.step == 5:
            raise RuntimeError("killed")

    run = {"device": CPU, "log_every": 1, "save_every": 3}
    with pytest.raises(RuntimeError, match="killed"):
        train(config, crops, tmp_path / "run", **run, on_progress=die)
    train(config, crops, tmp_path / "run", **run, resume=True)
    assert [row["step"] for row in rows(tmp_path / "run")] == list("1234567")


def test_the_log_takes_terms_that_come_later(tmp_path):
    first = Progress(2, 9, 16, 0.5, {"AtoB_cycle": 0.25})
    append(tmp_path, first)
    append(tmp_path, replace(first, step=4))
    append(tmp_path, replace(first, step=6, terms={"AtoB_cycle": 0.5, "AtoB_mirror": 0.125}))
    append(tmp_path, replace(first, step=8, terms={"AtoB_cycle": 0.75}))
    assert [row["AtoB_cycle"] for row in rows(tmp_path)] == [
        "0.25000",
        "0.25000",
        "0.50000",
        "0.75000",
    ]
    assert [row["AtoB_mirror"] for row in rows(tmp_path)] == ["", "", "0.12500", ""]
    assert total_minutes(tmp_path) == pytest.approx(4 / 60)
    assert total_minutes(tmp_path / "none") == 0


def test_a_run_is_not_overwritten_and_nothing_is_not_resumed(tmp_path, crops):
    config = make_config(stages=(Stage((16, 16), 1),), warm_up=0)
    train(config, crops, tmp_path, device=CPU)
    with pytest.raises(ConfigError, match="has a run already; --resume"):
        train(config, crops, tmp_path, device=CPU)
    with pytest.raises(ConfigError, match="Nothing to resume"):
        train(config, crops, tmp_path / "other", device=CPU, resume=True)
    wider = replace(config, generator=GeneratorConfig(base_width=3, blocks=1))
    with pytest.raises(ConfigError, match="a run with other networks"):
        train(wider, crops, tmp_path, device=CPU, resume=True)


def test_a_run_that_diverges_leaves_its_last_good_state(tmp_path, crops):
    config, run = make_config(), {"device": CPU, "log_every": 1, "save_every": 2}
    saved = []

    def spoil(progress):
        if progress.step == 3:
            saved.append(find_states(tmp_path)[0].read_bytes())
            raise_rates(1e30)

    def raise_rates(rate):
        monkey.setattr(InstaGanTrainer, "set_learning_rate", explode(rate))

    def explode(rate):
        def set_learning_rate(self, factor):
            for group in self.optimizer_g.param_groups:
                group["lr"] = rate

        return set_learning_rate

    with pytest.MonkeyPatch.context() as monkey, pytest.raises(WeightsError, match="finite"):
        train(config, crops, tmp_path, **run, on_progress=spoil)
    assert find_states(tmp_path)[0].read_bytes() == saved[0]
    assert train(config, crops, tmp_path, **run, resume=True).card.provenance["steps"] == "7 of 7"


def test_a_refused_resume_changes_nothing_and_changed_settings_are_told(tmp_path, crops):
    config = make_config(stages=(Stage((16, 16), 1),), warm_up=0)
    train(config, crops, tmp_path, device=CPU)
    before = (tmp_path / "config.json").read_bytes()
    wider = replace(config, generator=GeneratorConfig(base_width=3, blocks=1))
    with pytest.raises(ConfigError, match="other networks"):
        train(wider, crops, tmp_path, device=CPU, resume=True)
    assert (tmp_path / "config.json").read_bytes() == before
    with pytest.raises(ConfigError, match="Nothing to resume"):
        train(config, crops, tmp_path / "typo", device=CPU, resume=True)
    assert not (tmp_path / "typo").exists()
    assert changed_settings(tmp_path, config) == []
    told = changed_settings(tmp_path, replace(config, ema=0.5))
    assert told == ["ema was 0.9, is 0.5"]
    assert changed_settings(tmp_path / "typo", config) == []


def test_an_average_that_begins_on_resume_begins_at_the_weights_there_are(tmp_path, crops):
    config = make_config(stages=(Stage((16, 16), 2),), ema=0.0)
    plain = train(config, crops, tmp_path, device=CPU)
    before = weights(plain)
    averaged = train(replace(config, ema=0.9), crops, tmp_path, device=CPU, resume=True)
    assert all(torch.equal(t, weights(averaged)[n]) for n, t in before.items())


def test_both_generators_start_from_one_warmed_up(tmp_path, crops):
    frozen = StepConfig(ins_max=1, learning_rate=0.0)
    config = make_config(stages=(Stage((16, 16), 1),), step=frozen, ema=0.0)
    pair = train(config, crops, tmp_path / "warm", device=CPU)
    back = load_generator(pair, "BtoA").state_dict()
    assert all(torch.equal(t, back[n]) for n, t in weights(pair).items())
    cold = train(replace(config, warm_up=0), crops, tmp_path / "cold", device=CPU)
    assert any(not torch.equal(t, weights(pair)[n]) for n, t in weights(cold).items())


def test_the_small_recipe_is_the_one_documented():
    config = apply_recipe(make_config(), "small")
    assert config.discriminator.norm == "none"
    assert config.step.rate_of_judges > 2 * config.step.learning_rate
    assert config.step.weights.identity == 0
    assert apply_recipe(make_config(), "paper") == make_config()


def terms(**other: float) -> dict[str, float]:
    usual = {"mask_area": 0.2, "discriminator": 0.25}
    return {f"{d}_{name}": value for d in DIRECTIONS for name, value in usual.items()} | other


def test_a_discriminator_that_diverges_ends_a_run_once_it_has_settled():
    guard, wild = CollapseGuard(100), terms(BtoA_discriminator=9406.4)
    guard.check(wild, steps=50, now=50)
    guard.check(terms(), steps=500, now=550)
    with pytest.raises(CollapseError, match=r"of BtoA has diverged before step 600: .* 9.41e\+03"):
        guard.check(wild, steps=50, now=600)
    CollapseGuard(0).check(wild, steps=50, now=600)


def test_collapsed_masks_end_a_run_only_after_a_long_row():
    guard = CollapseGuard(100)
    good, bad = (terms(AtoB_mask_area=area) for area in (0.1, 0.95))
    guard.check(bad, steps=60, now=60)
    guard.check(good, steps=60, now=120)
    guard.check(bad, steps=60, now=180)
    with pytest.raises(CollapseError, match=r"AtoB cover 95.0% .* at step 240"):
        guard.check(bad, steps=60, now=240)
    CollapseGuard(0).check(bad, steps=10**6, now=1)


def test_an_average_follows_slowly_and_faster_at_first():
    network = torch.nn.Linear(1, 1, bias=False)
    network.weight.data.fill_(0.0)
    average = WeightAverage({"AtoB": network}, decay=0.9)
    network.weight.data.fill_(1.0)
    average.update({"AtoB": network})
    assert average.weights["AtoB"]["weight"].item() == pytest.approx(1 - 2 / 11)
    for _ in range(100):
        average.update({"AtoB": network})
    assert average.weights["AtoB"]["weight"].item() == pytest.approx(1.0, abs=1e-3)
    network.weight.data.fill_(0.0)
    average.update({"AtoB": network})
    assert average.weights["AtoB"]["weight"].item() == pytest.approx(0.9, abs=1e-3)


def test_the_object_view_hides_all_that_no_mask_covers(make_set):
    batch = SetBatch(*make_set([1], slots=2))
    inside = batch.masks[0, 0] > 0
    seen = show(batch, "object")
    assert torch.equal(seen.image[0][:, inside], batch.image[0][:, inside])
    assert (seen.image[0][:, ~inside] == 0).all()
    assert show(batch, "picture") is batch


@pytest.mark.parametrize("policy", ["translation", "cutout"])
def test_augmentation_moves_picture_and_masks_as_one(policy):
    masks = torch.full((6, 1, 32, 32), -1.0)
    masks[:, :, 8:24, 8:24] = 1.0
    # A picture that is its own mask, and nowhere mid grey.
    batch = SetBatch(masks.repeat(1, 3, 1, 1), masks, torch.ones(6, 1, dtype=torch.bool))
    changed = augment(batch, (policy,), rng=torch.Generator().manual_seed(1))
    shown = changed.image[:, :1] != 0
    assert torch.equal(changed.image[:, :1][shown], changed.masks[shown])
    assert (changed.masks[~shown] == -1).all()
    assert not torch.equal(changed.masks, masks)
    assert len({tuple(mask.flatten().tolist()) for mask in changed.masks}) > 1


def test_colours_change_in_the_picture_alone_and_gradients_pass():
    image = torch.rand(3, 3, 8, 8, requires_grad=True)
    masks = torch.ones(3, 1, 8, 8)
    batch = SetBatch(image, masks, torch.ones(3, 1, dtype=torch.bool))
    changed = augment(batch, ("color",), rng=torch.Generator().manual_seed(0))
    assert changed.masks is masks
    assert not torch.allclose(changed.image, image)
    changed.image.sum().backward()
    assert image.grad is not None
    assert image.grad.abs().sum() > 0
    assert augment(batch, (), rng=torch.Generator()) is batch


def test_the_mirror_loss_tells_a_generator_that_ignores_how_an_object_faces():
    image = torch.rand(2, 3, 8, 8) * 2 - 1
    masks = torch.full((2, 1, 8, 8), -1.0)
    masks[:, :, 2:6, 1:4] = 1.0
    turned = SetOutput(image.flip(3), masks.flip(3))
    assert mirror_loss(SetOutput(image, masks), turned) == 0
    stubborn = SetOutput(image.requires_grad_(), masks)
    loss = mirror_loss(SetOutput(image.detach(), masks), stubborn)
    assert loss > 0.1
    loss.backward()
    assert image.grad is not None
