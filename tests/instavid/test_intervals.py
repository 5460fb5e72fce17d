"""Medians and their intervals, against what is known."""

import random

import pytest

from instavid.metrics.intervals import median_interval, paired_ratios, relative_spread


@pytest.mark.parametrize(
    ("count", "rank"),
    # From printed tables of the sign test: the interval runs from the k-th to the k-th last.
    [(6, 1), (8, 1), (9, 2), (15, 4), (20, 6), (30, 10), (50, 18)],
)
def test_the_interval_has_the_ranks_of_the_sign_test(count: int, rank: int) -> None:
    found = median_interval(random.Random(0).sample(range(1, count + 1), count))
    assert (found.low, found.high) == (rank, count + 1 - rank)
    assert found.coverage >= 0.95


def test_the_interval_holds_the_true_median_as_often_as_it_says() -> None:
    draw = random.Random(7)
    hits, trials = 0, 2000
    for _ in range(trials):
        # Skewed, with the median exp(0) = 1 and a mean far from it.
        found = median_interval([draw.lognormvariate(0, 1.5) for _ in range(15)])
        hits += found.low <= 1 <= found.high
    # Three standard deviations of a share around 0.965 in 2000 trials are 0.0124.
    assert hits / trials == pytest.approx(found.coverage, abs=0.0125)


@pytest.mark.parametrize(
    ("samples", "low", "high", "coverage"),
    [([3.0], 3.0, 3.0, 0.0), ([1.0, 2.0], 1.0, 2.0, 0.5), ([5.0, 1, 4, 2, 3], 1, 5, 0.9375)],
)
def test_few_samples_give_their_extremes_and_say_what_that_is_worth(
    samples: list[float], low: float, high: float, coverage: float
) -> None:
    found = median_interval(samples)
    assert (found.low, found.high, found.coverage) == (low, high, coverage)


def test_a_lower_confidence_gives_a_narrower_interval() -> None:
    samples = list(range(101))
    narrow, wide = median_interval(samples, confidence=0.5), median_interval(samples)
    assert wide.low < narrow.low < narrow.median == 50 < narrow.high < wide.high


@pytest.mark.parametrize(("samples", "confidence"), [([], 0.95), ([1.0], 0.0), ([1.0], 1.0)])
def test_what_has_no_interval_is_refused(samples: list[float], confidence: float) -> None:
    with pytest.raises(ValueError, match="need samples"):
        median_interval(samples, confidence=confidence)


def test_what_slows_both_of_a_pair_cancels_in_their_ratio() -> None:
    draw = random.Random(1)
    load = [draw.uniform(1, 7) for _ in range(15)]
    found = median_interval(paired_ratios([1.25 * x for x in load], load))
    assert found.low == pytest.approx(1.25)
    assert found.high == pytest.approx(1.25)


def test_ratios_of_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired_ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("samples", "spread"), [([5.0], 0.0), ([4.0, 4.0, 4.0], 0.0), ([8.0, 9, 10, 11, 12], 0.2)]
)
def test_the_spread_is_the_distance_of_the_quartiles(samples: list[float], spread: float) -> None:
    assert relative_spread(samples) == pytest.approx(spread)
