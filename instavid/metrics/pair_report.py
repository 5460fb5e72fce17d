"""What `instavid eval pair` found, for people and for programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from instavid.metrics.judging import Verdict
from instavid.metrics.rates import Quartiles, Rate

Rates = Mapping[Verdict, Rate]


@dataclass(frozen=True)
class Shapes:
    """How silhouettes look, as medians and quartiles; None where there is none."""

    new: Quartiles | None
    """Height over width of the boxes of generated masks."""
    source: Quartiles | None
    """The same of the true masks they were made from."""
    target: Quartiles | None
    """The same of real objects of the target."""
    area: Quartiles | None
    """Area of each generated mask over that of its true one."""


@dataclass(frozen=True)
class PairReport:
    """All that was measured of one direction of a pair."""

    settings: Mapping[str, Any]
    pair_sha256: str
    pictures: int
    translated: Rates
    """What the judge calls the translated instances."""
    copied: Rates
    """What it calls the same instances left as they are; its target rate is the copy floor."""
    real: Rates
    """What it calls real targets; its target rate is the real ceiling."""
    shapes: Shapes
    collapsed: Rate
    """Generated masks without a pixel."""
    samples_changed_outside: int
    """Samples that differ from the source though nothing was to touch them; 0 or a defect."""

    @property
    def figures(self) -> dict[str, float]:
        """Return what `--fail-under` may be asked of."""
        return {"target_rate": self.translated["target"].share}

    @property
    def faults(self) -> list[str]:
        """Return a sentence for each promise that was broken."""
        if not self.samples_changed_outside:
            return []
        return [f"{self.samples_changed_outside} samples differ where nothing was to be changed"]

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON object; `schema` counts incompatible changes."""
        shapes = {
            name: asdict(found) if found else None for name, found in vars(self.shapes).items()
        }
        area = shapes.pop("area")
        return {
            "schema": 1,
            "settings": dict(self.settings),
            "pair_sha256": self.pair_sha256,
            "pictures": self.pictures,
            "target_rate": self.translated["target"].to_json(),
            "still_source_rate": self.translated["source"].to_json(),
            "neither_rate": self.translated["neither"].to_json(),
            "copy_floor": self.copied["target"].to_json(),
            "copied_as_source": self.copied["source"].to_json(),
            "real_ceiling": self.real["target"].to_json(),
            "collapsed": self.collapsed.to_json(),
            "height_over_width": shapes,
            "area_new_over_old": area,
            "samples_changed_outside": self.samples_changed_outside,
        }

    def table(self) -> str:
        """Return what a person wants to see."""
        settings, shapes = self.settings, self.shapes
        rows = [
            ("target rate", self.translated["target"]),
            ("  copy floor", self.copied["target"]),
            ("  real ceiling", self.real["target"]),
            ("still source", self.translated["source"]),
            ("  sources seen as such", self.copied["source"]),
            ("neither", self.translated["neither"]),
            ("collapsed masks", self.collapsed),
        ]
        spreads = [
            ("height/width, generated", shapes.new),
            ("  sources", shapes.source),
            ("  real targets", shapes.target),
            ("area, new over old", shapes.area),
        ]
        return "\n".join(
            [
                f"{settings['pair']} {settings['direction']} on {self.pictures} pictures of "
                f"{settings['data']} ({settings['split']}), judged by {settings['judge']}",
                f"  {'':<24} share  95 % interval",
                *(f"  {name:<24} {rate}" for name, rate in rows),
                f"  {'':<24} median  quartiles",
                *(f"  {name:<24} {found or 'none'}" for name, found in spreads),
                f"  {'changed outside':<24} {self.samples_changed_outside} samples",
            ]
        )
