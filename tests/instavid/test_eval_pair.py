"""The target rate of a translator whose every verdict is known."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from known_pairs import (
    DRIFTING,
    FADING,
    GIRAFFE,
    HEIGHT,
    STUBBORN,
    WIDTH,
    WILLING,
    ColourJudge,
    ColourTranslator,
    write_picture,
)

from instagan.data.layout import find_samples
from instavid.errors import InputError
from instavid.metrics.judging import Question, judge
from instavid.metrics.pair_measure import PairMeter, PairTally
from instavid.metrics.pair_sheet import COLUMNS, PICTURES, TILE, PairSheet
from instavid.metrics.sheets import GREEN, PAPER, RED
from instavid.metrics.stills import read_stills
from instavid.painting import Casting
from instavid.types import Instances, Mask

QUESTION = Question(target=frozenset({"giraffe"}), source=frozenset({"sheep"}))
LEFT, RIGHT = (8, 30, 28, 50), (60, 30, 80, 50)


def measure(root: Path, *, score: float = 0.9, **options: object) -> PairTally:
    casting = Casting(ColourTranslator(), margins=(0.5, 0.25, 0.25, 0.25))
    meter = PairMeter(casting, ColourJudge(score), QUESTION, **options)
    sides = (find_samples(root, "test", domain=letter) for letter in ("A", "B"))
    return meter.measure(*map(read_stills, sides))


@pytest.fixture
def field(tmp_path: Path) -> Path:
    """Return data with two hits, one that stays, three failures, and one that looked so before."""
    write_picture(tmp_path, "a", [(WILLING, LEFT), (STUBBORN, RIGHT)], domain="A")
    write_picture(tmp_path, "b", [(FADING, LEFT)], domain="A")
    write_picture(tmp_path, "c", [(DRIFTING, LEFT)], domain="A")
    write_picture(tmp_path, "d", [(GIRAFFE, RIGHT)], domain="A")
    write_picture(tmp_path, "e", [(GIRAFFE, (40, 4, 50, 44))], domain="B")
    write_picture(tmp_path, "f", [(WILLING, LEFT)], domain="B")
    return tmp_path


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_the_rates_are_those_that_the_colours_say(field: Path, batch: int) -> None:
    tally = measure(field, batch=batch)
    assert tally.pictures == 4
    translated, copied, real = (c.rates() for c in (tally.translated, tally.copied, tally.real))
    assert {name: rate.hits for name, rate in translated.items()} == {
        "target": 2,
        "source": 1,
        "neither": 2,
    }
    assert (copied["target"].hits, copied["source"].hits, copied["target"].n) == (1, 4, 5)
    assert (real["target"].hits, real["target"].n) == (1, 2)
    assert tally.collapsed == 1
    assert tally.samples_changed_outside == 0


def test_shapes_are_measured_on_boxes(field: Path) -> None:
    shapes = measure(field).shapes()
    assert shapes.source is not None
    assert (shapes.source.median, shapes.source.n) == (1.0, 5)
    assert shapes.target is not None
    assert (shapes.target.high, shapes.target.n) == (pytest.approx(3.25), 2)
    assert shapes.new is not None
    assert (shapes.new.median, shapes.new.n) == (pytest.approx(1.25), 4)
    # Gone, as it was, half as large again twice, and all of a crop of 35 px but 20 by 30.
    assert sorted(measure(field).area_ratios) == [0.0, 1.0, 1.5, 1.5, 625 / 400]


@pytest.mark.parametrize(("score", "hits"), [(0.25, 2), (0.2499, 0)])
def test_a_detection_counts_from_a_quarter_on(field: Path, score: float, hits: int) -> None:
    assert measure(field, score=score).translated.target == hits


def test_pictures_that_are_crops_are_translated_as_a_whole(tmp_path: Path) -> None:
    for domain in ("A", "B"):
        write_picture(tmp_path, "x", [(WILLING, LEFT), (STUBBORN, RIGHT)], domain=domain)
    crops: list[tuple[int, int]] = []
    measure(
        tmp_path,
        as_crops=True,
        on_scene=lambda scene, _: crops.extend(p.crop.rgb.shape[:2] for p in scene.painted),
    )
    assert crops == [(HEIGHT, WIDTH)]


def box(left: int, right: int) -> Mask:
    full = np.zeros((20, 100), bool)
    full[:, left:right] = True
    return Mask.from_full(full)


@pytest.mark.parametrize(
    ("masks", "found", "verdicts"),
    [
        ([box(0, 10), box(0, 10)], [("giraffe", box(0, 10))], ["target", "neither"]),
        # IoU is one half exactly, then just below.
        ([box(0, 10)], [("giraffe", box(0, 20))], ["target"]),
        ([box(0, 10)], [("giraffe", box(0, 21))], ["neither"]),
        ([box(0, 10)], [("sheep", box(0, 10)), ("giraffe", box(0, 9))], ["target"]),
        ([box(0, 10)], [("cow", box(0, 10))], ["neither"]),
        ([box(0, 0)], [("giraffe", box(0, 10))], ["neither"]),
        ([box(0, 10)], [], ["neither"]),
        ([], [("giraffe", box(0, 10))], []),
    ],
    ids=["one serves one", "half", "less", "target first", "other", "empty", "nothing", "no mask"],
)
def test_a_verdict_needs_half_of_the_mask(
    masks: list[Mask], found: list[tuple[str, Mask]], verdicts: list[str]
) -> None:
    labels = tuple(label for label, _ in found)
    instances = Instances(tuple(mask for _, mask in found), labels, (0.9,) * len(found))
    assert judge(instances, masks, QUESTION) == verdicts


def test_the_sheet_frames_hits_green_and_misses_red(field: Path) -> None:
    collected = PairSheet()
    measure(field, on_scene=collected.add)
    sheet = collected.sheet()
    # Four pictures in a row: border, two tiles, border, and the caption below.
    tile_width, tile_height = 2 * TILE + 6, TILE + 6 + 16
    assert sheet.shape == (12 + tile_height, 6 + 4 * (tile_width + 6), 3)
    assert tuple(sheet[0, 0]) == PAPER
    lefts = [6 + n * (tile_width + 6) for n in range(4)]
    assert [tuple(sheet[20, left]) for left in lefts] == [GREEN, RED, RED, GREEN]
    # Tiles show the source at the left and the result at the right, in the middle of the crop.
    middle = sheet[6 + 3 + TILE // 2 + 20]
    assert tuple(middle[6 + 3 + TILE // 2]) == WILLING
    assert tuple(middle[6 + 3 + TILE + TILE // 2]) == GIRAFFE


def test_the_sheet_holds_the_first_pictures_only(tmp_path: Path) -> None:
    for number in range(PICTURES + 2):
        write_picture(tmp_path, f"{number:02}", [(WILLING, LEFT)], domain="A")
    write_picture(tmp_path, "x", [(GIRAFFE, LEFT)], domain="B")
    collected = PairSheet()
    assert measure(tmp_path, on_scene=collected.add).pictures == PICTURES + 2
    assert len(collected.tiles) == PICTURES
    assert collected.sheet().shape[0] == 6 + PICTURES // COLUMNS * (TILE + 28)


def test_masks_without_a_pixel_are_no_instances(tmp_path: Path) -> None:
    for domain in ("A", "B"):
        write_picture(tmp_path, "x", [(WILLING, (5, 5, 5, 5)), (WILLING, LEFT)], domain=domain)
    tally = measure(tmp_path)
    assert (tally.translated.n, tally.real.n) == (1, 1)


@pytest.mark.parametrize("broken", ["picture", "mask", "size"])
def test_a_broken_file_is_named(field: Path, broken: str) -> None:
    path = field / ("testA/a.png" if broken == "picture" else "testA_seg/a_1.png")
    small = cv2.imencode(".png", np.zeros((3, 4), np.uint8))[1].tobytes()
    path.write_bytes(small if broken == "size" else b"nothing")
    with pytest.raises(InputError, match=path.name):
        measure(field)
