"""The rates and figures of a translator whose every verdict is known."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from known_pairs import (
    DRIFTING,
    FADING,
    GIRAFFE,
    GRASS,
    HEIGHT,
    STUBBORN,
    WIDTH,
    WILLING,
    ColourClassifier,
    ColourJudge,
    ColourTranslator,
    write_picture,
)

from instagan.data.layout import find_samples
from instavid.errors import InputError, OutputExistsError
from instavid.metrics.judging import Question, judge
from instavid.metrics.pair_distances import measure_features
from instavid.metrics.pair_figures import FIGURES
from instavid.metrics.pair_json import report_to_json
from instavid.metrics.pair_measure import PairMeter
from instavid.metrics.pair_outcome import PanelFacts, report_on
from instavid.metrics.pair_plots import check_plots, write_plots
from instavid.metrics.pair_report import PairReport
from instavid.metrics.pair_sheet import COLUMNS, PICTURES, TILE, PairSheet
from instavid.metrics.pair_table import report_to_table
from instavid.metrics.pair_tally import ObjectPair, PairTally, Silhouette
from instavid.metrics.panel import Panel
from instavid.metrics.sheets import GREEN, PAPER, RED
from instavid.metrics.stills import read_stills
from instavid.painting import Casting
from instavid.types import Instances, Mask

QUESTION = Question(target=frozenset({"giraffe"}), source=frozenset({"sheep"}))
LEFT, RIGHT = (8, 30, 28, 50), (60, 30, 80, 50)


def measure(
    root: Path, *, score: float = 0.9, panel: Panel | None = None, **options: object
) -> PairTally:
    casting = Casting(ColourTranslator(), margins=(0.5, 0.25, 0.25, 0.25))
    panel = panel or Panel(QUESTION, target_is_b=True, detector=ColourJudge(score))
    meter = PairMeter(casting, panel, **options)
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
    kinds = (tally.translated, tally.copied, tally.real)
    translated, copied, real = (kind.detected.rates() for kind in kinds)
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
    assert sorted(measure(field).area_ratios()) == [0.0, 1.0, 1.5, 1.5, 625 / 400]


@pytest.mark.parametrize(("score", "hits"), [(0.25, 2), (0.2499, 0)])
def test_a_detection_counts_from_a_quarter_on(field: Path, score: float, hits: int) -> None:
    assert measure(field, score=score).translated.detected.target == hits


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
    assert (tally.translated.detected.n, tally.real.detected.n) == (1, 1)


@pytest.mark.parametrize("broken", ["picture", "mask", "size"])
def test_a_broken_file_is_named(field: Path, broken: str) -> None:
    path = field / ("testA/a.png" if broken == "picture" else "testA_seg/a_1.png")
    small = cv2.imencode(".png", np.zeros((3, 4), np.uint8))[1].tobytes()
    path.write_bytes(small if broken == "size" else b"nothing")
    with pytest.raises(InputError, match=path.name):
        measure(field)


def everybody(**changes: object) -> Panel:
    asked = {"target_is_b": True, "detector": ColourJudge(), "classifier": ColourClassifier()}
    return Panel(QUESTION, **(asked | changes))


def report(tally: PairTally, **changes: object) -> PairReport:
    facts = PanelFacts(**({"judged": True, "classifier": "colours"} | changes))
    settings = {"pair": "p", "direction": "AtoB", "data": "d", "split": "test", "judge": "j"}
    return report_on(tally, settings | {"classifier": "c"}, pair_sha256="0", panel=facts)


def test_the_classifier_is_asked_of_objects_and_of_whole_pictures(field: Path) -> None:
    tally = measure(field, panel=everybody())
    kinds = (tally.translated, tally.copied, tally.real)
    # Of a, b, c, d: made a giraffe; stays; painted, but its mask is gone; its mask is elsewhere,
    # with some giraffe in the square around it; a giraffe before.
    assert [(kind.classified.target, kind.classified.n) for kind in kinds] == [
        (3, 5),
        (1, 5),
        (1, 2),
    ]
    assert tally.translated.classified.source == 1
    assert [(kind.pictures.target, kind.pictures.n) for kind in kinds] == [(4, 4), (1, 4), (1, 2)]


def test_the_other_way_round_domain_a_is_the_target(field: Path) -> None:
    tally = measure(field, panel=everybody(target_is_b=False))
    assert (tally.copied.classified.target, tally.copied.pictures.target) == (4, 3)
    assert tally.translated.classified.target == 1


def test_objects_by_height_are_those_that_the_boxes_say() -> None:
    tally = PairTally()
    for height in (10, 11, 20, 20, 20, 30, 41, 42):
        old = Silhouette(height, 10, 100)
        verdict = "target" if height > 20 else "source"
        tally.objects.append(ObjectPair(old, old, verdict))
    parts = [(p.least_px, p.most_px, p.rate.hits, p.rate.n) for p in tally.rates_by_size()]
    assert parts == [(10, 11, 0, 2), (20, 20, 0, 3), (30, 30, 1, 1), (41, 42, 2, 2)]
    one = PairTally(objects=[ObjectPair(old, old, "target")])
    assert [(p.least_px, p.most_px, p.rate.n) for p in one.rates_by_size()] == [(42, 42, 1)]
    assert PairTally().rates_by_size() == ()
    assert PairTally(objects=[ObjectPair(old, old, None)]).rates_by_size() == ()


def test_context_is_what_the_translator_did_beside_its_masks(tmp_path: Path) -> None:
    write_picture(tmp_path, "a", [(FADING, (10, 20, 30, 40))], domain="A")
    write_picture(tmp_path, "b", [(GIRAFFE, LEFT)], domain="B")
    context = measure(tmp_path, panel=everybody(), feather=0, working_size=(35, 35)).context.means()
    # A crop of 30 + 5 + 5 px and half a height above, widened to a square: 35 by 35 px. The mask is
    # gone, and above the old one 10 rows of 20 px are painted.
    assert context.crops is not None
    apart = sum(abs(one - other) for one, other in zip(GIRAFFE, GRASS, strict=True)) / 3
    assert context.crops.l1 == pytest.approx(apart * 200 / (35 * 35 - 400))
    assert context.crops.psnr_db < 30
    # A working size that is the crop's own costs nothing, and the composite keeps all of it.
    assert context.resampled is not None
    assert (context.resampled.l1, context.resampled.psnr_db) == (0.0, float("inf"))
    assert context.pictures is not None
    assert (context.pictures.l1, context.pictures.ssim) == (0.0, pytest.approx(1.0))
    smaller = measure(tmp_path, panel=everybody(), working_size=(8, 8)).context.means()
    assert smaller.resampled is not None
    assert smaller.resampled.l1 > 0


def test_features_are_compared_with_those_of_real_targets(tmp_path: Path) -> None:
    for number in range(8):
        box = (20, 20 - number % 2, 30, 50)
        write_picture(tmp_path, f"{number}", [(WILLING, LEFT)], domain="A")
        write_picture(tmp_path, f"{number}", [(GIRAFFE, box)], domain="B")
    found = report(measure(tmp_path, panel=everybody())).features
    assert [each.name for each in found] == ["classifier_feature_mmd"]
    objects = found[0].objects
    assert objects.translated is not None
    assert objects.copied is not None
    assert objects.real is not None
    assert (objects.copied.subsets, objects.copied.subset_size) == (100, 4)
    # White sheep are farther from yellow giraffes than painted ones; real ones are near zero.
    assert abs(objects.real.mean) < objects.translated.mean < objects.copied.mean
    # A classifier's features have no scale of their own.
    louder = everybody(classifier=ColourClassifier(scale=0.01))
    again = report(measure(tmp_path, panel=louder)).features[0].objects
    assert again.copied is not None
    assert again.copied.mean == pytest.approx(objects.copied.mean, rel=1e-3)


def test_both_domains_set_the_scale_of_a_classifiers_features() -> None:
    rng = np.random.default_rng(1)
    quiet, loud = (rng.normal(0, size, (20, 4)).astype(np.float32) for size in (0.01, 10))

    def copied(sources: np.ndarray, targets: np.ndarray) -> float:
        tally = PairTally()
        for kind, rows in ((tally.copied, sources), (tally.real, targets)):
            kind.object_features = kind.picture_features = [{"classifier_feature_mmd": rows}]
        found = measure_features(tally, "classifier_feature_mmd", network="").objects
        assert found.translated is None
        assert found.copied is not None
        return found.copied.mean

    assert copied(quiet, loud) == pytest.approx(copied(loud, quiet), rel=0.3)


def test_the_json_has_every_figure_under_its_name(field: Path) -> None:
    full = report(measure(field, panel=everybody()))
    written = json.loads(json.dumps(report_to_json(full), allow_nan=False))
    assert list(written["figures"]) == list(FIGURES)
    assert {name for name, value in written["figures"].items() if value is None} == {
        "crop_ssim",  # no window of 11 px fits beside these masks
        "object_kid",
        "picture_kid",
        "picture_classifier_feature_mmd",  # two real pictures
        "object_classifier_feature_mmd",
    }
    assert written["figures"]["object_score"] == written["classifier"]["objects"]["score"]["share"]
    assert written["figures"]["target_rate"] == written["target_rate"]["share"] == 0.4
    assert written["figures"]["collapsed_rate"] == 0.2
    assert written["context"]["crops"]["pictures"] == 5  # crops: none overlap
    assert sum(part["n"] for part in written["rate_by_height"]) == 5


def test_who_was_not_asked_is_null_in_the_json_and_not_in_the_table(field: Path) -> None:
    judged = report(measure(field), classifier=None)
    classified = report(measure(field, panel=everybody(detector=None)), judged=False)
    assert report_to_json(judged)["classifier"] is None
    assert report_to_json(judged)["figures"]["object_score"] is None
    assert report_to_json(classified)["target_rate"] is None
    assert "classifier" not in report_to_table(judged)
    assert "target rate" not in report_to_table(classified)
    assert report_to_json(judged).keys() == report_to_json(classified).keys()
    # Without a detector, a hit is what the classifier says.
    assert sum(part.rate.hits for part in classified.by_size) == 3


def test_the_table_has_a_line_for_every_kind_of_figure(field: Path) -> None:
    table = report_to_table(report(measure(field, panel=everybody())))
    for words in (
        *("target rate", "classifier, objects", "classifier, pictures", "copy floor"),
        *("real ceiling", "hits, 20 to 20 px high", "feature MMD, objects", "too few"),
        *("crops, as generated", "pictures, composited", "changed outside"),
    ):
        assert words in table
    assert max(map(len, table.splitlines())) <= 80


def test_plots_show_what_was_found(field: Path, tmp_path: Path) -> None:
    folder = check_plots(tmp_path / "new" / "plots", overwrite=False)
    write_plots(folder, measure(field, panel=everybody()))
    names = ["area_new_over_old.png", "height_over_width.png", "rate_by_height.png"]
    assert sorted(path.name for path in folder.iterdir()) == names
    for name in names:
        picture = cv2.imread(str(folder / name))
        assert picture.shape == (480, 720, 3)
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 3
    with pytest.raises(OutputExistsError, match=r"over_width\.png exists"):
        check_plots(folder, overwrite=False)
    check_plots(folder, overwrite=True)


def test_plots_can_be_drawn_when_every_mask_collapsed(tmp_path: Path) -> None:
    write_picture(tmp_path, "a", [(FADING, LEFT)], domain="A")
    write_picture(tmp_path, "b", [(GIRAFFE, LEFT)], domain="B")
    write_plots(tmp_path, measure(tmp_path, panel=everybody()))
    assert (tmp_path / "rate_by_height.png").is_file()
