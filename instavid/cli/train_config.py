"""From the flags of `instavid train` to the settings of a run."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from instavid.cli.pair_options import parse_domains, parse_margins

if TYPE_CHECKING:
    from instagan.training.config import TrainConfig


def read_stages(_: click.Context, parameter: click.Parameter, text: str | None) -> Any:
    """Return SIZE:STEPS,... as stages; SIZE is a side or HxW."""
    if text is None:
        return None
    from instagan.training.config import Stage

    stages = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d{1,5})(?:x(\d{1,5}))?:(\d{1,9})", part.strip())
        if match is None:
            raise click.BadParameter(f"'{part}' is not SIZE:STEPS, as in 64:8000", param=parameter)
        stages.append(Stage((int(match[1]), int(match[2] or match[1])), int(match[3])))
    return tuple(stages)


def read_augment(_: click.Context, parameter: click.Parameter, text: str | None) -> Any:
    """Return NAME,... as a tuple; "none" is the empty one."""
    return None if text is None else tuple(p for p in text.split(",") if p and p != "none")


def read_views(_: click.Context, parameter: click.Parameter, text: str | None) -> Any:
    """Return VIEW,... as a tuple; "both" is picture and object."""
    if text is None:
        return None
    return tuple(p.strip() for p in text.replace("both", "picture,object").split(","))


def build_config(options: dict[str, Any]) -> "TrainConfig":
    """Return the recipe's settings with those of the flags that were given."""
    from instagan.training.config import TrainConfig, apply_recipe

    a, b = parse_domains(options["pair"], options["domain_a"], options["domain_b"])
    margins = parse_margins(options["margins"])
    config = TrainConfig(
        options["pair"], a, b, margins["AtoB"], margins["BtoA"], seed=options["seed"]
    )
    config = apply_recipe(config, options["recipe"])

    def given(**names: str) -> dict[str, Any]:
        return {field: options[f] for field, f in names.items() if options[f] is not None}

    upsampling: dict[str, Any] = {}
    if options["upsampling"]:
        resizes = options["upsampling"] == "resize"
        upsampling = {"upsampling": "resize" if resizes else None}
    step = replace(
        config.step,
        weights=replace(
            config.step.weights,
            **given(
                adversarial="gan",
                cycle="cycle",
                identity="identity",
                context="context",
                mirror="mirror",
                temporal="temporal",
            ),
        ),
        **given(
            ins_max="ins_max",
            ins_per="ins_per",
            merge_masks="merge_masks",
            learning_rate="lr",
            discriminator_rate="lr_judge",
            normalize_context="context_share",
            augment="augment",
            clip="clip",
            precision="precision",
        ),
    )
    return replace(
        config,
        step=step,
        generator=replace(
            config.generator,
            **upsampling,
            **given(kind="generator", base_width="width", mask_width="mask_width", blocks="blocks"),
        ),
        discriminator=replace(
            config.discriminator,
            **given(kind="judge", base_width="judge_width", norm="judge_norm", views="judge_sees"),
        ),
        variation=replace(config.variation, **given(mask_errors="mask_errors")),
        **given(
            stages="stages",
            batch="batch",
            decay="decay",
            ema="ema",
            warm_up="warm_up",
            collapse_window="collapse_window",
            compile="compiled",
        ),
    )
