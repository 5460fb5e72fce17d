"""The distance from real objects: what it must tell apart, and what a run makes of it."""

import csv

import pytest
import torch
from tiny_runs import CPU, make_config, make_crops, newest_content

from instagan.cards import Pair
from instagan.config import DIRECTIONS, StepConfig
from instagan.pairs import load_generator, load_pair
from instagan.training.config import Stage
from instagan.training.loop import train
from instagan.training.random_features import RandomFeatures, mmd
from instagan.training.saving import Saver
from instagan.training.yardstick import MEASURE, MOST, Yardstick
from instagan.types import SetOutput


def discs(count: int, *, radius: float, noise: float = 0.0, seed: int = 0):
    """Return grey pictures with a striped disc each, and their masks."""
    rng = torch.Generator().manual_seed(seed)
    middle = 12 + 8 * torch.rand(count, 2, 1, 1, generator=rng)
    rows = torch.arange(32)[:, None] - middle[:, 0]
    columns = torch.arange(32)[None, :] - middle[:, 1]
    inside = (rows**2 + columns**2 < radius**2)[:, None]
    stripes = torch.sin(rows + 6 * torch.rand(count, 1, 1, generator=rng))[:, None]
    image = torch.where(inside, stripes.expand(-1, 3, -1, -1), torch.tensor(0.2))
    image = image + noise * torch.randn(image.shape, generator=rng)
    return image.clamp(-1, 1), inside.float() * 2 - 1


def features(**options) -> torch.Tensor:
    return RandomFeatures()(*discs(64, **options))


def test_two_draws_of_one_kind_are_near_and_other_kinds_far():
    real = features(radius=8.0)
    same = mmd(features(radius=8.0, seed=1), real)
    assert abs(same) < 0.03
    noisy = [mmd(features(radius=8.0, noise=n, seed=1), real) for n in (0.1, 0.3, 1.0)]
    assert same < noisy[0] < noisy[1] < noisy[2]
    larger = [mmd(features(radius=r, seed=1), real) for r in (9.0, 10.0, 12.0)]
    assert same < larger[0] < larger[1] < larger[2]
    assert noisy[2] > 2 * abs(same)


def test_the_estimate_is_that_of_the_formula_pair_by_pair():
    rng = torch.Generator().manual_seed(0)
    made, real = (torch.randn(n, 3, generator=rng).double() for n in (4, 5))
    middle, spread = real.mean(0), real.std(0) + 1e-6
    x, y = (made - middle) / spread, (real - middle) / spread

    def kernel(a, b) -> float:
        distance = float(((a - b) ** 2).sum()) / 3
        return sum((1 + distance / (2 * al)) ** -al for al in (0.2, 0.5, 1, 2, 5)) / 5

    within = sum(kernel(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j) / (4 * 3)
    within += sum(kernel(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j) / 20
    across = sum(kernel(a, b) for a in x for b in y) / (4 * 5)
    assert mmd(made, real) == pytest.approx(within - 2 * across, abs=1e-9)


def test_the_features_are_always_the_same_and_see_only_what_masks_cover():
    state = torch.get_rng_state()
    image, masks = discs(3, radius=8.0)
    first = RandomFeatures()(image, masks)
    torch.manual_seed(99)
    changed = torch.where(masks > 0, image, torch.tensor(-0.7))
    assert torch.equal(RandomFeatures()(changed, masks), first)
    torch.set_rng_state(state)
    RandomFeatures()
    assert torch.equal(torch.get_rng_state(), state)
    assert first.shape == (3, 480)


class Copy(torch.nn.Module):
    """A generator that changes nothing; those of `train` cannot be as bad or as good on purpose."""

    def __init__(self, noise: float) -> None:
        super().__init__()
        self.noise = noise

    def forward(self, image, masks, valid=None, *, need_masks=True):
        rng = torch.Generator().manual_seed(1)
        noise = self.noise * torch.randn(image.shape, generator=rng)
        return SetOutput((image + noise).clamp(-1, 1), masks)


def test_what_looks_like_the_other_domain_is_nearer_to_it():
    crops = make_crops(70)
    stick = Yardstick.of(
        {"A": crops["A"], "B": crops["A"]}, StepConfig(), size=(16, 16), device=CPU
    )
    assert stick is not None
    assert len(stick.given["AtoB"].image) == MOST
    near, far = (stick.measure(dict.fromkeys(DIRECTIONS, Copy(n))) for n in (0.0, 1.0))
    # The very same objects: below zero, as the estimate counts pairs of different ones only.
    assert near["AtoB"] < 0 < 0.05 < far["AtoB"]


def test_one_crop_is_too_few_to_measure_on(tmp_path):
    crops = make_crops(1)
    assert Yardstick.of(crops, StepConfig(), size=(16, 16), device=CPU) is None
    train(make_config(stages=(Stage((16, 16), 1),)), crops, tmp_path, device=CPU)
    assert not (tmp_path / "dot2disc-best").exists()
    assert MEASURE not in (tmp_path / "log.csv").read_text()


def test_every_save_is_measured_and_the_nearest_is_kept_as_best(tmp_path, monkeypatch):
    far = {2: (0.5, 0.3), 4: (0.2, 0.1), 6: (0.1, 0.4), 7: (0.9, 0.9)}
    monkeypatch.setattr(
        Saver, "measure", lambda self, state: dict(zip(DIRECTIONS, far[state.step], strict=True))
    )
    config = make_config(collapse_window=0)
    run = {"device": CPU, "log_every": 3, "save_every": 2}
    train(config, make_crops(), tmp_path, **run)
    with (tmp_path / "log.csv").open(newline="") as file:
        told = {int(row["step"]): row[f"BtoA_{MEASURE}"] for row in csv.DictReader(file)}
    assert told == {2: "0.30000", 3: "", 4: "0.10000", 6: "0.40000", 7: "0.90000"}
    best = load_pair(tmp_path / "dot2disc-best")
    assert best.card.name == "dot2disc-best"
    assert best.card.provenance["steps"] == "4 of 7"
    assert best.card.provenance[f"{MEASURE} AtoB"] == "0.2000"
    assert newest_content(tmp_path)["best"]["step"] == 4


def test_a_stop_between_two_saves_is_no_candidate_and_the_rival_outlives_it(tmp_path, monkeypatch):
    seen = []

    def measure(self, state):
        seen.append(state.step)
        return dict.fromkeys(DIRECTIONS, {2: 0.1, 4: 0.2, 6: 0.3, 7: 0.4}[state.step])

    monkeypatch.setattr(Saver, "measure", measure)
    config = make_config(collapse_window=0, warm_up=0)
    steps = iter(range(1, 9))
    run = {"device": CPU, "save_every": 2}
    train(config, make_crops(), tmp_path, **run, should_stop=lambda: next(steps) == 3)
    train(config, make_crops(), tmp_path, **run, resume=True)
    assert seen == [2, 4, 6, 7]
    assert load_pair(tmp_path / "dot2disc-best").card.provenance["steps"] == "2 of 7"
    # On other crops a distance is another: the old one is no rival.
    more = make_config(collapse_window=0, warm_up=0, stages=(Stage((16, 16), 8),))
    monkeypatch.setattr(Saver, "measure", lambda self, state: dict.fromkeys(DIRECTIONS, 0.9))
    train(more, make_crops(9), tmp_path, **run, resume=True)
    assert load_pair(tmp_path / "dot2disc-best").card.provenance["steps"] == "8 of 8"


@pytest.fixture
def pair(tmp_path) -> Pair:
    """Return a pair of other weights than a run would begin with."""
    config = make_config(seed=7, stages=(Stage((16, 16), 1),), warm_up=0, ema=0.0)
    return train(config, make_crops(), tmp_path / "before", device=CPU)


def test_a_run_may_start_from_a_pair_and_its_card_says_so(tmp_path, pair):
    frozen = StepConfig(ins_max=1, learning_rate=0.0)
    config = make_config(stages=(Stage((16, 16), 2),), step=frozen, warm_up=0)
    steps = iter(range(1, 9))
    run = {"device": CPU, "should_stop": lambda: next(steps) == 1}
    train(config, make_crops(), tmp_path / "run", init=pair, **run)
    made = train(config, make_crops(), tmp_path / "run", device=CPU, resume=True)
    assert made.card.provenance["started from"] == f"dot2disc, {pair.card.sha256}"
    for direction in DIRECTIONS:
        there, here = (load_generator(p, direction).state_dict() for p in (pair, made))
        assert all(torch.equal(there[name], here[name]) for name in there)
