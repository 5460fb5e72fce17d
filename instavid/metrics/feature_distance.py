"""How far apart two sets of features lie: the unbiased polynomial MMD that KID is made of."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

SUBSETS, LARGEST_SUBSET = 100, 1000  # Binkowski et al. 2018, section 5 and their code


@dataclass(frozen=True)
class FeatureDistance:
    """Squared MMD over random subsets."""

    mean: float
    """About 0 for two samples of one distribution; may fall below."""
    std: float
    """Over the subsets: they share features, so this is no standard error."""
    subsets: int
    subset_size: int


def polynomial_mmd(some: FloatArray, others: FloatArray) -> float:
    """Return the unbiased squared MMD with the kernel k(x, y) = (x.y / D + 1)^3.

    Binkowski et al. 2018, "Demystifying MMD GANs", equation 4 with the kernel of section 4.

    Args:
        some: (m, D) float, m >= 2.
        others: (n, D) float, n >= 2.

    >>> one = np.array([[0.0], [0.0]], np.float32)
    >>> polynomial_mmd(one, one + 1)
    7.0
    """
    m, n = len(some), len(others)
    within = _kernel(some, some), _kernel(others, others)
    apart = [
        (matrix.sum() - np.trace(matrix)) / (size * (size - 1))
        for matrix, size in zip(within, (m, n), strict=True)
    ]
    return float(sum(apart) - 2 * _kernel(some, others).mean())


def feature_distance(
    some: FloatArray,
    others: FloatArray,
    *,
    seed: int = 0,
    subsets: int = SUBSETS,
    largest: int = LARGEST_SUBSET,
) -> FeatureDistance | None:
    """Return mean and standard deviation of the squared MMD over random subsets of both.

    Subsets hold half of the smaller set, at most `largest`: with all of it they would be one and
    the same, and their deviation nothing.

    Args:
        some: (m, D) float.
        others: (n, D) float.
        seed: Of the draws.
        subsets: How many.
        largest: Features in a subset at the most.

    Returns:
        None where either set has fewer than four.
    """
    size = min(len(some) // 2, len(others) // 2, largest)
    if size < 2:
        return None
    rng = np.random.default_rng(seed)
    found = [
        polynomial_mmd(
            some[rng.choice(len(some), size, replace=False)],
            others[rng.choice(len(others), size, replace=False)],
        )
        for _ in range(subsets)
    ]
    return FeatureDistance(float(np.mean(found)), float(np.std(found)), subsets, size)


def root_mean_square(features: FloatArray) -> float:
    """Return the size of the values of (n, D) features, 1 where all are 0 or there are none.

    The kernel adds 1 to a mean product: features without a natural scale are divided by this.

    >>> root_mean_square(np.array([[3.0, -3.0]], np.float32))
    3.0
    """
    size = float(np.sqrt(np.mean(np.square(features, dtype=np.float64)))) if features.size else 0.0
    return size or 1.0


def _kernel(some: FloatArray, others: FloatArray) -> npt.NDArray[np.float64]:
    # Single precision for the large product only; the sums of the MMD nearly cancel.
    inner = (some @ others.T).astype(np.float64)
    kernel: npt.NDArray[np.float64] = (inner / some.shape[1] + 1) ** 3
    return kernel
