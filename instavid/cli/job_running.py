"""Running jobs in this process, each as its command line says."""

import contextlib
from collections.abc import Sequence

import click

from instavid.batch.running import SOME_FAILED
from instavid.jobs.job import Job, State
from instavid.jobs.store import JobStore


def run_queue(store: JobStore) -> int:
    """Run the queued jobs, the oldest first, and any that are added meanwhile.

    Returns:
        0; 7 if some failed; the code of the job that was interrupted, which ends the queue.
    """
    code = 0
    while job := store.claim(None, states=("queued",)):
        ended = _run(store, job)
        assert ended.exit_code is not None, "a job that has ended has a code"
        if ended.state == "interrupted":
            return ended.exit_code
        if ended.state == "failed":
            code = SOME_FAILED
    return code


def run_one(store: JobStore, id: str) -> int:
    """Go on with an interrupted job; return the exit code of its run."""
    states: Sequence[State] = ("interrupted",)
    job = store.claim(id, states=states)
    assert job is not None, "a job that is asked for by name is there or refused"
    going_on = () if "--no-resume" in job.arguments else ("--resume",)
    ended = _run(store, job, more=going_on)
    return ended.exit_code or 0


def _run(store: JobStore, job: Job, *, more: tuple[str, ...] = ()) -> Job:
    """Do what the command line of a job says, and some more options, in its folder."""
    click.echo(f"instavid: job {job.id}", err=True)
    code = 1
    try:
        code = _call(job, more)
    finally:
        ended = store.finish(job, code)
        click.echo(f"instavid: job {job.id} {ended.state}", err=True)
    return ended


def _call(job: Job, more: tuple[str, ...]) -> int:
    from instavid.cli import main

    try:
        with contextlib.chdir(job.folder):
            main([*job.arguments, *more])
    except OSError as error:
        click.echo(f"instavid: cannot go to {job.folder}: {error.strerror}", err=True)
        return 3
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    raise AssertionError("the command line ends by SystemExit")
