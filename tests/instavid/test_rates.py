"""Rates and quartiles, against what is known."""

import pytest

from instavid.metrics.rates import Quartiles, Rate


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe 1998, table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(hits: int, n: int, low: float, high: float) -> None:
    assert Rate(hits, n).interval == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (-1, 3), (4, 3)])
def test_no_rate_is_made_of_nothing(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="rate"):
        Rate(hits, n)


def test_a_certain_rate_stays_below_one() -> None:
    assert Rate(7, 7).interval[1] == 1.0
    assert Rate(7, 7).share == 1.0


def test_quartiles_of_none_one_and_many() -> None:
    assert Quartiles.of([]) is None
    assert Quartiles.of([3.0]) == Quartiles(3.0, 3.0, 3.0, 1)
    assert Quartiles.of([4.0, 1.0, 3.0, 2.0]) == Quartiles(1.75, 2.5, 3.25, 4)
