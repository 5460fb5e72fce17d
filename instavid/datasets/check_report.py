"""What `instavid data check` found, for people and for programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from instagan.data.layout import DomainLetter
from instavid.datasets.examining import Examined, Finding
from instavid.metrics.rates import Quartiles


@dataclass(frozen=True)
class Part:
    """One domain of one split in figures."""

    split: str
    domain: DomainLetter
    pictures: int
    masks: int
    instances: Quartiles | None
    """Masks of a picture, over all pictures; None if there is none."""
    most: int
    """Masks of the picture that has the most."""
    area: Quartiles | None
    """Share of the picture, over all masks that are sound and not empty."""
    smallest: tuple[float, Path] | None
    """Of these, the smallest share, and whose it is."""
    overlapping: int
    """Pictures in which two masks share a pixel."""

    @staticmethod
    def of(split: str, domain: DomainLetter, examined: Sequence[Examined]) -> "Part":
        """Sum up what was found of each entry."""
        counts = [len(found.entry.masks) for found in examined if found.entry.pictures]
        areas = [area for found in examined for area in found.areas]
        return Part(
            split,
            domain,
            pictures=sum(len(found.entry.pictures) for found in examined),
            masks=sum(len(found.entry.masks) for found in examined),
            instances=Quartiles.of(counts),
            most=max(counts, default=0),
            area=Quartiles.of([share for share, _ in areas]),
            smallest=min(areas, default=None),
            overlapping=sum(found.overlaps for found in examined),
        )

    def row(self) -> str:
        """Return a line of the table."""
        many = f"{self.masks / self.pictures:.2f}" if self.pictures else "-"
        area, least = self.area, f"{self.smallest[0]:.2%}" if self.smallest else "-"
        shares = f"{area.median:.1%}" if area else "-"
        middle = f"{area.low:.1%} to {area.high:.1%}" if area else "-"
        return (
            f"{self.split:8} {self.domain:6} {self.pictures:8} {self.masks:6} {many:>9} "
            f"{self.most:5} {self.overlapping:11} {shares:>7}  {middle:16} {least:>8}"
        )


_HEAD = (
    f"{'split':8} {'domain':6} {'pictures':>8} {'masks':>6} {'a picture':>9} {'most':>5} "
    f"{'overlapping':>11} {'area':>7}  {'quartiles':16} {'smallest':>8}"
)


@dataclass(frozen=True)
class CheckReport:
    """All that is to say of a data set."""

    root: Path
    parts: tuple[Part, ...]
    """Both domains of train, then those of the other splits."""
    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Return what must be put right first."""
        return tuple(found for found in self.findings if found.status == "problem")

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON object; `schema` counts incompatible changes."""
        return {
            "schema": 1,
            "data": str(self.root),
            "ok": not self.problems,
            "parts": [self._part_json(part) for part in self.parts],
            "findings": [
                {"status": found.status, "file": self._name(found.path), "detail": found.detail}
                for found in self.findings
            ],
        }

    def _part_json(self, part: Part) -> dict[str, Any]:
        smallest = part.smallest and {
            "share": part.smallest[0],
            "file": self._name(part.smallest[1]),
        }
        return {**asdict(part), "smallest": smallest}

    def table(self) -> str:
        """Return what a person wants to see: the figures, then a line for each finding."""
        lines = [
            f"{found.status:<8} {self._name(found.path)} {found.detail}" for found in self.findings
        ]
        return "\n".join([_HEAD, *(part.row() for part in self.parts), *lines])

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()
