"""One run that is kept for later, and what became of it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

State = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]

_SCHEMA = 1
_INTERRUPTED = (130, 143)
_DAMAGED_INPUT = 10


@dataclass(frozen=True)
class Job:
    """A call of `instavid run`, with all that is needed to make it again."""

    id: str
    arguments: tuple[str, ...]
    """As given to `instavid`, without `--queue`."""
    folder: str
    """The working directory that relative names are meant from."""
    created: str
    """ISO 8601, with the time zone."""
    environment: dict[str, str] | None = None
    """Options that came from variables; None in jobs of versions that did not keep them."""
    state: State = "queued"
    started: str | None = None
    ended: str | None = None
    exit_code: int | None = None
    pid: int | None = None
    """Of the process that works, or worked, on it."""
    pid_started: float | None = None
    """When that process began, s since 1970: the number alone may belong to another by now."""

    def to_json(self) -> dict[str, Any]:
        """Return the job as a JSON object; `schema` counts incompatible changes."""
        return {"schema": _SCHEMA, **asdict(self), "arguments": list(self.arguments)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read a job.

        Raises:
            ValueError: It is none, or one of another version.
        """
        fields = dict(data)
        if fields.pop("schema", None) != _SCHEMA:
            raise ValueError(f"a job has schema {_SCHEMA}, not {data.get('schema')}")
        environment = fields.get("environment")
        if not (environment is None or _is_text(environment)):
            raise ValueError(f"no environment: {environment}")
        try:
            return cls(**{**fields, "arguments": tuple(fields["arguments"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"no job: {error}") from error


def _is_text(environment: object) -> bool:
    return isinstance(environment, dict) and all(
        isinstance(text, str) for item in environment.items() for text in item
    )


def state_after(exit_code: int) -> State:
    """Return what a job is after its run ended with a code.

    >>> state_after(0), state_after(10), state_after(130), state_after(3)
    ('done', 'done', 'interrupted', 'failed')
    """
    if exit_code in _INTERRUPTED:
        return "interrupted"
    return "done" if exit_code in (0, _DAMAGED_INPUT) else "failed"
