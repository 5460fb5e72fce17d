"""From what was added up to the report of `instavid eval pair`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from instavid.metrics.pair_distances import measure_features
from instavid.metrics.pair_report import (
    ClassifierReport,
    DetectorReport,
    FeatureReport,
    PairReport,
    Score,
)
from instavid.metrics.pair_tally import PairTally
from instavid.metrics.panel import FeatureName
from instavid.metrics.rates import Rate


@dataclass(frozen=True)
class PanelFacts:
    """Who was asked; None: nobody of that kind."""

    judged: bool
    """Whether there was a detector."""
    classifier: str | None = None
    """What kind of network, and how it was made."""
    classifier_sha256: str = ""
    inception_sha256: str | None = None


def report_on(
    tally: PairTally, settings: Mapping[str, Any], *, pair_sha256: str, panel: PanelFacts
) -> PairReport:
    """Return the report.

    Args:
        tally: Of at least one object on either side.
        settings: The options, as they were given.
        pair_sha256: Of the pair's card.
        panel: Who was asked.
    """
    return PairReport(
        settings=settings,
        pair_sha256=pair_sha256,
        pictures=tally.pictures,
        detector=_detector(tally) if panel.judged else None,
        classifier=_classifier(tally, panel) if panel.classifier else None,
        features=_features(tally, panel),
        context=tally.context.means(),
        shapes=tally.shapes(),
        by_size=tally.rates_by_size(),
        collapsed=Rate(tally.collapsed, len(tally.objects)),
        samples_changed_outside=tally.samples_changed_outside,
    )


def _detector(tally: PairTally) -> DetectorReport:
    kinds = (tally.translated, tally.copied, tally.real)
    return DetectorReport(*(kind.detected.rates() for kind in kinds))


def _classifier(tally: PairTally, panel: PanelFacts) -> ClassifierReport:
    kinds = (tally.translated, tally.copied, tally.real)
    return ClassifierReport(
        network=str(panel.classifier),
        sha256=panel.classifier_sha256,
        objects=Score(*(kind.classified.rates()["target"] for kind in kinds)),
        pictures=Score(*(kind.pictures.rates()["target"] for kind in kinds)),
    )


def _features(tally: PairTally, panel: PanelFacts) -> tuple[FeatureReport, ...]:
    networks: dict[FeatureName, str] = {}
    if panel.inception_sha256:
        networks["kid"] = (
            "torchvision's Inception v3 (not the TensorFlow port), "
            f"weights {panel.inception_sha256[:8]}"
        )
    if panel.classifier:
        networks["classifier_feature_mmd"] = panel.classifier
    return tuple(
        measure_features(tally, name, network=network) for name, network in networks.items()
    )
