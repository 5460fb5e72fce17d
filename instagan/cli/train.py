"""The training command: a new domain pair from pictures with masks."""

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from instagan.cli.config_file import FILE_NAME, ConfiguredCommand, as_flags, write_options
from instagan.cli.domains import domain_options
from instagan.cli.recipe_options import recipe_options
from instagan.cli.settings import build_config
from instagan.cli.train_inputs import find_init, load_both, load_measured

if TYPE_CHECKING:
    from instagan.training.loop import Crops


# A card travels; where its data was at home does not.
_FOLDERS = ("data",)


@click.command("train", cls=ConfiguredCommand, context_settings={"show_default": True})
@click.option("--config", metavar="FILE.toml", help="Options; those given as flags win.")
@click.option("--data", required=True, metavar="DIR", help="Folder with trainA, trainA_seg, ...")
@click.option("-p", "--pair", required=True, metavar="NAME", help="Name of the pair to make.")
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder of the run.")
@click.option("--resume", is_flag=True, help="Go on with the run in that folder.")
@click.option(
    "--init",
    metavar="PAIR",
    help="Start from the generators of a pair, a name or a folder, and without a warm-up.",
)
@click.option(
    "--recipe",
    type=click.Choice(["paper", "cyclegan", "cyclegan-seg", "small", "video"]),
    default="small",
    help="What the flags below default to; see above.",
)
@domain_options
@click.option(
    "--hold-out",
    type=click.FloatRange(0, 0.9),
    default=0.0,
    metavar="SHARE",
    help="Share of the pictures never trained on, chosen by a hash of their names.",
)
@recipe_options
@click.option(
    "--at-once",
    type=click.IntRange(1),
    help="How many of them to compute at once; halved where memory runs out  [default: all]",
)
@click.option("--seed", type=int, default=0, help="Of weights, order and variation.")
@click.option(
    "-d",
    "--device",
    default="auto",
    envvar="INSTAVID_DEVICE",
    metavar="auto|cpu|cuda[:N]|mps",
    help="Where the networks run. Only auto may fall back to the CPU.",
)
@click.option("--threads", type=click.IntRange(1), help="CPU threads  [default: all cores]")
@click.option("--log-every", type=click.IntRange(1), default=50, help="Steps between lines.")
@click.option(
    "--save-every",
    type=click.IntRange(1),
    default=500,
    help="Steps between saved states, pairs and previews.",
)
@click.option(
    "--keep", type=click.IntRange(1), default=3, help="Saved states that stay, the newest."
)
@click.option(
    "--tensorboard",
    is_flag=True,
    default=False,
    help="Write scalars and previews for TensorBoard into the folder too.",
)
@click.option("--terms", metavar="TEXT", help="Terms of the data, for the pair's card.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Train a pair from pictures with instance masks, and measure nothing but losses.

    \b
    instavid train --data data/horse2zebra -p horse2zebra -o runs/horse2zebra
    instavid train -o runs/horse2zebra --resume

    
    --recipe paper         InstaGAN as published: a GPU, and hundreds of thousands of steps
    --recipe cyclegan      CycleGAN, which sees no masks, by the same trainer
    --recipe cyclegan-seg  CycleGAN with all masks as a fourth channel
    --recipe small         InstaGAN for a few hundred pictures and little time
    --recipe video         InstaGAN small enough for a CPU, steady from frame to frame

    The folder of the run gets its options (run.toml, which --config takes), all settings, a log
    (log.csv), previews, a page with both (report.html), the states to resume from, the pair
    itself, and as NAME-best the one whose objects came nearest to real ones. Ctrl-C saves and
    ends; --resume goes on with the same options but for the flags that are given then. 'instavid
    eval pair' measures the result.
    """
    import torch

    from instagan.cli.interrupts import catch_interrupts
    from instagan.cli.watching import watching
    from instagan.devices import resolve_device
    from instagan.training.compiling import can_compile
    from instagan.training.loop import train
    from instagan.training.run_folder import changed_settings
    from instagan.training.sharing import joined_processes

    sharing, device = context.with_resource(joined_processes(resolve_device(options["device"])))
    torch.set_num_threads(options["threads"] or max(1, _cores() // sharing.world))
    machine = f"{sharing.world} x {device.type}, {torch.get_num_threads()} threads"
    told = context.obj or {}
    quiet = told.get("quiet", False) or sharing.rank > 0
    init = find_init(options, told.get("pair_places"))
    config = build_config(options)
    if config.compile and not can_compile():
        click.echo("no C++ compiler: going on without --compile, several times slower", err=True)
        config = replace(config, compile=False)
    if options["resume"] and not quiet:
        for change in changed_settings(Path(options["output"]), config):
            click.echo(f"resuming with other settings: {change}", err=True)
    folder, board = Path(options["output"]), options["tensorboard"]
    watchers = context.with_resource(
        watching(folder, quiet=quiet, tensorboard=board and not sharing.rank)
    )
    crops = load_both(options, config, quiet=quiet)
    measured = load_measured(options, config, crops)
    with catch_interrupts() as interrupts:
        interrupts.has_begun = True
        pair = train(
            config,
            crops,
            folder,
            device=device,
            resume=options["resume"],
            init=init,
            measured=measured,
            log_every=options["log_every"],
            save_every=options["save_every"],
            keep=options["keep"],
            provenance=_provenance(options, crops, machine),
            files={FILE_NAME: write_options(command, options).encode()},
            sharing=sharing,
            at_once=options["at_once"],
            should_stop=interrupts.stop.is_set,
            on_progress=watchers.progress,
            on_saved=watchers.saved,
        )
    if not sharing.rank:
        click.echo(pair.folder)
    if interrupts.stop.is_set():
        click.echo("instavid: interrupted; --resume goes on", err=True)
        context.exit(interrupts.exit_code)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _provenance(options: dict[str, Any], crops: "Crops", machine: str) -> dict[str, str]:
    """Return what the card shall say of how the weights were made."""
    facts = {
        "command": shlex.join(["instavid", "train", *as_flags(command, options, folders=_FOLDERS)]),
        "crops": f"{len(crops['A'])} of domain A, {len(crops['B'])} of domain B",
        "machine": machine,
        "terms": options["terms"],
    }
    return {name: text for name, text in facts.items() if text}
