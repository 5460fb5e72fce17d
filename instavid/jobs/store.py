"""Where jobs are kept: `jobs/ID.json` in the cache, each replaced in one step."""

import difflib
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil

from instavid.errors import JobError, OutputError, UsageError
from instavid.jobs.job import Job, State, state_after
from instavid.locks import locked

_CLOCK_SECONDS = 2.0
"""By this much the start of a process may seem to move when the clock of the machine is set."""


@dataclass(frozen=True)
class JobStore:
    """All jobs of a user. Several processes may use it at once."""

    folder: Path

    def add(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> Job:
        """Queue a run."""
        variables = dict(environment or {})
        job = Job(secrets.token_hex(3), tuple(arguments), str(folder), _now(), variables)
        with self._locked():
            self._write(job)
        return job

    def all(self) -> list[Job]:
        """Return every job, the oldest first; what is no job is passed over."""
        jobs = [self._read(path) for path in self.folder.glob("*.json")]
        return sorted((job for job in jobs if job), key=lambda job: (job.created, job.id))

    def get(self, id: str) -> Job:
        """Return one job.

        Raises:
            UsageError: There is none by that name.
        """
        jobs = {job.id: job for job in self.all()}
        if id in jobs:
            return jobs[id]
        near = difflib.get_close_matches(id, jobs, n=1)
        hint = f"did you mean {near[0]}?" if near else "'instavid jobs list' shows all"
        raise UsageError(f"there is no job {id}: {hint}")

    def claim(self, id: str | None, *, states: Sequence[State]) -> Job | None:
        """Take a job for this process to run: the one named, or the oldest; None if none is left.

        Raises:
            UsageError: There is none by that name.
            JobError: It is in another state.
        """
        with self._locked():
            waiting = self.all() if id is None else [self._in_state(id, states)]
            job = next((job for job in waiting if job.state in states), None)
            if job is None:
                return None
            claimed = replace(
                job,
                state="running",
                started=_now(),
                ended=None,
                exit_code=None,
                pid=os.getpid(),
                pid_started=psutil.Process().create_time(),
            )
            self._write(claimed)
            return claimed

    def finish(self, job: Job, exit_code: int) -> Job:
        """Note how the run of a job ended."""
        ended = replace(job, state=state_after(exit_code), ended=_now(), exit_code=exit_code)
        with self._locked():
            self._write(ended)
        return ended

    def move(self, id: str, to: State, *, states: Sequence[State]) -> Job:
        """Put a job that is in one of some states into another.

        Raises:
            UsageError: There is none by that name.
            JobError: It is in another state.
        """
        with self._locked():
            job = replace(self._in_state(id, states), state=to)
            self._write(job)
            return job

    def remove(self, id: str) -> None:
        """Forget a job that does not run; what it wrote stays.

        Raises:
            UsageError: There is none by that name.
            JobError: It is running.
        """
        with self._locked():
            idle: tuple[State, ...] = ("queued", "done", "failed", "cancelled", "interrupted")
            self._in_state(id, idle)
            self._path(id).unlink(missing_ok=True)

    def _in_state(self, id: str, states: Sequence[State]) -> Job:
        job = self.get(id)
        if job.state not in states:
            where = f" in process {job.pid}" if job.state == "running" else ""
            raise JobError(f"job {id} is {job.state}{where}, not {' or '.join(states)}")
        return job

    def _path(self, id: str) -> Path:
        return self.folder / f"{id}.json"

    def _read(self, path: Path) -> Job | None:
        try:
            job = Job.from_json(json.loads(path.read_text()))
        except (OSError, ValueError, AttributeError):
            return None
        return replace(job, state="interrupted") if _has_died(job) else job

    def _write(self, job: Job) -> None:
        new = self._path(job.id).with_suffix(".new")
        try:
            new.write_text(json.dumps(job.to_json(), indent=1))
            new.replace(self._path(job.id))
        except OSError as error:
            raise OutputError(f"Cannot write {new}: {error.strerror}.") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes out."""
        with ExitStack() as held:
            try:
                held.enter_context(locked(self.folder))
            except OSError as error:
                raise OutputError(
                    f"Cannot write to {self.folder}: {error.strerror}. Set INSTAVID_CACHE to a "
                    "folder that can be written to."
                ) from error
            yield


def _has_died(job: Job) -> bool:
    """Return whether a job is called running, but its process is no more."""
    if job.state != "running" or job.pid is None:
        return False
    try:
        began: float = psutil.Process(job.pid).create_time()
        return abs(began - (job.pid_started or 0.0)) > _CLOCK_SECONDS
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
