"""Running jobs in this process, each as its command line says."""

import contextlib
from collections.abc import Sequence

import click

from instagan.cli.interrupts import catch_interrupts
from instavid.batch.running import SOME_FAILED
from instavid.cli.job_environment import environment_of
from instavid.jobs.job import Job, State
from instavid.jobs.store import JobStore

_REFUSED = 2
"""The exit code of a run that cannot go on from what was left, and did nothing."""


def run_queue(store: JobStore) -> int:
    """Run the queued jobs, the oldest first, and any that are added meanwhile.

    Returns:
        0; 7 if some failed; the code of the job that was interrupted, which ends the queue.
    """
    code = 0
    with catch_interrupts() as interrupts:
        interrupts.has_begun = True  # what is told of a job is finished
        while job := store.claim(None, states=("queued",)):
            ended = _run(store, job)
            assert ended.exit_code is not None, "a job that has ended has a code"
            if ended.state == "interrupted":
                return ended.exit_code
            if interrupts.stop.is_set():
                return interrupts.exit_code
            if ended.state == "failed":
                code = SOME_FAILED
    return code


def run_one(store: JobStore, id: str) -> int:
    """Go on with an interrupted job; return the exit code of its run.

    Where it cannot go on, it stays interrupted: nothing that was left is lost.
    """
    states: Sequence[State] = ("interrupted",)
    job = store.claim(id, states=states)
    assert job is not None, "a job that is asked for by name is there or refused"
    ended = _run(store, job, going_on="--no-resume" not in job.arguments)
    return ended.exit_code or 0


def _run(store: JobStore, job: Job, *, going_on: bool = False) -> Job:
    """Do what the command line of a job says in its folder, anew or with --resume."""
    click.echo(f"instavid: job {job.id}", err=True)
    code = 1
    try:
        code = _call(job, _with_resume(job.arguments) if going_on else job.arguments)
    finally:
        ended = store.finish(job, code)
        if going_on and code == _REFUSED:
            ended = store.move(job.id, "interrupted", states=(ended.state,))
        click.echo(f"instavid: job {job.id} {ended.state}", err=True)
    return ended


def _with_resume(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command line with --resume, which must come before a possible `--`."""
    begin = arguments.index("run") + 1
    return (*arguments[:begin], "--resume", *arguments[begin:])


def _call(job: Job, arguments: tuple[str, ...]) -> int:
    from instavid.cli import main

    try:
        with environment_of(job), contextlib.chdir(job.folder):
            main(list(arguments))
    except OSError as error:
        click.echo(f"instavid: cannot go to {job.folder}: {error.strerror}", err=True)
        return 3
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    raise AssertionError("the command line ends by SystemExit")
