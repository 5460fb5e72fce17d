"""instavid bench, on the smallest of everything; no test looks at how long anything took."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from instagan.training.steps import build_networks
from instavid.cli import main
from instavid.metrics.clips import load_clip, moving_ellipses, write_synthetic_clip
from instavid.metrics.reference_step import load_reference_step
from instavid.metrics.speed import time_in_turn, time_passes
from instavid.metrics.stage_speed import time_stages
from instavid.metrics.stage_times import StageClock, StageTimes
from instavid.metrics.step_samples import make_samples, paper_config
from instavid.testing import PaintingTranslator, ScriptedSegmenter

SMALL = ["--size", "16x24", "--width", "1", "--blocks", "1", "--threads", "1", "--device", "cpu"]
QUICK = [*SMALL, "--rounds", "6", "--masks", "1,3"]

# Has the names and the manners of the authors' file; what it computes is ours.
NETWORKS = """
import torch
from instagan.models.generators import SetGenerator
print("initialize network with normal")
def get_norm_layer(norm_type):
    return norm_type
class ResnetSetGenerator(SetGenerator):
    def __init__(self, input_nc, output_nc, ngf, norm_layer, n_blocks):
        super().__init__(base_width=ngf, blocks=n_blocks)
    def forward(self, inp):
        made = super().forward(inp[:, :3], inp[:, 3:])
        return torch.cat([made.image, made.masks], 1)
"""

# The same of the authors' training step.
MODEL = """
from util.marker import FOUND
from . import networks
from instagan.config import DiscriminatorConfig, GeneratorConfig, LossWeights, StepConfig
from instagan.masks import find_valid
from instagan.training.steps import InstaGanTrainer, build_networks
from instagan.types import SetBatch
import torch
class InstaGANModel:
    def initialize(self, opt):
        print("initialize network with", opt.init_type)
        built = build_networks(
            GeneratorConfig(base_width=opt.ngf),
            DiscriminatorConfig(base_width=opt.ndf, layers=opt.n_layers_D),
            rng=torch.Generator(),
        )
        self.netG_A, self.netG_B = built.generators["AtoB"], built.generators["BtoA"]
        self.netD_A, self.netD_B = (
            built.discriminators[d].judges["picture"] for d in ("AtoB", "BtoA")
        )
        self.criterionGAN = torch.nn.MSELoss()
        config = StepConfig(
            ins_max=opt.ins_max, ins_per=opt.ins_per, pool_size=opt.pool_size,
            learning_rate=opt.lr, betas=(opt.beta1, 0.999),
            weights=LossWeights(1, opt.lambda_A, opt.lambda_idt * 10, opt.lambda_ctx * 10),
        )
        self.trainer = InstaGanTrainer(built, config, seed=0)
        self.optimizers = [self.trainer.optimizer_g, self.trainer.optimizer_d]
    def set_input(self, given):
        assert len(given["A"]) == 1, "one sample at a time"
        self.given = [
            SetBatch(given[x].to(self.device), given[x + "_segs"], find_valid(given[x + "_segs"]))
            for x in "AB"
        ]
    def optimize_parameters(self):
        told = [report for report in self.trainer.step(*self.given).losses if report][-1]
        for direction, own, other in (("AtoB", "A", "B"), ("BtoA", "B", "A")):
            for name, ours in (
                ("G_" + own, "adversarial"), ("cyc_" + own, "cycle"), ("idt_" + other, "identity"),
                ("ctx_" + own, "context"), ("D_" + own, "discriminator"),
            ):
                setattr(self, "loss_" + name, getattr(told[direction], ours))
"""

# Too small a picture, and the discriminators have nothing left to judge.
STEP = ["--only", "step", "--size", "24x32", "--width", "1", "--threads", "1", "--device", "cpu"]

Bench = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bench(capfd: pytest.CaptureFixture[str]) -> Bench:
    """Return a function that runs the command: its exit code, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["bench", *arguments])
        out, err = capfd.readouterr()
        return int(str(ended.value.code)), out, err

    return run


def checkout(folder: Path, source: str = NETWORKS, *, model: str | None = None) -> str:
    (folder / "models").mkdir()
    (folder / "models" / "networks.py").write_text(source)
    if model is not None:
        (folder / "models" / "__init__.py").touch()
        (folder / "models" / "insta_gan_model.py").write_text(model)
        (folder / "util").mkdir()
        (folder / "util" / "marker.py").write_text("FOUND = True")
    return str(folder)


def test_the_json_holds_every_case_and_what_it_was_measured_on(bench: Bench) -> None:
    code, out, _ = bench(*QUICK, "--only", "generator", "--batch", "2", "--json")
    report = json.loads(out)
    assert (code, report["schema"], report["stages"]) == (0, 1, None)
    assert report["machine"]["device"] == "cpu"
    assert report["machine"]["threads"] == 1
    assert {"instavid", "python", "torch", "cpu"} <= report["machine"].keys()
    assert report["settings"]["size"] == [16, 24]
    assert [case["masks"] for case in report["generator"]] == [1, 3]
    for case in report["generator"]:
        assert (case["baseline"]["name"], case["candidate"]["name"]) == ("one by one", "batched")
        assert len(case["baseline_seconds"]) == len(case["candidate_seconds"]) == 6
        assert case["ratio"]["low"] <= case["ratio"]["median"] <= case["ratio"]["high"]
        assert (case["ratio"]["coverage"], case["batch"]) == (0.96875, 2)
        assert case["max_difference"] < 1e-4


def test_a_checkout_is_compared_with_the_same_weights(bench: Bench, tmp_path: Path) -> None:
    code, out, err = bench(*QUICK, "--only", "generator", "--against", checkout(tmp_path), "--json")
    cases = json.loads(out)["generator"]
    assert code == 0
    assert "initialize network" in err
    assert [case["baseline"]["name"] for case in cases] == ["authors", "authors"]
    assert [case["max_difference"] for case in cases] == [0, 0]


def test_a_checkout_that_computes_something_else_fails(bench: Bench, tmp_path: Path) -> None:
    other = NETWORKS.replace("return torch.cat", "return 0.9 * torch.cat")
    code, out, err = bench(
        *SMALL, "--rounds", "1", "--only", "generator", "--against", checkout(tmp_path, other)
    )
    assert code == 1
    assert "differ" in err
    assert "max diff" in out


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (None, "no models/networks.py"),
        ("import no_such_module", "does not run"),
        ("x = 1", "does not build"),
        (NETWORKS.replace("blocks=n_blocks", "blocks=n_blocks + 1"), "does not build"),
        (NETWORKS.replace("made =", "1 / 0; made ="), "fails"),
    ],
    ids=["no such file", "broken import", "nothing in it", "other network", "broken forward"],
)
def test_a_path_that_is_no_checkout_is_one_line_and_exit_code_2(
    bench: Bench, tmp_path: Path, source: str | None, said: str
) -> None:
    place = checkout(tmp_path, source) if source else str(tmp_path)
    code, out, err = bench(*SMALL, "--only", "generator", "--against", place)
    lines = [line for line in err.splitlines() if line.startswith("instavid:")]
    assert (code, out, len(lines)) == (2, "", 1)
    assert said in lines[0]
    assert "Traceback" not in err


def test_a_training_step_is_compared_alone_and_in_a_batch(bench: Bench, tmp_path: Path) -> None:
    place = checkout(tmp_path, model=MODEL)
    code, out, err = bench(
        *STEP, "--against", place, "--masks", "3", "--batch", "2", "--rounds", "1", "--json"
    )
    report = json.loads(out)
    assert (code, report["generator"], report["stages"]) == (0, [], None)
    assert "initialize network with normal" in err
    assert [(case["masks"], case["batch"]) for case in report["step"]] == [(3, 1), (3, 2)]
    for case in report["step"]:
        assert (case["baseline"]["name"], case["candidate"]["name"]) == ("authors", "instavid")
        assert len(case["baseline_seconds"]) == len(case["candidate_seconds"]) == 1
        assert case["max_difference"] < 1e-4


def test_the_losses_of_the_authors_step_are_taken_without_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = ModuleType("models")
    monkeypatch.setitem(sys.modules, "models", mine)
    path = list(sys.path)
    config = paper_config(size=(24, 32), width=1, blocks=9, batch=1)
    networks = build_networks(
        config.generator, config.discriminator, rng=torch.Generator().manual_seed(0)
    )
    place, cpu = checkout(tmp_path, model=MODEL), torch.device("cpu")
    theirs = load_reference_step(place, networks, config, device=cpu)
    assert (sys.modules["models"], sys.path, "util" in sys.modules) == (mine, path, False)
    a, b = make_samples(config, masks=1, device=cpu)
    first = theirs.losses(a, b)
    assert torch.allclose(theirs.losses(a, b), first, rtol=1e-3)
    theirs.step(a, b)
    assert not torch.allclose(theirs.losses(a, b), first, rtol=0.1)


def test_a_training_step_of_ours_alone_is_timed_by_sample(bench: Bench) -> None:
    code, out, err = bench(*STEP, "--masks", "1", "--batch", "2", "--rounds", "1", "--blocks", "1")
    assert code == 0
    assert "1 mask, 2 samples" in err
    for word in ("one by one ms", "batched ms", "ms per sample", "loss diff"):
        assert word in out


def test_a_step_that_computes_something_else_fails(bench: Bench, tmp_path: Path) -> None:
    place = checkout(tmp_path, model=MODEL.replace("ours))", "ours) * 1.01)"))
    code, out, err = bench(
        *STEP, "--against", place, "--masks", "1", "--batch", "1", "--rounds", "1"
    )
    assert code == 1
    assert "the losses of authors and instavid differ by 0.0099" in err
    assert "loss diff" in out


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (None, "insta_gan_model.py"),
        ("import no_such_module", "does not run: ModuleNotFoundError"),
        ("x = 1", "does not build the authors' model: module"),
        (MODEL.replace("base_width=opt.ngf", "base_width=2"), "does not build the authors' model"),
        (MODEL.replace("told =", "1 / 0; told ="), "training step fails: division by zero"),
    ],
    ids=["no such file", "broken import", "nothing in it", "other network", "broken step"],
)
def test_a_checkout_without_a_training_step_is_one_line_and_exit_code_2(
    bench: Bench, tmp_path: Path, model: str | None, said: str
) -> None:
    code, out, err = bench(*STEP, "--against", checkout(tmp_path, model=model), "--batch", "1")
    lines = [line for line in err.splitlines() if line.startswith("instavid:")]
    assert (code, out, len(lines)) == (2, "", 1)
    assert said in lines[0]
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--masks", "1,5"], "5 masks"),
        (["--blocks", "4", "--against", "."], "4 blocks"),
        (["--size", "16x32"], "24 px or more"),
    ],
)
def test_a_step_that_the_recipe_does_not_take_is_refused(
    bench: Bench, options: list[str], said: str
) -> None:
    code, _, err = bench(*STEP, *options)
    assert code == 2
    assert said in err
    assert "timing" not in err


@pytest.mark.parametrize(
    ("option", "value"), [("--size", "200"), ("--size", "8x8"), ("--masks", "1,0"), ("--masks", "")]
)
def test_an_option_without_sense_is_refused(bench: Bench, option: str, value: str) -> None:
    code, _, err = bench(option, value)
    assert code == 2
    assert option in err


def test_a_missing_clip_is_refused_before_anything_is_timed(bench: Bench) -> None:
    code, _, err = bench(*QUICK, "--clip", "no/such/clip.mp4")
    assert code == 3
    assert "timing" not in err


def test_the_stages_need_neither_clip_nor_weights(bench: Bench) -> None:
    code, out, _ = bench(*SMALL, "--only", "stages", "--frames", "3", "--json")
    report = json.loads(out)
    stages = report["stages"]
    assert (code, report["generator"], stages["scripted"]) == (0, [], True)
    names = [row["stage"] for row in stages["rows"]]
    assert names == ["decode", "follow", "translate", "composite", "encode"]
    assert (stages["frames"], stages["instances"], stages["translated_crops"]) == (3, 6, 6)
    assert all(row["ms_per_frame"] > 0 and row["fps"] > 0 for row in stages["rows"])


def test_the_table_is_for_people(bench: Bench) -> None:
    code, out, _ = bench(*SMALL, "--rounds", "1", "--masks", "2", "--frames", "1")
    assert code == 0
    for word in ("one by one ms", "95 % interval", "(0%)", "ms/frame", "encode", "in sum"):
        assert word in out


def time_on(tmp_path: Path, segmenter: ScriptedSegmenter | None, **limits: float) -> StageTimes:
    path = tmp_path / "clip.mkv"
    write_synthetic_clip(path, size=(96, 160), frames=4)
    clip = load_clip(path, frames=4)
    return time_stages(
        clip, PaintingTranslator(), segmenter, clock=StageClock(**limits), folder=tmp_path
    )


def test_a_segmenter_gets_its_row_and_its_finds_are_used(tmp_path: Path) -> None:
    one = ScriptedSegmenter(lambda index: moving_ellipses(index, (96, 160))[:1])
    times = time_on(tmp_path, one)
    assert [row.stage for row in times.rows][:2] == ["decode", "segment"]
    assert (times.scripted, times.instances) == (False, 4)


def test_objects_are_scripted_where_a_segmenter_finds_none(tmp_path: Path) -> None:
    none = ScriptedSegmenter(lambda index: np.zeros((0, 96, 160), bool))
    times = time_on(tmp_path, none)
    assert (times.scripted, times.instances) == (True, 8)


def test_a_slow_translator_gets_fewer_frames_and_the_encoder_still_all(tmp_path: Path) -> None:
    times = time_on(tmp_path, None, limit_seconds=1e-9)
    frames = {row.stage: row.frames for row in times.rows}
    assert (times.translated_frames, frames["translate"], frames["composite"]) == (1, 1, 1)
    assert (frames["follow"], frames["encode"]) == (4, 4)


def test_the_order_of_two_calls_is_swapped_in_every_round() -> None:
    called: list[str] = []
    times = time_in_turn(lambda: called.append("a"), lambda: called.append("b"), rounds=3)
    assert "".join(called) == "abbaabba"
    assert len(times.baseline_seconds) == len(times.candidate_seconds) == 3


@pytest.mark.parametrize(("limit_seconds", "counted", "ran"), [(60.0, 3, 4), (0.0, 1, 1)])
def test_the_first_pass_only_counts_where_there_is_no_other(
    limit_seconds: float, counted: int, ran: int
) -> None:
    calls: list[int] = []

    def work() -> int:
        calls.append(len(calls))
        return calls[-1]

    made, seconds = time_passes(lambda: work, passes=3, limit_seconds=limit_seconds)
    assert (made, len(seconds), len(calls)) == (0, counted, ran)
