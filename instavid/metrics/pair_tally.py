"""What is added up while a pair is measured, picture by picture; numbers only."""

from dataclasses import dataclass, field

import numpy as np

from instavid.metrics.judging import Verdict, VerdictCount
from instavid.metrics.pair_context import ContextTally
from instavid.metrics.pair_report import Shapes, SizeRate
from instavid.metrics.panel import Features, Impression
from instavid.metrics.rates import Quartiles, Rate
from instavid.types import Mask

_SIZES = 4


@dataclass
class Impressions:
    """What the panel made of pictures of one kind."""

    detected: VerdictCount = field(default_factory=VerdictCount)
    classified: VerdictCount = field(default_factory=VerdictCount)
    pictures: VerdictCount = field(default_factory=VerdictCount)
    object_features: list[Features] = field(default_factory=list)
    """For each picture."""
    picture_features: list[Features] = field(default_factory=list)

    def add(self, impression: Impression) -> None:
        """Count one picture."""
        self.detected.add(impression.detected)
        self.classified.add(impression.classified)
        self.pictures.add([impression.picture] if impression.picture else [])
        self.object_features.append(impression.object_features)
        self.picture_features.append(impression.picture_features)


@dataclass(frozen=True)
class Silhouette:
    """The box and the area of a mask, px."""

    height: int
    width: int
    area: int

    @staticmethod
    def of(mask: Mask) -> "Silhouette":
        """Measure a mask."""
        return Silhouette(mask.window.height, mask.window.width, mask.area)

    @property
    def height_over_width(self) -> float:
        """Return the proportion of the box; there must be one."""
        return self.height / self.width


@dataclass(frozen=True)
class ObjectPair:
    """An object before and after, and what was made of it."""

    old: Silhouette
    new: Silhouette
    verdict: Verdict | None
    """Of the detector, or else of the classifier."""


@dataclass
class PairTally:
    """All that is added up of one direction of a pair."""

    pictures: int = 0
    translated: Impressions = field(default_factory=Impressions)
    copied: Impressions = field(default_factory=Impressions)
    real: Impressions = field(default_factory=Impressions)
    context: ContextTally = field(default_factory=ContextTally)
    samples_changed_outside: int = 0
    objects: list[ObjectPair] = field(default_factory=list)
    real_ratios: list[float] = field(default_factory=list)
    """Height over width of real targets."""

    @property
    def collapsed(self) -> int:
        """Return how many generated masks have no pixel."""
        return sum(not each.new.area for each in self.objects)

    def new_ratios(self) -> list[float]:
        """Return height over width of the generated masks that have a pixel."""
        return [each.new.height_over_width for each in self.objects if each.new.area]

    def source_ratios(self) -> list[float]:
        """Return height over width of the true masks."""
        return [each.old.height_over_width for each in self.objects]

    def area_ratios(self) -> list[float]:
        """Return the area of each generated mask over that of its true one."""
        return [each.new.area / each.old.area for each in self.objects]

    def shapes(self) -> Shapes:
        """Return the spreads of the silhouettes."""
        return Shapes(
            new=Quartiles.of(self.new_ratios()),
            source=Quartiles.of(self.source_ratios()),
            target=Quartiles.of(self.real_ratios),
            area=Quartiles.of(self.area_ratios()),
        )

    def rates_by_size(self) -> tuple[SizeRate, ...]:
        """Return the target rate of four equal parts of the objects, from low ones to high ones.

        Parts are cut between heights of the true boxes, so that some may be larger or empty and
        left out. None at all if nobody was asked.
        """
        judged = [each for each in self.objects if each.verdict is not None]
        heights = np.array([each.old.height for each in judged])
        if not judged:
            return ()
        edges = np.quantile(heights, np.arange(1, _SIZES) / _SIZES)
        parts = np.searchsorted(edges, heights)
        found = []
        for part in np.unique(parts):
            some = [each for each, own in zip(judged, parts, strict=True) if own == part]
            sizes = [each.old.height for each in some]
            hits = sum(each.verdict == "target" for each in some)
            found.append(SizeRate(min(sizes), max(sizes), Rate(hits, len(some))))
        return tuple(found)
