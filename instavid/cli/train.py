"""instavid train: a new domain pair from pictures with masks."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from instavid.cli.pair_options import parse_domains, parse_margins

if TYPE_CHECKING:
    from instagan.training.config import TrainConfig
    from instagan.training.log import Progress

_VIEWS = {"picture": ("picture",), "object": ("object",), "both": ("picture", "object")}


def _read_stages(_: click.Context, parameter: click.Parameter, text: str | None) -> Any:
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


def _read_augment(_: click.Context, parameter: click.Parameter, text: str | None) -> Any:
    return None if text is None else tuple(p for p in text.split(",") if p and p != "none")


@click.command("train")
@click.option("--data", required=True, metavar="DIR", help="Folder with trainA, trainA_seg, ...")
@click.option("-p", "--pair", required=True, metavar="NAME", help="Name of the pair to make.")
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder of the run.")
@click.option("--resume", is_flag=True, help="Go on with the run in that folder.")
@click.option(
    "--recipe",
    type=click.Choice(["paper", "small"]),
    default="small",
    help="What the flags below default to: the paper's settings, or those for little data.",
)
@click.option("--domain-a", metavar="NAME[=CLASS,...]", help="What AtoB changes, and its classes.")
@click.option("--domain-b", metavar="NAME[=CLASS,...]", help="What it changes it into.")
@click.option(
    "--margins",
    multiple=True,
    metavar="DIR=TOP,BOTTOM,LEFT,RIGHT",
    help="What crops add around an object, in object heights, such as AtoB=1.5,0.2,0.6,0.6  "
    "[default: 0.25 each]",
)
@click.option(
    "--hold-out",
    type=click.FloatRange(0, 0.9),
    default=0.0,
    metavar="SHARE",
    help="Share of the pictures never trained on, chosen by a hash of their names.",
)
@click.option(
    "--stages",
    callback=_read_stages,
    metavar="SIZE:STEPS,...",
    help="Picture sizes and how many steps at each, as in 64:8000,96:6000.",
)
@click.option("--batch", type=int, help="Pictures of each domain in a step.")
@click.option("--seed", type=int, default=0, help="Of weights, order and variation.")
@click.option("--width", type=int, help="Channels of the generators after the first convolution.")
@click.option("--mask-width", type=int, help="The same of their mask encoders.")
@click.option("--blocks", type=int, help="Residual blocks of each encoder.")
@click.option("--judge-width", type=int, help="Channels of the discriminators.")
@click.option("--judge-norm", type=click.Choice(["spectral", "none"]), help="Norms in them.")
@click.option(
    "--judge-sees",
    type=click.Choice(list(_VIEWS)),
    help="The picture with its masks, the object alone, or both by one network each.",
)
@click.option(
    "--augment",
    callback=_read_augment,
    metavar="NAME,...|none",
    help="What discriminators see is varied: color, translation, cutout.",
)
@click.option("--gan", type=float, help="Weight of the adversarial loss.")
@click.option("--cycle", type=float, help="Weight of the cycle loss.")
@click.option("--identity", type=float, help="Weight of the identity loss; 0 saves its time.")
@click.option("--context", type=float, help="Weight of the context loss.")
@click.option(
    "--context-share/--no-context-share",
    default=None,
    help="Divide the context loss by the share of background in the picture.",
)
@click.option("--lr", type=float, help="Adam's step size of the generators.")
@click.option("--lr-judge", type=float, help="Adam's step size of the discriminators.")
@click.option("--decay", type=float, help="Share of the run over which the rates fall to zero.")
@click.option("--ema", type=float, help="Running average of the generators; 0 for none.")
@click.option("--warm-up", type=int, help="Steps of an autoencoder that both generators start as.")
@click.option(
    "--mask-errors",
    type=float,
    metavar="SHARE",
    help="Share of the samples whose masks get a detector's errors.",
)
@click.option("--ins-max", type=int, help="Instances taken from each picture.")
@click.option("--ins-per", type=int, help="Instances translated at once.")
@click.option("--collapse-window", type=int, help="Steps with collapsed masks that end the run.")
@click.option("--precision", type=click.Choice(["float32", "bfloat16"]), help="Of convolutions.")
@click.option(
    "--compile/--no-compile",
    "compiled",
    default=None,
    help="Compile the networks: minutes at the start, then faster.",
)
@click.option(
    "-d",
    "--device",
    default="auto",
    envvar="INSTAVID_DEVICE",
    metavar="auto|cpu|cuda[:N]|mps",
    help="Where to compute.",
)
@click.option("--threads", type=click.IntRange(1), help="CPU threads  [default: all cores]")
@click.option("--log-every", type=click.IntRange(1), default=50, help="Steps between lines.")
@click.option(
    "--save-every",
    type=click.IntRange(1),
    default=500,
    help="Steps between saved states, pairs and previews.",
)
@click.option("--terms", metavar="TEXT", help="Terms of the data, for the pair's card.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Train a pair from pictures with instance masks, and measure nothing but losses.

    \b
    instavid train --data data/horse2zebra -p horse2zebra -o runs/horse2zebra
    instavid train --data data/horse2zebra -p horse2zebra -o runs/horse2zebra --resume

    The folder of the run gets settings, a log (log.csv), previews, the state to resume from and
    the pair itself. Ctrl-C saves and ends. 'instavid eval pair' measures the result.
    """
    import torch

    from instagan.training.loop import train
    from instavid.cli.interrupts import catch_interrupts
    from instavid.devices import resolve_device

    device = resolve_device(options["device"])
    torch.set_num_threads(options["threads"] or _cores())
    config = _config(options)
    crops = _crops(options, config, is_quiet=context.obj["quiet"])
    with catch_interrupts() as interrupts:
        interrupts.has_begun = True
        pair = train(
            config,
            crops,
            Path(options["output"]),
            device=device,
            resume=options["resume"],
            log_every=options["log_every"],
            save_every=options["save_every"],
            provenance=_provenance(options, crops),
            on_progress=_printer(is_quiet=context.obj["quiet"]),
            should_stop=interrupts.stop.is_set,
        )
    click.echo(pair.folder)
    if interrupts.stop.is_set():
        click.echo("instavid: interrupted; --resume goes on", err=True)
        context.exit(interrupts.exit_code)


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _config(options: dict[str, Any]) -> "TrainConfig":
    """Return the recipe's settings with those of the flags that were given."""
    from dataclasses import replace

    from instagan.training.config import TrainConfig, apply_recipe

    a, b = parse_domains(options["pair"], options["domain_a"], options["domain_b"])
    margins = parse_margins(options["margins"])
    config = TrainConfig(
        options["pair"], a, b, margins["AtoB"], margins["BtoA"], seed=options["seed"]
    )
    config = apply_recipe(config, options["recipe"])

    def given(**names: str) -> dict[str, Any]:
        return {field: options[f] for field, f in names.items() if options[f] is not None}

    sees = options["judge_sees"]
    views: dict[str, Any] = {"views": _VIEWS[sees]} if sees else {}
    step = replace(
        config.step,
        weights=replace(
            config.step.weights,
            **given(adversarial="gan", cycle="cycle", identity="identity", context="context"),
        ),
        **given(
            ins_max="ins_max",
            ins_per="ins_per",
            learning_rate="lr",
            discriminator_rate="lr_judge",
            normalize_context="context_share",
            augment="augment",
            precision="precision",
        ),
    )
    return replace(
        config,
        step=step,
        generator=replace(
            config.generator, **given(base_width="width", mask_width="mask_width", blocks="blocks")
        ),
        discriminator=replace(
            config.discriminator, **views, **given(base_width="judge_width", norm="judge_norm")
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


def _crops(options: dict[str, Any], config: "TrainConfig", *, is_quiet: bool) -> Any:
    from instagan.data.crops import load_crops

    margins = {"A": config.margins_a, "B": config.margins_b}
    crops = {
        letter: load_crops(
            Path(options["data"]),
            "train",
            domain=letter,
            margins=margins[letter],
            size=config.largest_size,
            hold_out=options["hold_out"],
        )
        for letter in ("A", "B")
    }
    if not is_quiet:
        counts = ", ".join(
            f"{len(crops[x])} of {d.name}"
            for x, d in (("A", config.domain_a), ("B", config.domain_b))
        )
        click.echo(f"crops: {counts}", err=True)
    return crops


def _provenance(options: dict[str, Any], crops: Any) -> dict[str, str]:
    import sys

    return {
        "command": "instavid train " + " ".join(_quoted(sys.argv[2:])),
        "crops": f"{len(crops['A'])} of domain A, {len(crops['B'])} of domain B",
        "seed": str(options["seed"]),
        **({"terms": options["terms"]} if options["terms"] else {}),
    }


def _quoted(arguments: list[str]) -> list[str]:
    import shlex

    return [shlex.quote(argument) for argument in arguments]


def _printer(*, is_quiet: bool) -> "Callable[[Progress], None]":
    def show(progress: "Progress") -> None:
        terms = progress.terms
        left = (progress.total - progress.step) * progress.seconds_per_step
        means = {
            name: (terms.get(f"AtoB_{name}", 0.0) + terms.get(f"BtoA_{name}", 0.0)) / 2
            for name in ("adversarial", "cycle", "context", "real_score", "fake_score", "mask_area")
        }
        click.echo(
            f"{progress.step}/{progress.total} at {progress.height_px} px  "
            f"{progress.seconds_per_step:.2f} s/step, {left / 60:.0f} min left  "
            f"gan {means['adversarial']:.3f}  cycle {means['cycle']:.3f}  "
            f"context {means['context']:.3f}  "
            f"judge {means['real_score']:.2f}/{means['fake_score']:.2f}  "
            f"masks {means['mask_area']:.1%}",
            err=True,
        )

    return (lambda progress: None) if is_quiet else show
