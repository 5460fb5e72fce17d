"""instavid data split: set pictures of a data set apart for tests."""

from pathlib import Path

import click


@click.command("split")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--test",
    "share",
    required=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="About how much of the pictures goes to test, such as 0.1.",
)
@click.option(
    "--by-scene",
    is_flag=True,
    help="Keep together what differs only in the last number of its name: frames of one clip.",
)
@click.option("--dry-run", is_flag=True, help="Print what would move, and move nothing.")
def command(*, folder: Path, share: float, by_scene: bool, dry_run: bool) -> None:
    """Move pictures with their masks from train to test.

    \b
    instavid data split data/h2z --test 0.1
    instavid data split data/clips --test 0.2 --by-scene --dry-run

    A hash of the name decides, so that a picture stays on its side when others are added; without
    --by-scene they are those that `instavid train --hold-out SHARE` leaves out, so use one or the
    other. Nothing is overwritten. If it is stopped, the same command moves the rest.
    """
    from instavid.datasets.splitting import make_moves, plan_split, scene_warnings

    plans = plan_split(folder, share, by_scene=by_scene)
    for plan in plans:
        if dry_run:
            for move in plan.moves:
                click.echo(f"{move.source} -> {move.target}")
        else:
            make_moves(plan.moves)
        click.echo(
            f"{plan.domain}: {len(plan.moves)} files {'would move' if dry_run else 'moved'}; "
            f"{len(plan.train)} pictures in train, {len(plan.test)} in test ({plan.share:.1%})",
            err=True,
        )
        for warning in scene_warnings(plan) if by_scene else ():
            click.echo(f"instavid: {warning}", err=True)
    click.echo(folder)
