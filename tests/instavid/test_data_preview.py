"""The contact sheet of a data set."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from known_pairs import GRASS, WILLING, write_picture

from instagan.data.layout import Sample
from instavid.cli import root
from instavid.datasets.preview import COLOURS, TILE_HEIGHT, draw_masks, draw_sample, preview_set
from instavid.errors import InputError, InputNotFoundError, OutputExistsError

WIDE = 216
"""Of a tile, px: the known pictures are 96x64."""
BOX = (20, 10, 60, 40)


def add(folder: Path, stem: str, *, domain="A") -> None:
    write_picture(folder, stem, [(WILLING, BOX)], domain=domain, split="train")


def test_each_mask_is_tinted_and_outlined_in_its_own_colour_and_the_rest_left_alone() -> None:
    rgb = np.full((60, 100, 3), GRASS, np.uint8)
    masks = np.zeros((2, 60, 100), bool)
    masks[0, 10:50, 10:40] = masks[1, 10:50, 60:90] = True
    drawn = draw_masks(rgb, masks, outline=2)
    for index, left in enumerate((10, 60)):
        assert tuple(drawn[10, left + 15]) == COLOURS[index]
        tint = np.rint(0.65 * np.array(GRASS) + 0.35 * np.array(COLOURS[index]))
        assert tuple(drawn[30, left + 15]) == tuple(tint)
    far = ~cv2.dilate(masks.any(0).astype(np.uint8), np.ones((5, 5))).astype(bool)
    assert (drawn[far] == GRASS).all()
    assert (rgb == GRASS).all()
    assert (draw_masks(rgb, masks[:0], outline=2) == rgb).all()


def test_outlines_of_a_large_picture_stay_visible_on_its_tile(tmp_path: Path) -> None:
    picture, mask = np.zeros((2, 900, 900), np.uint8)
    mask[200:700, 200:700] = 255
    for name, pixels in (("p.png", picture), ("p_0.png", mask)):
        cv2.imwrite(str(tmp_path / name), pixels)
    sample = Sample(tmp_path / "p.png", (tmp_path / "p_0.png",))
    tile = draw_sample(sample, width=200)
    assert tile.shape == (TILE_HEIGHT + 16, 200, 3)
    # 2 px on each side of the square, in the middle row of the picture within the tile.
    row = tile[TILE_HEIGHT // 2, 28:172].astype(int)
    assert 2 <= (np.abs(row - COLOURS[0]).sum(1) < 60).sum() <= 6


def test_pictures_are_spread_over_the_names_and_always_the_same(tmp_path: Path) -> None:
    for index in range(9):
        add(tmp_path, f"p{index}")
    seen: list[tuple[int, int]] = []
    sheet = preview_set(tmp_path, "train", count=3, on_picture=lambda *now: seen.append(now))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert sheet.shape[1] == 3 * (WIDE + 6) + 6
    assert (preview_set(tmp_path, "train", count=3) == sheet).all()
    for name in ("p0", "p2", "p3", "p5", "p6", "p8"):
        (tmp_path / "trainA" / f"{name}.png").write_bytes(b"never read")
    assert (preview_set(tmp_path, "train", count=3) == sheet).all()


def test_each_domain_has_a_block_as_wide_as_the_other(tmp_path: Path) -> None:
    for index in range(10):
        add(tmp_path, f"p{index}")
    alone = preview_set(tmp_path, "train", count=10)
    add(tmp_path, "one", domain="B")
    both = preview_set(tmp_path, "train", count=10)
    assert both.shape[1] == alone.shape[1] == 5 * (WIDE + 6) + 6
    # The second block has one row and not two.
    rows = both.shape[0] - alone.shape[0]
    assert (both[: alone.shape[0]] == alone).all()
    assert TILE_HEIGHT < rows < 2 * TILE_HEIGHT


def test_faults_are_told(tmp_path: Path) -> None:
    add(tmp_path, "p")
    with pytest.raises(InputNotFoundError, match=r"No testA and no testB in"):
        preview_set(tmp_path, "test", count=3)
    (tmp_path / "trainA" / "bare.png").touch()
    with pytest.raises(InputError, match=r"bare_0\.png .*'instavid data check' tells all"):
        preview_set(tmp_path, "train", count=3)


def test_the_command_writes_the_sheet_and_does_not_overwrite(tmp_path: Path) -> None:
    add(tmp_path, "p")
    sheet = tmp_path / "sheet.png"
    asked = ["data", "preview", str(tmp_path), "-o", str(sheet)]
    done = CliRunner().invoke(root, asked)
    assert done.stdout.strip() == str(sheet)
    stored = cv2.cvtColor(cv2.imread(str(sheet)), cv2.COLOR_BGR2RGB)
    assert (stored == preview_set(tmp_path, "train", count=32)).all()
    assert isinstance(CliRunner().invoke(root, asked).exception, OutputExistsError)
    assert CliRunner().invoke(root, [*asked, "-y"]).exit_code == 0
