"""What a run says of itself: means over a stretch of steps, as lines of a CSV file."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from instagan.atomic import replace_files
from instagan.config import DIRECTIONS
from instagan.training.steps import StepResult

LOG_NAME = "log.csv"
SKIPPED = "skipped_steps"


@dataclass(frozen=True)
class Progress:
    """A stretch of steps, up to and with `step`."""

    step: int
    total: int
    height_px: int
    seconds_per_step: float
    terms: Mapping[str, float]
    """Means: "AtoB_adversarial", ..., "BtoA_mask_area"; the number of "skipped_steps"; where it
    was saved, what the `Yardstick` says."""


class Means:
    """Sums up terms on their device; reading them is the only wait for it.

    Steps that were left out, having had no finite losses, are only counted.
    """

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}
        self.skipped = 0

    def add(self, result: StepResult) -> None:
        """Take in one step."""
        if result.was_skipped:
            self.skipped += 1
            return
        for entry in result.losses:
            for direction, terms in entry.items():
                for name, value in vars(terms).items():
                    self._add(f"{direction}_{name}", value)
        for direction in DIRECTIONS:
            self._add(f"{direction}_mask_area", result.mask_area(direction))

    def take(self) -> dict[str, float]:
        """Return the means and the number of skipped steps, and begin anew."""
        names = sorted(self.sums)
        means = [self.sums[name] / self.counts[name] for name in names]
        found = torch.stack(means).tolist() if means else []
        skipped = float(self.skipped)
        self.sums, self.counts, self.skipped = {}, {}, 0
        return {**dict(zip(names, found, strict=True)), SKIPPED: skipped}

    def _add(self, name: str, value: Tensor) -> None:
        value = value.detach().float()
        self.sums[name] = self.sums[name] + value if name in self.sums else value
        self.counts[name] = self.counts.get(name, 0) + 1


def append(folder: Path, progress: Progress) -> None:
    """Add a line to the run's log; terms that it did not have before become columns."""
    row = {**asdict(progress)}
    terms = row.pop("terms")
    row = {k: v for k, v in row.items() if k != "total"} | {k: f"{v:.5f}" for k, v in terms.items()}
    path = folder / LOG_NAME
    known = _columns(path)
    if all(name in known for name in row):
        with path.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, known).writerow(row)
        return
    _write(path, [*known, *(name for name in row if name not in known)], [*_lines(path), row])


def cut_back(folder: Path, *, step: int) -> None:
    """Drop the lines after `step`: a run that resumes from there writes them again.

    So goes a last line that a killed run did not finish.
    """
    path = folder / LOG_NAME
    if path.exists():
        _write(path, _columns(path), [row for row in _lines(path) if int(row["step"]) <= step])


def rows(folder: Path) -> list[dict[str, str]]:
    """Return the lines of a run's log by column, none where there is no log."""
    return _lines(folder / LOG_NAME)


def total_minutes(folder: Path) -> float:
    """Return how long the logged steps took, those of earlier parts of the run included."""
    before, seconds = 0, 0.0
    for row in rows(folder):
        seconds += (int(row["step"]) - before) * float(row["seconds_per_step"])
        before = int(row["step"])
    return seconds / 60


def _columns(path: Path) -> list[str]:
    """Return the names in the head of a log, none where there is no log."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file).fieldnames or [])


def _lines(path: Path) -> list[dict[str, str]]:
    """Return the lines that are whole: as long as the head, and with a step."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    whole = [row for row in found if None not in row and None not in row.values()]
    return [row for row in whole if row.get("step", "").isdecimal()]


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Replace a log at once: what is in it took hours."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    replace_files(path.parent, {path.name: text.getvalue().encode()}, last=path.name)
