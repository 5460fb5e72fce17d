"""The polynomial MMD, against sums written out and distributions that the test draws."""

import numpy as np
import pytest

from instavid.metrics.feature_distance import (
    feature_distance,
    polynomial_mmd,
    root_mean_square,
)


def normal(n: int, *, seed: int, shift: float = 0.0, width: int = 8) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(shift, 1, (n, width))
    return drawn.astype(np.float32)


def test_the_mmd_is_the_sum_that_the_paper_writes() -> None:
    x, y = normal(4, seed=1, width=3), normal(5, seed=2, width=3)

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return (float(np.dot(a, b)) / 3 + 1) ** 3

    within_x = sum(kernel(x[i], x[j]) for i in range(4) for j in range(4) if i != j) / (4 * 3)
    within_y = sum(kernel(y[i], y[j]) for i in range(5) for j in range(5) if i != j) / (5 * 4)
    across = sum(kernel(a, b) for a in x for b in y) / 20
    assert polynomial_mmd(x, y) == pytest.approx(within_x + within_y - 2 * across, rel=1e-5)


def test_it_is_zero_on_average_for_one_distribution_and_grows_with_a_shift() -> None:
    def estimates(shift: float) -> np.ndarray:
        return np.array(
            [
                polynomial_mmd(normal(20, seed=n), normal(20, seed=9000 + n, shift=shift))
                for n in range(400)
            ]
        )

    same = estimates(0.0)
    # With the diagonals left in, as in the biased estimate, the mean would be 0.7.
    assert abs(same.mean()) < 4 * same.std() / 20
    small, large = estimates(0.3).mean(), estimates(1.0).mean()
    assert 4 * same.std() / 20 < small < large


def test_subsets_tell_how_much_a_distance_wavers() -> None:
    some, others = normal(60, seed=1), normal(90, seed=2, shift=1.0)
    found = feature_distance(some, others, subsets=40)
    assert found is not None
    assert (found.subsets, found.subset_size) == (40, 30)
    assert found.mean == pytest.approx(polynomial_mmd(some, others), abs=3 * found.std)
    assert 0 < found.std < found.mean
    assert found == feature_distance(some, others, subsets=40)
    assert found != feature_distance(some, others, subsets=40, seed=1)
    limited = feature_distance(some, others, subsets=2, largest=7)
    assert limited is not None
    assert limited.subset_size == 7


@pytest.mark.parametrize(("n", "measured"), [(0, False), (1, False), (3, False), (4, True)])
def test_fewer_than_four_are_too_few(n: int, measured: bool) -> None:
    for some, others in ((n, 9), (9, n)):
        found = feature_distance(normal(some, seed=1), normal(others, seed=2))
        assert (found is not None) == measured


def test_the_scale_of_nothing_is_one() -> None:
    assert root_mean_square(np.zeros((0, 3), np.float32)) == 1.0
    assert root_mean_square(np.zeros((2, 3), np.float32)) == 1.0
