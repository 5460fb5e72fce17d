"""Tiles and what is chosen for them."""

import cv2
import numpy as np
import pytest

from instavid.errors import OutputError, OutputExistsError
from instavid.metrics.png import check_sheet_path, write_png
from instavid.metrics.sheets import GREEN, PAPER, captioned, fitted, framed, grid, written
from instavid.metrics.thinning import Thinned

BLUE = np.full((10, 20, 3), (0, 0, 255), np.uint8)


def test_a_wide_picture_lies_in_the_middle_of_a_high_tile() -> None:
    tile = fitted(BLUE, height=30, width=40)
    assert tile.shape == (30, 40, 3)
    assert (tile[5:25] == (0, 0, 255)).all()
    assert (tile[:5] == PAPER).all()
    assert (tile[25:] == PAPER).all()


def test_a_border_goes_all_around() -> None:
    tile = framed(BLUE, GREEN, width=2)
    assert tile.shape == (14, 24, 3)
    assert (tile[2:-2, 2:-2] == BLUE).all()
    assert all((side == GREEN).all() for side in (tile[:2], tile[-2:], tile[:, :2], tile[:, -2:]))


def test_a_caption_is_below_and_leaves_the_picture_alone() -> None:
    tile = captioned(BLUE, "a caption that is much too long")
    assert tile.shape == (26, 20, 3)
    assert (tile[:10] == BLUE).all()
    assert (tile[10:] < 100).any()


def test_writing_does_not_touch_what_was_given() -> None:
    paper = np.full((16, 60, 3), 255, np.uint8)
    assert (written(paper, "Ω", (0, 0, 0)) == written(paper, "?", (0, 0, 0))).all()
    assert (paper == 255).all()


@pytest.mark.parametrize(("count", "shape"), [(1, (14, 24, 3)), (2, (14, 46, 3)), (3, (26, 46, 3))])
def test_a_grid_has_paper_around_and_between(count: int, shape: tuple[int, ...]) -> None:
    sheet = grid([BLUE] * count, columns=2, gap=2)
    assert sheet.shape == shape
    assert (sheet[2:12, 2:22] == BLUE).all()
    assert (sheet[:2] == PAPER).all()
    assert np.count_nonzero((sheet == (0, 0, 255)).all(axis=-1)) == count * 200


@pytest.mark.parametrize("length", [1, 2, 5, 6, 7, 47, 1000, 12345])
def test_what_is_chosen_is_evenly_spread_whatever_the_length(length: int) -> None:
    few = Thinned[int](6)
    for number in range(length):
        if few.takes_next:
            few.add(number)
        else:
            few.skip()
    chosen = few.chosen()
    assert len(few.kept) <= 96
    assert len(chosen) == min(6, length)
    assert chosen == sorted(set(chosen))
    ideal = [(2 * n + 1) * length / 12 for n in range(6)]
    if length > 6:
        assert max(abs(a - b) for a, b in zip(chosen, ideal, strict=True)) <= max(1, length / 40)


def test_a_png_holds_what_was_written_under_any_name(tmp_path) -> None:
    path = check_sheet_path(tmp_path / "žirafa 长颈鹿.png", overwrite=False)
    write_png(path, BLUE)
    read = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert (read[..., ::-1] == BLUE).all()
    with pytest.raises(OutputExistsError):
        check_sheet_path(path, overwrite=False)
    with pytest.raises(OutputError, match="input"):
        check_sheet_path(path, overwrite=True, inputs=[path])


@pytest.mark.parametrize("name", ["sheet.jpg", "no/such/folder/sheet.png"])
def test_a_sheet_that_cannot_be_is_refused(tmp_path, name: str) -> None:
    with pytest.raises(OutputError):
        check_sheet_path(tmp_path / name, overwrite=True)
