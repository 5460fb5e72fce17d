"""The options of a job that come from variables of the environment: those of when it was queued."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from instavid.jobs.job import Job

_PREFIX = "INSTAVID_RUN_"
_SHARED = "INSTAVID_DEVICE"
"""An option of several commands, which may also be given to the one that works through jobs."""


def run_variables() -> dict[str, str]:
    """Return the variables that are options of `run`, as they are now."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_PREFIX) or name == _SHARED
    }


@contextmanager
def environment_of(job: Job) -> Iterator[None]:
    """Let the block see the options that a job was queued with, and no others from variables."""
    if job.environment is None:
        yield
        return
    before = run_variables()
    try:
        for name in before:
            if name.startswith(_PREFIX):
                del os.environ[name]
        os.environ.update(job.environment)
        yield
    finally:
        for name in job.environment:
            os.environ.pop(name, None)
        os.environ.update(before)
