"""instavid jobs: runs that `run --queue` has kept for later."""

import json
import shlex
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from instavid.jobs.job import Job
    from instavid.jobs.store import JobStore


@click.group("jobs")
def command() -> None:
    """Work through runs that were kept for later.

    \b
    instavid run field.mp4 -p sheep2giraffe --queue
    instavid jobs list
    instavid jobs start
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_jobs(*, as_json: bool) -> None:
    """List all jobs, the oldest first."""
    jobs = job_store().all()
    if as_json:
        click.echo(json.dumps({"schema": 1, "jobs": [job.to_json() for job in jobs]}))
        return
    for job in jobs:
        code = "" if job.exit_code is None else f" ({job.exit_code})"
        click.echo(f"{job.id}  {job.state + code:<16}  {shlex.join(job.arguments)}")


@command.command("show")
@click.argument("id")
def show(*, id: str) -> None:
    """Print all that is known of a job, as one JSON object."""
    click.echo(json.dumps(job_store().get(id).to_json(), indent=1))


@command.command("start")
def start() -> int:
    """Run all queued jobs here, one after another; Ctrl-C ends the one at work and the rest waits.

    Ends with 7 if some failed.
    """
    from instavid.cli.job_running import run_queue

    return run_queue(job_store())


@command.command("resume")
@click.argument("id")
def resume(*, id: str) -> int:
    """Go on with an interrupted job, here and now, as run --resume does."""
    from instavid.cli.job_running import run_one

    return run_one(job_store(), id)


@command.command("retry")
@click.argument("id", required=False)
@click.option("--failed", is_flag=True, help="All jobs that failed.")
def retry(*, id: str | None, failed: bool) -> None:
    """Put a job that has ended, or all that failed, back into the queue."""
    if (id is None) is not failed:
        raise click.UsageError("give either the ID of a job or --failed")
    store = job_store()
    ids = [job.id for job in store.all() if job.state == "failed"] if id is None else [id]
    for each in ids:
        _say(store.move(each, "queued", states=("failed", "interrupted", "cancelled", "done")))


@command.command("cancel")
@click.argument("id")
def cancel(*, id: str) -> None:
    """Take a job out of the queue, but keep it; one that runs is stopped where it runs."""
    _say(job_store().move(id, "cancelled", states=("queued", "interrupted")))


@command.command("rm")
@click.argument("id")
def remove(*, id: str) -> None:
    """Forget a job; what it wrote stays."""
    job_store().remove(id)


def queue_run(arguments: tuple[str, ...]) -> int:
    """Keep a run for later, and say under which name."""
    from pathlib import Path

    from instavid.cli.job_environment import run_variables

    kept = tuple(argument for argument in arguments if argument != "--queue")
    job = job_store().add(kept, folder=Path.cwd(), environment=run_variables())
    click.echo(job.id)
    return 0


def job_store() -> "JobStore":
    """Return the jobs of this user."""
    from instavid.jobs.store import JobStore
    from instavid.taming import cache_folder

    return JobStore(cache_folder() / "jobs")


def _say(job: "Job") -> None:
    click.echo(f"{job.id}  {job.state}")
