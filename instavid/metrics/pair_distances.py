"""How far from real targets the features of what a pair makes lie."""

from collections.abc import Sequence

import numpy as np

from instavid.metrics.feature_distance import (
    FeatureDistance,
    FloatArray,
    feature_distance,
    root_mean_square,
)
from instavid.metrics.pair_report import Distances, FeatureReport
from instavid.metrics.pair_tally import PairTally
from instavid.metrics.panel import FeatureName, Features


def measure_features(tally: PairTally, name: FeatureName, *, network: str) -> FeatureReport:
    """Return the distances of objects and of whole pictures.

    Inception's features are taken as they are, for that is what KID means. A classifier's have any
    scale: they are divided by their root mean square over real pictures of both domains, so that
    one domain that excites the network more does not set the measure for the other.

    Args:
        tally: What the network made of every picture.
        name: Of the distance, and of the features that it is taken of.
        network: Whose features they are, in words.
    """
    kinds = (tally.translated, tally.copied, tally.real)
    return FeatureReport(
        name,
        network,
        objects=_distances([kind.object_features for kind in kinds], name),
        pictures=_distances([kind.picture_features for kind in kinds], name),
    )


def _distances(kinds: Sequence[Sequence[Features]], name: FeatureName) -> Distances:
    """Compare the first two kinds with the third, and every other picture of that with the rest."""
    translated, copied, real = ([picture[name] for picture in kind] for kind in kinds)
    unit = 1.0 if name == "kid" else root_mean_square(np.concatenate([*copied, *real]))
    return Distances(
        translated=_distance(translated, real, unit),
        copied=_distance(copied, real, unit),
        real=_distance(real[::2], real[1::2], unit),
    )


def _distance(
    some: Sequence[FloatArray], others: Sequence[FloatArray], unit: float
) -> FeatureDistance | None:
    if not some or not others:
        return None
    return feature_distance(
        np.concatenate(some) / np.float32(unit), np.concatenate(others) / np.float32(unit)
    )
