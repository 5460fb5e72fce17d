"""What `instavid eval pair` found, for programs; `pair_table` has it for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from instavid.metrics.context import ContextFigures
from instavid.metrics.feature_distance import FeatureDistance
from instavid.metrics.judging import Verdict
from instavid.metrics.pair_context import Context
from instavid.metrics.pair_figures import FIGURES
from instavid.metrics.panel import FeatureName
from instavid.metrics.rates import Quartiles, Rate

Rates = Mapping[Verdict, Rate]


@dataclass(frozen=True)
class DetectorReport:
    """What a detector calls the instances."""

    translated: Rates
    copied: Rates
    """The same instances left as they are; their target rate is the copy floor."""
    real: Rates
    """Real targets; their target rate is the real ceiling."""


@dataclass(frozen=True)
class Score:
    """The paper's classification score: the share that a classifier puts into the target domain."""

    translated: Rate
    copied: Rate
    real: Rate


@dataclass(frozen=True)
class ClassifierReport:
    """What a classifier calls objects, each cut out by its mask, and whole pictures."""

    network: str
    """Which one, and whether it began with ImageNet's weights."""
    sha256: str
    objects: Score
    pictures: Score


@dataclass(frozen=True)
class Distances:
    """How far features lie from those of real targets; None where there are too few."""

    translated: FeatureDistance | None
    copied: FeatureDistance | None
    """Of untouched sources: what doing nothing scores."""
    real: FeatureDistance | None
    """Of every other picture of real targets from the rest: what a perfect translator scores."""


@dataclass(frozen=True)
class FeatureReport:
    """Squared MMDs under the name that their features earn them."""

    name: FeatureName
    network: str
    objects: Distances
    pictures: Distances


@dataclass(frozen=True)
class SizeRate:
    """The target rate of the objects of some heights."""

    least_px: int
    most_px: int
    """Of the true box, included."""
    rate: Rate


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
    """All that was measured of one direction of a pair; None where nobody was there to ask."""

    settings: Mapping[str, Any]
    pair_sha256: str
    pictures: int
    detector: DetectorReport | None
    classifier: ClassifierReport | None
    features: tuple[FeatureReport, ...]
    context: Context
    shapes: Shapes
    by_size: tuple[SizeRate, ...]
    collapsed: Rate
    """Generated masks without a pixel."""
    samples_changed_outside: int
    """Samples that differ from the source though nothing was to touch them; 0 or a defect."""

    @property
    def figures(self) -> dict[str, float | None]:
        """Return what `--fail-under` and `--fail-over` may be asked of; None: not measured."""
        found: dict[str, float | None] = dict.fromkeys(FIGURES)
        found |= _detector_figures(self.detector) if self.detector else {}
        found |= _classifier_figures(self.classifier) if self.classifier else {}
        for report in self.features:
            for view, distances in (("object", report.objects), ("picture", report.pictures)):
                distance = distances.translated
                found[f"{view}_{report.name}"] = distance.mean if distance else None
        found |= _context_figures("crop", self.context.crops)
        found |= _context_figures("picture", self.context.pictures)
        found["height_over_width"] = self.shapes.new.median if self.shapes.new else None
        found["area_new_over_old"] = self.shapes.area.median if self.shapes.area else None
        found["collapsed_rate"] = self.collapsed.share
        found["samples_changed_outside"] = self.samples_changed_outside
        return found

    @property
    def faults(self) -> list[str]:
        """Return a sentence for each promise that was broken."""
        if not self.samples_changed_outside:
            return []
        return [f"{self.samples_changed_outside} samples differ where nothing was to be changed"]


def _detector_figures(report: DetectorReport) -> dict[str, float]:
    return {
        "target_rate": report.translated["target"].share,
        "copy_floor": report.copied["target"].share,
        "real_ceiling": report.real["target"].share,
        "still_source_rate": report.translated["source"].share,
        "neither_rate": report.translated["neither"].share,
    }


def _classifier_figures(report: ClassifierReport) -> dict[str, float]:
    found = {}
    for view, score in (("object", report.objects), ("picture", report.pictures)):
        found[f"{view}_score"] = score.translated.share
        found[f"{view}_score_floor"] = score.copied.share
        found[f"{view}_score_ceiling"] = score.real.share
    return found


def _context_figures(view: str, found: ContextFigures | None) -> dict[str, float | None]:
    names = ("psnr_db", "ssim", "l1")
    return {f"{view}_{name}": getattr(found, name) if found else None for name in names}
