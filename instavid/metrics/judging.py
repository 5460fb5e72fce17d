"""What a judge, a detector that was no part of the work, calls the objects at given places.

The judge is asked without being told what to look for, so that every detection bears the class that
it finds likeliest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from instavid.core.matching import match
from instavid.metrics.rates import Rate
from instavid.types import Instances, Mask

Verdict = Literal["target", "source", "neither"]

LEAST_CONFIDENCE, LEAST_IOU = 0.25, 0.5


@dataclass(frozen=True)
class Question:
    """Which detector classes are the target, and which the source."""

    target: frozenset[str]
    source: frozenset[str]


def judge(found: Instances, masks: Sequence[Mask], question: Question) -> list[Verdict]:
    """Say of each silhouette what the judge takes it for.

    A detection counts from a confidence of 0.25 and an IoU of 0.5 with the silhouette, and for one
    silhouette only. The target goes before the source where both were found.

    Args:
        found: What the judge found in the picture, all classes.
        masks: The silhouettes; empty ones are "neither".
        question: The classes.

    Returns:
        One verdict per silhouette.
    """
    targets = _matched(found, masks, question.target)
    sources = _matched(found, masks, question.source)
    return [
        "target" if place in targets else "source" if place in sources else "neither"
        for place in range(len(masks))
    ]


def _matched(found: Instances, masks: Sequence[Mask], labels: frozenset[str]) -> set[int]:
    detections = [
        mask
        for mask, label, score in zip(found.masks, found.labels, found.scores, strict=True)
        if label in labels and score >= LEAST_CONFIDENCE
    ]
    return {place for place, _ in match(masks, detections, min_iou=LEAST_IOU)}


@dataclass
class VerdictCount:
    """Adds verdicts up."""

    target: int = 0
    source: int = 0
    n: int = 0

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """Count some verdicts."""
        for verdict in verdicts:
            self.n += 1
            self.target += verdict == "target"
            self.source += verdict == "source"

    def rates(self) -> dict[Verdict, Rate]:
        """Return the rate of each verdict; they add up to 1."""
        neither = self.n - self.target - self.source
        return {
            "target": Rate(self.target, self.n),
            "source": Rate(self.source, self.n),
            "neither": Rate(neither, self.n),
        }
