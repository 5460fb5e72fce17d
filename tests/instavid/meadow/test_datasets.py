"""Data sets: what is written is what was rendered."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from instagan.data.layout import find_samples
from instavid.cli import root
from instavid.errors import OutputExistsError, UsageError
from instavid.meadow.datasets import PictureSize, plan_shots, scene_seed
from instavid.meadow.pair_set import LEAST_HEIGHT_PX, well_seen, write_pair_set
from instavid.meadow.polygons import outline
from instavid.meadow.segmenter_set import label_lines, write_segmenter_set
from instavid.types import Mask

SMALL = PictureSize(180, 320)


def filled(points: np.ndarray, shape: tuple[int, int]) -> Mask:
    drawn = np.zeros(shape, np.uint8)
    cv2.fillPoly(drawn, [np.floor(points).astype(np.int32)], 1)
    return Mask.from_full(drawn > 0)


def test_no_two_scenes_of_sets_and_parts_share_a_seed() -> None:
    seeds = {scene_seed(s, part, i) for s in (1, 2, 3) for part in range(10) for i in range(50)}
    assert len(seeds) == 3 * 10 * 50
    assert min(seeds) >= 1_000_000
    with pytest.raises(UsageError, match="1 or more, got 0"):
        scene_seed(0, 0, 0)


def test_moments_of_a_scene_lie_seconds_apart_and_herds_vary() -> None:
    shots = list(plan_shots(48, seed=1, part=0, herds=(("sheep",),), per_scene=4, empty_every=6))
    assert len(shots) == 48
    assert len({shot.scene.seed for shot in shots}) == 12
    times = [shot.seconds for shot in shots[:4]]
    assert min(np.diff(times)) >= 4
    counts = {len(shot.scene.animals) for shot in shots}
    assert {0, 1} < counts | {1}
    assert max(counts) <= 8


def test_a_polygon_gives_its_mask_back_with_holes_and_parts() -> None:
    mask = np.zeros((60, 90), bool)
    mask[5:50, 5:40] = True
    mask[20:30, 15:25] = False
    mask[10:55, 60:85] = True
    drawn = filled(outline(mask), mask.shape)
    # The bridges are one pixel wide when they are drawn.
    assert drawn.iou(Mask.from_full(mask)) > 0.98
    assert outline(np.zeros((4, 4), bool)).shape == (0, 2)


def test_labels_of_a_herd_raster_back_to_the_visible_masks() -> None:
    shots = list(plan_shots(12, seed=4, part=0, herds=(("sheep", "giraffe"),), per_scene=1))
    compared = 0
    for shot in shots[:4]:
        rendered = shot.render(PictureSize())
        large = [mask for mask in rendered.masks if mask.area > 400]
        lines = [np.array(line.split()[1:], float) for line in label_lines(rendered)]
        drawn = [filled(line.reshape(-1, 2) * (640, 360), (360, 640)) for line in lines]
        for mask in large:
            assert max(mask.iou(other) for other in drawn) > 0.95
            compared += 1
    assert compared >= 4


def test_a_segmenter_set_is_as_ultralytics_reads_it(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_segmenter_set(
        tmp_path, pictures=3, seed=5, size=SMALL, on_picture=lambda *n: told.append(n)
    )
    pictures = sorted(path.stem for path in (tmp_path / "images/train").glob("*.jpg"))
    assert pictures == sorted(path.stem for path in (tmp_path / "labels/train").glob("*.txt"))
    assert len(pictures) == 3
    assert told[-1] == (4, 4)
    assert "0: sheep\n  1: giraffe" in (tmp_path / "data.yaml").read_text()
    with pytest.raises(OutputExistsError, match="not empty"):
        write_segmenter_set(tmp_path, pictures=3, seed=5)


def test_a_pair_set_holds_the_masks_of_animals_that_are_well_seen(tmp_path: Path) -> None:
    write_pair_set(tmp_path, pictures=2, seed=6, size=SMALL)
    for domain in ("A", "B"):
        samples = find_samples(tmp_path, "train", domain=domain)
        assert len(samples) == 2
        for sample in samples:
            assert cv2.imread(str(sample.image)).shape == (180, 320, 3)
            for path in sample.masks:
                mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
                assert mask.shape == (180, 320)
                assert set(np.unique(mask)) == {0, 255}
                assert np.count_nonzero(mask.any(axis=1)) > LEAST_HEIGHT_PX / 2
    assert find_samples(tmp_path, "test", domain="B")


def test_an_animal_that_is_mostly_hidden_or_outside_gets_no_mask() -> None:
    shots = plan_shots(8, seed=7, part=0, herds=(("sheep",),), per_scene=1)
    crowded = max(shots, key=lambda shot: len(shot.scene.animals))
    rendered = crowded.render(PictureSize())
    chosen = well_seen(crowded, rendered)
    assert 0 < len(chosen) < len(rendered.masks)
    left_out = [mask for mask in rendered.masks if not any(mask is other for other in chosen)]
    assert max(mask.area for mask in left_out) < max(mask.area for mask in chosen)


def test_the_command_writes_a_set_and_refuses_a_second(tmp_path: Path) -> None:
    call = ["data", "meadow", str(tmp_path / "set"), "--for", "pair", "--pictures", "1"]
    options = ["--size", "90x160", "--seed", "3"]
    first = CliRunner().invoke(root, [*call, *options], obj={"quiet": True})
    assert first.exit_code == 0, first.output
    second = CliRunner().invoke(root, [*call, *options])
    assert isinstance(second.exception, OutputExistsError)
    other = ["--size", "90x160", "--seed", "4", "-y"]
    assert CliRunner().invoke(root, [*call, *other], obj={"quiet": True}).exit_code == 0
    fresh = tmp_path / "fresh"
    call[2] = str(fresh)
    assert CliRunner().invoke(root, [*call, *other], obj={"quiet": True}).exit_code == 0
    kept = {path.relative_to(tmp_path / "set") for path in (tmp_path / "set").rglob("*.*")}
    assert kept == {path.relative_to(fresh) for path in fresh.rglob("*.*")}
    wrong = CliRunner().invoke(root, [*call, "--size", "big"])
    assert wrong.exit_code == 2
    assert "is not HxW" in wrong.output
