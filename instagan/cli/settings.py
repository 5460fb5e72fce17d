"""From the flags of `instavid train` to the settings of a run."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from instagan.cli.domains import parse_domains, parse_margins

if TYPE_CHECKING:
    from instagan.training.config import Stage, TrainConfig


def parse_stages(text: str) -> "tuple[Stage, ...]":
    """Return SIZE:STEPS,... as stages; SIZE is a side or HxW."""
    from instagan.training.config import Stage

    stages = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d{1,5})(?:x(\d{1,5}))?:(\d{1,9})", part.strip())
        if match is None:
            raise click.BadParameter(
                f"'{part}' is not SIZE:STEPS, as in 64:8000", param_hint="--stages"
            )
        stages.append(Stage((int(match[1]), int(match[2] or match[1])), int(match[3])))
    return tuple(stages)


def parse_names(text: str) -> tuple[str, ...]:
    """Return NAME,... as a tuple; "none" is the empty one, "both" is picture and object."""
    names = text.replace("both", "picture,object").split(",")
    return tuple(name.strip() for name in names if name.strip() and name.strip() != "none")


def parse_upsampling(text: str) -> str | None:
    """Return what a generator's config says of it."""
    return None if text == "transposed" else text


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
        return {
            field: _PARSERS[flag](options[flag]) if flag in _PARSERS else options[flag]
            for field, flag in names.items()
            if options[flag] is not None
        }

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
            **given(
                kind="generator",
                base_width="width",
                mask_width="mask_width",
                blocks="blocks",
                upsampling="upsampling",
            ),
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
            skip_limit="skip_limit",
            compile="compiled",
        ),
    )


_PARSERS: dict[str, Callable[[str], Any]] = {
    "stages": parse_stages,
    "augment": parse_names,
    "judge_sees": parse_names,
    "upsampling": parse_upsampling,
}
