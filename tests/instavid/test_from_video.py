"""Clips become a domain of a data set: what is kept, what is not and why, and nothing half-done."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from herds import HEIGHT, Box, RedSegmenter, film

from instagan.data.crops import read_sample
from instagan.data.layout import find_samples
from instavid.cli import main, root
from instavid.datasets.check import check_set
from instavid.datasets.from_video import ClipSet, take_clips
from instavid.datasets.harvest import Harvest
from instavid.datasets.view_rules import ViewRules
from instavid.errors import (
    InputError,
    InputNotFoundError,
    OutputExistsError,
    RunStopped,
    UsageError,
)
from instavid.types import Frame, Instances

STANDING = Box(40, 60)


def standing(_: int) -> list[Box]:
    return [STANDING]


def changing(index: int) -> list[Box]:
    """Look different in every frame."""
    return [replace(STANDING, coat=index)]


def take(folder: Path, *clips: Path, domain="A", overwrite: bool = False, **rules) -> Harvest:
    share = rules.pop("test_share", 0.0)
    asked = ClipSet(tuple(map(str, clips)), folder, domain, ViewRules(**rules), share)
    return take_clips(asked, RedSegmenter(), overwrite=overwrite)


def names(folder: Path, split: str = "train") -> list[str]:
    return [sample.image.stem for sample in find_samples(folder, split, domain="A")]


def left_out(harvest: Harvest) -> dict[str, int]:
    return {str(reason): count for reason, count in harvest.left_out.items() if count}


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_one_object_that_stands_gives_one_view_named_by_clip_scene_frame_and_track(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    harvest = take(data, film(tmp_path / "field.mkv", 6, standing))
    assert names(data) == ["field_s01_f000000_t001"]
    assert (harvest.seen, harvest.kept, left_out(harvest)) == (6, 1, {"alike": 5})
    (sample,) = find_samples(data, "train", domain="A")
    picture, (mask,) = read_sample(sample)
    # Three heights around reach the edges of the frame on all sides but the right.
    assert picture.shape[1:] == mask.shape == (HEIGHT, 40 + 50 + 3 * 70)
    expected = np.zeros(mask.shape, bool)
    expected[60:130, 40:90] = True
    np.testing.assert_array_equal(mask.numpy(), expected)
    assert int(picture[0][mask].float().mean()) == pytest.approx(160, abs=4)
    assert sorted(p.name for p in data.iterdir()) == ["trainA", "trainA_seg"]


def test_every_view_is_kept_or_counted_by_its_reason(tmp_path: Path) -> None:
    def script(index: int) -> list[Box]:
        return [
            replace(STANDING, coat=index),
            Box(150, 10, number=1, height=40),
            Box(270, 90, number=2, width=80),
            Box(110, 100, number=3, coat=3),
            Box(150, 100, number=4, coat=4),
        ]

    harvest = take(tmp_path / "data", film(tmp_path / "field.mkv", 5, script), per_track=3)
    assert left_out(harvest) == {"small": 5, "cut off": 5, "hidden": 10, "surplus": 2}
    assert (harvest.seen, harvest.kept) == (25, 3)
    (count,) = harvest.clips
    assert (count.frames, count.scenes, len(count.tracks)) == (5, 1, 5)
    assert re.search(r"^small +5  lower than --min-size$", harvest.table(), re.M)
    assert re.search(r"^kept +3  in 3 pictures of trainA and 0 of testA$", harvest.table(), re.M)
    # Who is not seen well is there, and has no mask.
    samples = find_samples(tmp_path / "data", "train", domain="A")
    assert [len(sample.masks) for sample in samples] == [1, 1, 1]


def test_the_result_can_be_checked_and_is_the_same_each_time(tmp_path: Path) -> None:
    clips = [
        film(tmp_path / f"{name}.mkv", 5, changing, ground=lambda _, n=n: n)
        for n, name in enumerate("ab")
    ]
    for domain in ("A", "B"):
        take(tmp_path / "data", *clips, domain=domain, test_share=0.5)
        take(tmp_path / "again", *clips, domain=domain, test_share=0.5)
    assert digests(tmp_path / "data") == digests(tmp_path / "again")
    report = check_set(tmp_path / "data")
    assert report.findings == ()
    assert [part.pictures for part in report.parts] == [5, 5]


def test_scenes_are_set_apart_as_a_whole_and_the_same_one_is_never_on_both_sides(
    tmp_path: Path,
) -> None:
    def other(index: int) -> list[Box]:
        return [Box(200, 70, coat=50 + index)]

    clips = [
        film(tmp_path / "a.mkv", 6, changing, ground=lambda _: 1),
        film(tmp_path / "copy.mkv", 9, lambda n: changing(n + 3), ground=lambda _: 1),
        film(tmp_path / "b.mkv", 4, other, ground=lambda _: 2),
    ]
    data = tmp_path / "data"
    harvest = take(data, *clips, test_share=0.3)
    # Three frames are in both clips.
    assert left_out(harvest) == {"alike": 3}
    assert {scene.name: (scene.same_as, scene.split) for scene in harvest.scenes} == {
        "a_s01": ("a_s01", "train"),
        "copy_s01": ("a_s01", "train"),
        "b_s01": ("b_s01", "test"),
    }
    assert {name[:1] for name in names(data)} == {"a", "c"}
    assert len(names(data, "test")) == 4
    assert "only 1 of 2 scenes of domain A in test" in harvest.warnings[0]


def test_a_cut_begins_a_new_scene(tmp_path: Path) -> None:
    def script(index: int) -> list[Box]:
        return [STANDING] if index < 4 else [Box(200, 70, coat=9)]

    clip = film(tmp_path / "joined.mkv", 8, script, ground=lambda index: index // 4)
    harvest = take(tmp_path / "data", clip)
    assert harvest.clips[0].scenes == 2
    assert names(tmp_path / "data") == ["joined_s01_f000000_t001", "joined_s02_f000004_t002"]


def test_samples_that_are_not_square_are_made_square(tmp_path: Path) -> None:
    clip = film(tmp_path / "wide.mkv", 2, standing, aspect=Fraction(2))
    take(tmp_path / "data", clip)
    (sample,) = find_samples(tmp_path / "data", "train", domain="A")
    _, (mask,) = read_sample(sample)
    assert int(mask.any(0).sum()) == 100
    assert int(mask.any(1).sum()) == 70


def test_what_there_is_of_a_clip_is_replaced_only_when_asked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    clip = film(tmp_path / "field.mkv", 5, changing)
    other = film(tmp_path / "field_2.mkv", 5, lambda n: changing(n + 20), ground=lambda _: 2)
    take(data, clip, other)
    before = digests(data)
    with pytest.raises(OutputExistsError, match=r"field_s01_f000000_t001\S* exists: add -y"):
        take(data, clip)
    assert digests(data) == before
    film(clip, 2, changing)
    take(data, clip, overwrite=True)
    kept = names(data)
    assert [name for name in kept if name.startswith("field_s")] == [
        "field_s01_f000000_t001",
        "field_s01_f000001_t001",
    ]
    assert len(kept) == 7


class Failing(RedSegmenter):
    """Works for the first eight frames."""

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        if frames[0].index >= 8:
            raise RuntimeError("out of memory")
        return super().segment(frames)


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    clip = film(tmp_path / "field.mkv", 10, changing)
    asked = ClipSet((str(clip),), tmp_path / "data", "A")
    with pytest.raises(RuntimeError):
        take_clips(asked, Failing())
    assert not (tmp_path / "data").exists()


def test_stopping_keeps_what_was_found_until_then(tmp_path: Path) -> None:
    clips = [
        film(tmp_path / f"{name}.mkv", 12, changing, ground=lambda _, n=n: n)
        for n, name in enumerate("ab")
    ]
    done: list[int] = []
    asked = ClipSet(tuple(map(str, clips)), tmp_path / "data", "A")
    harvest = take_clips(
        asked,
        RedSegmenter(),
        on_frame=lambda count, total: done.append(total),
        should_stop=lambda: len(done) >= 5,
    )
    assert harvest.is_stopped
    assert done == [24] * 5
    assert len(names(tmp_path / "data")) == 5
    assert [count.clip for count in harvest.clips] == [str(clips[0])]


def test_stopping_does_not_replace_what_is_there_by_less(tmp_path: Path) -> None:
    clip, data = film(tmp_path / "field.mkv", 12, changing), tmp_path / "data"
    take(data, clip)
    before = digests(data)
    asked = ClipSet((str(clip),), data, "A")
    with pytest.raises(RunStopped, match="what there was of these clips is kept"):
        take_clips(asked, RedSegmenter(), overwrite=True, should_stop=lambda: True)
    assert digests(data) == before


def test_no_more_views_wait_than_are_asked_for(tmp_path: Path) -> None:
    clip = film(tmp_path / "field.mkv", 40, changing)
    waiting: list[int] = []

    def count(done: int, total: int) -> None:
        waiting.append(len(list((tmp_path / "data").glob(".from-video-*/*"))))

    asked = ClipSet((str(clip),), tmp_path / "data", "A", ViewRules(per_track=4), 0)
    take_clips(asked, RedSegmenter(), on_frame=count)
    assert max(waiting) == 2 * 4
    assert len(names(tmp_path / "data")) == 4


def test_clips_that_cannot_be_used_are_refused_before_any_work(tmp_path: Path) -> None:
    clip = film(tmp_path / "field.mkv", 2, standing)
    with pytest.raises(InputNotFoundError, match=r"gone\.mkv"):
        take(tmp_path / "data", clip, tmp_path / "gone.mkv")
    with pytest.raises(UsageError, match=r"field\.mkv and .*field\.mkv would share names"):
        take(tmp_path / "data", clip, film(tmp_path / "b" / "field.mkv", 2, standing))
    with pytest.raises(InputError, match="None of 2 views in 1 clip can be kept: 2 small; see"):
        take(tmp_path / "data", clip, min_height_px=90)
    with pytest.raises(InputError, match="No such object in 1 clip; give another --class"):
        take(tmp_path / "data", film(tmp_path / "empty.mkv", 2, lambda n: []))
    assert not (tmp_path / "data").exists()


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Put the known segmenter in YOLO's place; return what it was asked for."""
    asked: dict[str, object] = {}

    def make(weights: str, **options) -> RedSegmenter:
        asked.update(options, weights=weights)
        return RedSegmenter()

    monkeypatch.setattr("instavid.segmenters.yolo.YoloSegmenter", make)
    return asked


def call(*arguments: str | Path) -> Result:
    asked = ["data", "from-video", *map(str, arguments), "--domain", "A", "--class", "sheep"]
    return CliRunner().invoke(root, asked)


def test_the_command_tells_what_it_kept(tmp_path: Path, seen: dict[str, object]) -> None:
    clip, data = film(tmp_path / "field.mkv", 4, changing), tmp_path / "data"
    asked = [clip, "-o", data, "--seg-model", "mine.pt"]
    done = call(*asked, "--conf", "0.4", "-d", "cpu")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(data)
    assert "frames 4, scenes 1, objects 1, views 4, kept 4" in done.stderr
    assert "the only scene of domain A is all in train" in done.stderr
    # A follower wants weak detections, too.
    assert (seen["weights"], seen["classes"], seen["conf"]) == ("mine.pt", ("sheep",), 0.1)
    again = call(*asked)
    assert isinstance(again.exception, OutputExistsError)
    report = json.loads(call(*asked, "-y", "--json", "--per-track", "2").stdout)
    assert report["schema"] == 1
    assert report["pictures"] == {"train": 2, "test": 0}
    assert report["left_out"]["surplus"] == 2
    assert report["clips"][0]["kept"] == 2
    assert report["scenes"] == [
        {"name": "field_s01", "same_as": "field_s01", "split": "train", "pictures": 2}
    ]


def test_a_damaged_clip_is_told_by_code_10(
    tmp_path: Path, seen: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = film(tmp_path / "whole.mkv", 12, changing).read_bytes()
    half, data = tmp_path / "half.mkv", tmp_path / "data"
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SystemExit) as ended:
        main(["data", "from-video", str(half), "-o", str(data), "--domain", "A", "--class", "x"])
    assert ended.value.code == 10
    assert "half.mkv is damaged; what could be read is in" in capsys.readouterr().err
    assert 0 < len(names(data)) < 12
