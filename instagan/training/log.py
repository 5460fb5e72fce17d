"""What a run says of itself: means over a stretch of steps, as lines of a CSV file."""

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from instagan.config import DIRECTIONS
from instagan.training.steps import StepResult

LOG_NAME = "log.csv"


@dataclass(frozen=True)
class Progress:
    """A stretch of steps, up to and with `step`."""

    step: int
    total: int
    height_px: int
    seconds_per_step: float
    terms: Mapping[str, float]
    """Means: "AtoB_adversarial", ..., "BtoA_mask_area"."""


class Means:
    """Sums up terms on their device; reading them is the only wait for it."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}

    def add(self, result: StepResult) -> None:
        """Take in one step."""
        for entry in result.losses:
            for direction, terms in entry.items():
                for name, value in vars(terms).items():
                    self._add(f"{direction}_{name}", value)
        for direction in DIRECTIONS:
            self._add(f"{direction}_mask_area", result.mask_area(direction))

    def take(self) -> dict[str, float]:
        """Return the means, and begin anew."""
        names = sorted(self.sums)
        found = torch.stack([self.sums[name] / self.counts[name] for name in names]).tolist()
        self.sums, self.counts = {}, {}
        return dict(zip(names, found, strict=True))

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
    earlier = _lines(path)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*known, *(name for name in row if name not in known)])
        writer.writeheader()
        writer.writerows([*earlier, row])


def _columns(path: Path) -> list[str]:
    """Return the names in the head of a log, none where there is no log."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file).fieldnames or [])


def _lines(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def cut_back(folder: Path, *, step: int) -> None:
    """Drop the lines after `step`: a run that resumes from there writes them again."""
    path = folder / LOG_NAME
    if not path.exists():
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines[1:] if int(line.partition(",")[0]) <= step]
    path.write_text("".join(lines[:1] + kept), encoding="utf-8")


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
