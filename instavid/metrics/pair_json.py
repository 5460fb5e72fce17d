"""The report of `instavid eval pair` as one JSON object, under names that stay."""

import math
from dataclasses import asdict
from typing import Any

from instavid.metrics.context import ContextFigures
from instavid.metrics.pair_report import (
    ClassifierReport,
    DetectorReport,
    Distances,
    FeatureReport,
    PairReport,
    Score,
)
from instavid.metrics.rates import Rate


def report_to_json(report: PairReport) -> dict[str, Any]:
    """Return plain values; `schema` counts incompatible changes, null is what was not measured.

    JSON knows no infinity: a PSNR that is infinite is null, beside an L1 of 0.
    """
    shapes = {name: asdict(found) if found else None for name, found in vars(report.shapes).items()}
    area = shapes.pop("area")
    return {
        "schema": 1,
        "settings": dict(report.settings),
        "pair_sha256": report.pair_sha256,
        "pictures": report.pictures,
        **_detector(report.detector),
        "classifier": _classifier(report.classifier),
        **dict.fromkeys(("kid", "classifier_feature_mmd")),
        **{found.name: _features(found) for found in report.features},
        "context": {name: _context(found) for name, found in vars(report.context).items()},
        "collapsed": report.collapsed.to_json(),
        "height_over_width": shapes,
        "area_new_over_old": area,
        "rate_by_height": [
            {"least_px": part.least_px, "most_px": part.most_px, **part.rate.to_json()}
            for part in report.by_size
        ],
        "samples_changed_outside": report.samples_changed_outside,
        "figures": {name: _finite(value) for name, value in report.figures.items()},
    }


def _detector(report: DetectorReport | None) -> dict[str, Any]:
    rates: dict[str, Rate | None] = dict.fromkeys(
        (
            "target_rate",
            "still_source_rate",
            "neither_rate",
            "copy_floor",
            "copied_as_source",
            "real_ceiling",
        )
    )
    if report is not None:
        rates = {
            "target_rate": report.translated["target"],
            "still_source_rate": report.translated["source"],
            "neither_rate": report.translated["neither"],
            "copy_floor": report.copied["target"],
            "copied_as_source": report.copied["source"],
            "real_ceiling": report.real["target"],
        }
    return {name: rate.to_json() if rate else None for name, rate in rates.items()}


def _classifier(report: ClassifierReport | None) -> dict[str, Any] | None:
    if report is None:
        return None
    return {
        "network": report.network,
        "sha256": report.sha256,
        "objects": _score(report.objects),
        "pictures": _score(report.pictures),
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "score": score.translated.to_json(),
        "copy_floor": score.copied.to_json(),
        "real_ceiling": score.real.to_json(),
    }


def _features(report: FeatureReport) -> dict[str, Any]:
    return {
        "network": report.network,
        "kernel": "(x.y / D + 1)^3",
        "objects": _distances(report.objects),
        "pictures": _distances(report.pictures),
    }


def _distances(found: Distances) -> dict[str, Any]:
    return {name: asdict(each) if each else None for name, each in vars(found).items()}


def _context(found: ContextFigures | None) -> dict[str, Any] | None:
    return {name: _finite(value) for name, value in asdict(found).items()} if found else None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
