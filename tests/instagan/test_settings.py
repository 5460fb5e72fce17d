"""From flags to settings: none is deaf."""

from typing import Any

import click
import pytest

from instagan.cli.recipe_options import recipe_options
from instagan.cli.settings import build_config
from instagan.cli.train import command
from instagan.config import DIRECTIONS

OTHER = {
    "stages": "32:7",
    "generator": "resnet",
    "judge": "patch",
    "upsampling": "resize",
    "judge_norm": "none",
    "judge_sees": "object,crop",
    "augment": "color,cutout",
    "precision": "bfloat16",
    "lr": 0.5,
    "lr_judge": 0.5,
    "ema": 0.5,
    "decay": 0.25,
    "mask_errors": 0.25,
    "collapse_window": 9,
}


def options(recipe: str, **given: Any) -> dict[str, Any]:
    context = command.make_context(
        "train", ["--data", "d", "-p", "a2b", "-o", "o", "--recipe", recipe]
    )
    return {**context.params, **given}


@click.command()
@recipe_options
def only_these(**_options: object) -> None:
    """Do nothing."""


@pytest.mark.parametrize("flag", [option.name for option in only_these.params])
def test_every_flag_wins_over_the_recipe(flag):
    (option,) = (each for each in only_these.params if each.name == flag)
    value = OTHER.get(flag, True if option.is_flag else 7)
    assert build_config(options("paper", **{flag: value})) != build_config(options("paper"))


def test_a_flag_may_take_back_what_the_recipe_chose():
    assert build_config(options("video")).step.weights.temporal > 0
    assert build_config(options("video", temporal=0.0)).step.weights.temporal == 0
    assert build_config(options("video", upsampling="transposed")).generator.upsampling is None
    assert build_config(options("small", augment="none")).step.augment == ()
    assert not build_config(options("video", compiled=False)).compile


def test_margins_belong_to_the_direction_that_starts_from_the_domain():
    margins = tuple(f"{d}={n},2,3,4" for n, d in enumerate(DIRECTIONS))
    made = build_config(options("paper", margins=margins))
    assert (made.margins_a.top, made.margins_b.top) == (0, 1)
