"""instavid.core.clock: good stamps pass unchanged, bad ones are repaired and counted."""

import random
from fractions import Fraction
from itertools import pairwise

import pytest

from instavid.core.clock import Clock

TIME_BASES = [
    Fraction(1, 90000),
    Fraction(1, 1000),
    Fraction(1001, 30000),
    Fraction(1, 600),
    Fraction(1, 16000),
]


def run(pts, *, tick=Fraction(2), time_base=Fraction(1, 50), patience=0, duration=0):
    clock = Clock(tick=tick, time_base=time_base, patience=patience)
    timed = [t for index, p in enumerate(pts) for t in clock.push(index, p, duration)]
    timed += clock.flush()
    assert [t.item for t in timed] == list(range(len(pts))), "items were lost or reordered"
    return [t.pts for t in timed], [t.duration for t in timed], clock.repairs


@pytest.mark.parametrize("time_base", TIME_BASES, ids=str)
def test_increasing_stamps_pass_unchanged(time_base):
    generator = random.Random(str(time_base))
    for _ in range(100):
        start = generator.choice([0, -5000, 123_456_789])
        steps = [generator.randint(1, 4000) for _ in range(generator.randint(0, 60))]
        pts = [start + sum(steps[:n]) for n in range(len(steps) + 1)]

        stamps, durations, repairs = run(pts, time_base=time_base, duration=7)

        assert (stamps, repairs) == (pts, 0)
        assert durations == [*steps, 7]


def test_nothing_in_nothing_out():
    assert run([]) == ([], [], 0)


def test_single_frame_without_length_keeps_length_zero():
    assert run([40]) == ([40], [0], 0)


def test_last_frame_without_length_is_as_long_as_the_one_before():
    assert run([0, 3, 10])[1] == [3, 7, 7]


@pytest.mark.parametrize(
    ("pts", "expected", "repairs"),
    [
        pytest.param([0, None, None, 6], [0, 2, 4, 6], 2, id="missing in the middle"),
        pytest.param([0, 10, None, None, 30], [0, 10, 12, 14, 30], 2, id="missing later on"),
        pytest.param([0, 2, 2, 4], [0, 2, 3, 4], 1, id="duplicate"),
        pytest.param([0, 10, 8, 12], [0, 10, 11, 12], 1, id="small step back"),
        pytest.param([None, None, None], [0, 2, 4], 3, id="no stamps at all"),
        pytest.param([100, 102, 0, 2, 4], [100, 102, 104, 106, 108], 1, id="clock set anew"),
        pytest.param([0, None, 1, 8], [0, 2, 3, 8], 2, id="made-up stamp overtakes a real one"),
    ],
)
def test_bad_stamps_are_repaired_and_counted(pts, expected, repairs):
    stamps, _, counted = run(pts)

    assert stamps == expected
    assert counted == repairs


def test_stamps_missing_at_the_start_are_counted_back_from_the_first():
    stamps, durations, repairs = run([None, None, None, 0, 40], tick=Fraction(40), patience=32)

    assert stamps == [-120, -80, -40, 0, 40]
    assert durations[:4] == [40] * 4
    assert repairs == 3


def test_missing_stamps_of_a_coarse_clock_do_not_drift():
    # 30 frames per second in ms: 33 1/3 each.
    stamps, _, _ = run([None] * 31, tick=Fraction(100, 3), time_base=Fraction(1, 1000))

    assert stamps[30] == 1000


def test_patience_is_bounded():
    clock = Clock(tick=Fraction(1), time_base=Fraction(1, 25), patience=4)

    settled = [clock.push(n, None, 0) for n in range(10)]

    assert sum(len(part) for part in settled) == 9  # one is always held back


def test_repaired_stamps_always_increase():
    generator = random.Random(5)
    for _ in range(300):
        pts = [generator.choice([None, generator.randint(-200, 200)]) for _ in range(30)]

        stamps, durations, _ = run(pts, patience=generator.choice([0, 8]))

        assert all(a < b for a, b in pairwise(stamps)), pts
        assert all(d >= 0 for d in durations)
