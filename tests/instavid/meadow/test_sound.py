"""The sound track of the meadow."""

from itertools import pairwise

import numpy as np

from instavid.meadow.sampling import sample_scene
from instavid.meadow.sound import SAMPLE_RATE, sound

COUNT = 2 * SAMPLE_RATE


def test_sound_has_the_length_asked_for_and_is_heard() -> None:
    track = sound(sample_scene(5), start=0, count=COUNT)
    assert track.shape == (COUNT, 2)
    assert track.dtype == np.int16
    assert 200 < np.abs(track).max() < 32001


def test_sound_is_decided_by_the_seed() -> None:
    track = sound(sample_scene(5), start=0, count=COUNT)
    assert np.array_equal(track, sound(sample_scene(5), start=0, count=COUNT))
    assert not np.array_equal(track, sound(sample_scene(6), start=0, count=COUNT))


def test_pieces_join_without_a_trace() -> None:
    scene = sample_scene(5)
    edges = [0, 1, 1920, 50_000, 50_000, COUNT]
    pieces = [sound(scene, start=a, count=b - a) for a, b in pairwise(edges)]
    difference = np.concatenate(pieces).astype(int) - sound(scene, start=0, count=COUNT)
    assert np.abs(difference).max() <= 1


def test_animals_are_heard_over_the_wind() -> None:
    full, empty = sample_scene(5, count=4), sample_scene(5, count=0)
    difference = sound(full, start=0, count=COUNT).astype(int) - sound(empty, start=0, count=COUNT)
    assert np.abs(difference).max() > 500
