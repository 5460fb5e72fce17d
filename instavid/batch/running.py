"""Working through many inputs: what is skipped, what fails, and when to end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from instavid.batch.naming import Task
from instavid.run_report import RunReport

State = Literal["done", "failed", "skipped", "interrupted", "not started"]

SOME_FAILED = 7
"""The exit code when all inputs were tried and some failed."""


@dataclass(frozen=True)
class Outcome:
    """What became of one input."""

    task: Task
    state: State = "not started"
    report: RunReport | None = None
    exit_code: int = 0
    message: str = ""
    """Why it failed or was interrupted, or what there is in its place."""

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as a JSON object."""
        return {
            "input": self.task.input,
            "output": str(self.task.output),
            "state": self.state,
            "exit_code": self.exit_code,
            "message": self.message,
            "report": None if self.report is None else self.report.to_json(),
        }


@dataclass(frozen=True)
class BatchReport:
    """What became of all inputs, in their order."""

    outcomes: tuple[Outcome, ...]
    keeps_going: bool = False
    """Whether a failure did not end the run."""

    @property
    def exit_code(self) -> int:
        """Return what the run as a whole ends with."""
        stopped, failed = self.of("interrupted"), self.of("failed")
        if stopped:
            return stopped[0].exit_code
        if failed:
            return SOME_FAILED if self.keeps_going else failed[0].exit_code
        return max((outcome.exit_code for outcome in self.outcomes), default=0)

    @property
    def ended_early(self) -> bool:
        """Return whether an interruption or a failure kept the rest from being tried."""
        stops = self.of("interrupted") or (self.of("failed") and not self.keeps_going)
        return bool(stops)

    def of(self, state: str) -> tuple[Outcome, ...]:
        """Return the outcomes of one kind."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == state)

    def summary(self) -> str:
        """Return how many inputs came to what, in one line.

        >>> BatchReport(()).summary()
        '0 inputs: 0 done'
        """
        states = ("failed", "skipped", "interrupted", "not started")
        others = [f", {len(self.of(s))} {s}" for s in states if self.of(s)]
        return f"{len(self.outcomes)} inputs: {len(self.of('done'))} done{''.join(others)}"

    def to_json(self) -> dict[str, Any]:
        """Return everything as one JSON object; `schema` counts incompatible changes.

        `runs` has an object per input: `input`, `output`, `state`, `exit_code`, `message`, and
        `report`, which is what a run with one input gives, null where there is none.
        """
        return {
            "schema": 1,
            "exit_code": self.exit_code,
            **{
                state.replace(" ", "_"): len(self.of(state))
                for state in ("done", "failed", "skipped", "interrupted", "not started")
            },
            "runs": [outcome.to_json() for outcome in self.outcomes],
        }


def run_all(
    tasks: Sequence[Task],
    run: Callable[[int, Task], Outcome],
    *,
    on_end: Callable[[int, Outcome], None],
    keep_going: bool = False,
    skip_existing: bool = False,
) -> BatchReport:
    """Do the tasks in order.

    Args:
        tasks: See `plan_tasks`.
        run: Does one, given its place in the list; failures come back, as outcomes.
        on_end: Told of each task that was done, has failed, or was left out.
        keep_going: Go on after a failure. Nothing goes on after an interruption.
        skip_existing: Leave out the tasks whose output exists.
    """
    outcomes = [Outcome(task) for task in tasks]
    for index, task in enumerate(tasks):
        skipped = skip_existing and task.output.exists()
        outcome = Outcome(task, "skipped", message="exists") if skipped else run(index, task)
        outcomes[index] = outcome
        on_end(index, outcome)
        if outcome.state == "interrupted" or (outcome.state == "failed" and not keep_going):
            break
    return BatchReport(tuple(outcomes), keeps_going=keep_going)
