"""instavid.orientation: the eight orientations, against the geometry that FFmpeg documents."""

import numpy as np
import pytest
from clips import Clip, copy, read, write_clip

from instagan.windows import Window
from instavid.orientation import Orientation, from_display_matrix

ONE = 1 << 16
# (a, b, c, d) of each orientation, as libavutil/display.h lays them out.
MATRICES = {
    "upright": (ONE, 0, 0, ONE),
    "90 counter-clockwise": (0, -ONE, ONE, 0),
    "180": (-ONE, 0, 0, -ONE),
    "90 clockwise": (0, ONE, -ONE, 0),
    "mirrored": (-ONE, 0, 0, ONE),
    "flipped": (ONE, 0, 0, -ONE),
    "transposed": (0, ONE, ONE, 0),
    "anti-transposed": (0, -ONE, -ONE, 0),
}
EACH = pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES.keys())


def shown(coded, matrix):
    """Move every pixel to (a x + c y, b x + d y), as display.h says, and shift to the corner."""
    a, b, c, d = (value // ONE for value in matrix)
    places = {
        (a * x + c * y, b * x + d * y): coded[y, x]
        for y in range(coded.shape[0])
        for x in range(coded.shape[1])
    }
    left, top = min(x for x, _ in places), min(y for _, y in places)
    width, height = max(x for x, _ in places) - left + 1, max(y for _, y in places) - top + 1
    return np.array([[places[left + x, top + y] for x in range(width)] for y in range(height)])


def orientation_of(matrix) -> Orientation:
    found = from_display_matrix(*matrix)
    assert found is not None
    return found


@EACH
def test_upright_is_what_the_display_matrix_shows(matrix):
    coded = np.arange(12).reshape(3, 4)

    upright = orientation_of(matrix).upright(coded)

    np.testing.assert_array_equal(upright, shown(coded, matrix))


@EACH
def test_coded_undoes_upright(matrix):
    coded = np.arange(24).reshape(2, 4, 3)
    orientation = orientation_of(matrix)

    np.testing.assert_array_equal(orientation.coded(orientation.upright(coded)), coded)


@EACH
def test_upright_window_lies_on_the_same_pixels_of_the_coded_picture(matrix):
    coded, orientation = np.arange(35).reshape(5, 7), orientation_of(matrix)
    window = Window(1, 2, 3, 5)

    place = orientation.coded_window(window, 7, 5)

    np.testing.assert_array_equal(
        orientation.upright(coded[place.slices]), orientation.upright(coded)[window.slices]
    )


def test_eight_matrices_are_eight_orientations():
    assert len({orientation_of(matrix) for matrix in MATRICES.values()}) == 8


@pytest.mark.parametrize(
    "matrix",
    [(0, 0, 0, 0), (ONE, ONE, -ONE, ONE), (ONE, 0, 0, 0)],
    ids=["nothing", "45 degrees", "collapsed"],
)
def test_other_matrices_are_no_orientation(matrix):
    assert from_display_matrix(*matrix) is None


@EACH
@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_display_matrix_survives_reading_and_writing(matrix, ending, tmp_path):
    a, b, c, d = matrix
    whole = (a, b, 0, c, d, 0, 0, 0, 1 << 30)
    clip = write_clip(tmp_path / "in.mov", Clip(pts=(0, 1), display_matrix=whole))

    copy(clip, tmp_path / f"out{ending}")

    before, after = read(clip).info, read(tmp_path / f"out{ending}").info
    assert before.picture.orientation == orientation_of(matrix)
    assert after.picture.orientation == before.picture.orientation
    if ending == ".mp4":
        assert after.display_matrix == before.display_matrix
