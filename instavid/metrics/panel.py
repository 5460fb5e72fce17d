"""The networks that look at pictures and their objects: a detector, a classifier, Inception."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from instavid.classifiers.classifier import Classifier
from instavid.classifiers.views import object_view
from instavid.interfaces import Segmenter
from instavid.metrics.feature_distance import FloatArray
from instavid.metrics.inception import Inception
from instavid.metrics.judging import Question, Verdict, judge
from instavid.types import ByteArray, Frame, Mask

FeatureName = Literal["kid", "classifier_feature_mmd"]
Features = Mapping[FeatureName, FloatArray]
"""Float32 arrays, by what their distance is called: Inception's and the classifier's."""


@dataclass(frozen=True)
class Impression:
    """What the panel makes of one picture; empty or None where no network was there to ask."""

    detected: tuple[Verdict, ...] = ()
    """What the detector takes each silhouette for."""
    classified: tuple[Verdict, ...] = ()
    """What the classifier takes each object for; an empty silhouette is "neither"."""
    picture: Verdict | None = None
    """What the classifier takes the whole picture for."""
    object_features: Features = field(default_factory=dict)
    """(n, D) each, of the objects whose silhouettes have a pixel."""
    picture_features: Features = field(default_factory=dict)
    """(1, D) each."""


@dataclass(frozen=True)
class Panel:
    """Who is asked."""

    question: Question
    target_is_b: bool
    """Whether the target is the classifier's domain B."""
    detector: Segmenter | None = None
    """Reports every class, from a confidence of 0.25 or less on."""
    classifier: Classifier | None = None
    inception: Inception | None = None

    def look(self, frames: Sequence[Frame], masks: Sequence[Sequence[Mask]]) -> list[Impression]:
        """Ask everybody about some pictures.

        Args:
            frames: The pictures.
            masks: Of each, the silhouettes of its objects; they may be empty.

        Returns:
            One impression for each picture.
        """
        detected = self._detected(frames, masks)
        # Of each picture its objects, then all of it.
        views = [
            [*(object_view(frame, mask) for mask in some if mask.area), frame.rgb()]
            for frame, some in zip(frames, masks, strict=True)
        ]
        verdicts, features = self._looked([view for some in views for view in some])
        impressions, start = [], 0
        for verdict, some, own in zip(detected, masks, views, strict=True):
            last = start + len(own) - 1
            impressions.append(
                Impression(
                    detected=verdict,
                    classified=_with_gaps(verdicts[start:last], some) if verdicts else (),
                    picture=verdicts[last] if verdicts else None,
                    object_features={name: rows[start:last] for name, rows in features.items()},
                    picture_features={
                        name: rows[last : last + 1] for name, rows in features.items()
                    },
                )
            )
            start = last + 1
        return impressions

    def _detected(
        self, frames: Sequence[Frame], masks: Sequence[Sequence[Mask]]
    ) -> list[tuple[Verdict, ...]]:
        if self.detector is None:
            return [()] * len(frames)
        found = self.detector.segment(frames)
        return [
            tuple(judge(instances, some, self.question))
            for instances, some in zip(found, masks, strict=True)
        ]

    def _looked(self, views: Sequence[ByteArray]) -> tuple[list[Verdict], Features]:
        """Return the classifier's verdicts, none without one, and the features to compare."""
        verdicts: list[Verdict] = []
        features: dict[FeatureName, FloatArray] = {}
        if self.classifier is not None:
            looks = self.classifier.look(views)
            verdicts = ["target" if b == self.target_is_b else "source" for b in looks.is_b]
            features["classifier_feature_mmd"] = looks.features
        if self.inception is not None:
            features["kid"] = self.inception.embed(views)
        return verdicts, features


def _with_gaps(verdicts: Sequence[Verdict], masks: Sequence[Mask]) -> tuple[Verdict, ...]:
    """Return a verdict for every silhouette, given those of the ones with a pixel."""
    given = iter(verdicts)
    return tuple(next(given) if mask.area else "neither" for mask in masks)
