"""Findings, and running probes so that a broken one becomes a finding."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["ok", "note", "warning", "problem"]
"""note: absent and not needed. warning: works, but look at it. problem: needed, does not work."""


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    name: str
    status: Status
    detail: str
    """What there is, or what is wrong and what to try."""


Probe = Callable[[], Iterable[Finding]]


@dataclass(frozen=True)
class DoctorReport:
    """All findings."""

    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Return what is needed and does not work."""
        return tuple(found for found in self.findings if found.status == "problem")

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON object; `schema` counts incompatible changes."""
        return {
            "schema": 1,
            "ok": not self.problems,
            "checks": [asdict(found) for found in self.findings],
            "problems": [f"{found.name}: {found.detail}" for found in self.problems],
        }

    def table(self) -> str:
        """Return what a person wants to see."""
        width = max((len(found.name) for found in self.findings), default=0)
        return "\n".join(
            f"{found.status:<8} {found.name:<{width}}  {found.detail}" for found in self.findings
        )


def examine(probes: Mapping[str, Probe]) -> DoctorReport:
    """Run probes by name and gather what they find.

    A probe that raises becomes a problem: foreign libraries fail in any way they like, and the rest
    of the report is wanted all the more then.
    """
    findings: list[Finding] = []
    for name, probe in probes.items():
        findings += _findings(name, probe)
    return DoctorReport(tuple(findings))


def _findings(name: str, probe: Probe) -> Sequence[Finding]:
    found: list[Finding] = []
    try:
        found.extend(probe())
    # Foreign code may even try to end the process.
    except (Exception, SystemExit) as error:
        found.append(Finding(name, "problem", one_line(error)))
    return found


def one_line(error: BaseException) -> str:
    """Return an error in one line, with its kind."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
