"""A row of the table: a promise, how often it was tried, how often it was kept."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line."""

    row: str
    """Its name in the table of goals, such as V1."""
    tried: int
    passed: int
    what: str
    failures: tuple[str, ...] = ()
    """What went wrong, a sentence each."""

    def __str__(self) -> str:
        """Return the line, and below it the first failures."""
        line = f"{self.row:<4} {self.tried:>5} {self.passed:>6}  {self.what}"
        return "\n".join([line, *(f"     ! {text}" for text in self.failures[:5])])


def row_of(name: str, outcomes: Iterable[str], what: str) -> Row:
    """Return a row of outcomes, each "" where the promise was kept, or what went wrong."""
    told = list(outcomes)
    wrong = tuple(text for text in told if text)
    return Row(name, len(told), len(told) - len(wrong), what, wrong)
