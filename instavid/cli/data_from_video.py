"""instavid data from-video: clips become a domain, by the best views of the objects in them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from instagan.cli.interrupts import Interrupts, catch_interrupts
from instavid.cli.data_options import object_options
from instavid.cli.options import DAMAGED_INPUT
from instavid.cli.progress import counting_in_lines
from instavid.cli.segmenter_options import open_segmenter, segmenter_options
from instavid.defaults import ALIKE_BITS

if TYPE_CHECKING:
    from instavid.datasets.from_video import ClipSet
    from instavid.datasets.harvest import Harvest


@click.command("from-video")
@click.argument("clips", nargs=-1, required=True, metavar="CLIP...")
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the data set.",
)
@object_options("What to take, by the segmenter's name of it.")
@segmenter_options(
    "Confidence that a view needs; objects are followed from 0.25 on, as by `instavid run`."
)
@click.option(
    "--min-size", default=64, type=click.IntRange(8), metavar="PX", help="Least height of a view."
)
@click.option(
    "--max-blur",
    default=0.48,
    type=click.FloatRange(0, 1),
    help="How blurred a view may be: 0 is sharp, soft focus 0.5.",
)
@click.option(
    "--per-track",
    default=32,
    type=click.IntRange(1),
    metavar="COUNT",
    help="Most views of one object in one scene.",
)
@click.option(
    "--alike",
    default=ALIKE_BITS,
    type=click.IntRange(0, 63),
    metavar="BITS",
    help="Two views are alike if no more of the 64 bits of their fingerprints differ; lower keeps "
    "more.",
)
@click.option(
    "--test-share",
    default=0.1,
    type=click.FloatRange(0, 0.9),
    metavar="SHARE",
    help="Share of the pictures to set apart for tests, scene by scene; 0 for none.",
)
@click.option("-y", "--overwrite", is_flag=True, help="Replace what is there of these clips.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    clips: tuple[str, ...],
    folder: Path,
    domain: Any,
    classes: tuple[str, ...],
    min_size: int,
    max_blur: float,
    per_track: int,
    alike: int,
    test_share: float,
    overwrite: bool,
    as_json: bool,
    conf: float,
    **segmenting: Any,
) -> int:
    """Make one domain of a data set of clips: the best views of the objects in them.

    \b
    instavid data from-video flock.mp4 walk.mp4 -o data/s2g --domain A --class sheep
    instavid data from-video giraffes.mp4 -o data/s2g --domain B --class giraffe

    Objects are found and followed as by `instavid run`. Kept are views that are large, sharp and
    whole, one of those that look alike; what is left out is counted by its reason. A picture shows
    what lies around, so that `instavid train` can cut it with any --margins.

    A scene, from one cut to the next, goes to train or to test as a whole, together with scenes
    that show the same. Give all clips of a domain at once: only then such scenes are known.

    Ctrl-C ends the reading and writes what was found until then; twice writes nothing.
    """
    from instavid.datasets.from_video import ClipSet
    from instavid.datasets.view_rules import ViewRules
    from instavid.defaults import FLOOR_CONFIDENCE

    rules = ViewRules(min_size, conf, max_blur, per_track, alike)
    asked = ClipSet(clips, folder, domain, rules, test_share)
    segmenting = {**segmenting, "classes": classes, "conf": min(conf, FLOOR_CONFIDENCE)}
    with catch_interrupts() as interrupts:
        try:
            harvest = _take(asked, segmenting, interrupts, overwrite=overwrite, ctx=ctx)
        except KeyboardInterrupt as stopped:
            click.echo(f"instavid: {stopped or 'stopped; nothing is written'}", err=True)
            return interrupts.exit_code
    _tell(harvest, as_json=as_json)
    if harvest.is_stopped:
        return interrupts.exit_code
    return 0 if harvest.is_complete else DAMAGED_INPUT


def _take(
    asked: "ClipSet",
    segmenting: dict[str, Any],
    interrupts: Interrupts,
    *,
    overwrite: bool,
    ctx: click.Context,
) -> "Harvest":
    from instavid.datasets.from_video import take_clips

    with counting_in_lines("frame", quiet=ctx.obj["quiet"]) as show:

        def on_frame(done: int, total: int) -> None:
            interrupts.has_begun = True
            show(done, total)

        return take_clips(
            asked,
            open_segmenter(**segmenting),
            overwrite=overwrite,
            on_frame=on_frame,
            should_stop=interrupts.stop.is_set,
        )


def _tell(harvest: "Harvest", *, as_json: bool) -> None:
    """Print the report; as from the other commands of its kind, the folder is all of stdout."""
    for warning in harvest.warnings:
        click.echo(f"instavid: {warning}", err=True)
    for count in harvest.clips:
        if not count.is_complete:
            click.echo(f"instavid: {count.clip} is damaged; what could be read is in", err=True)
    if harvest.is_stopped:
        click.echo("instavid: stopped; what was found until then is written", err=True)
    if as_json:
        click.echo(json.dumps(harvest.to_json()))
        return
    click.echo(harvest.table(), err=True)
    click.echo(harvest.root)
