"""Photos become a domain of a data set that training reads."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from instagan.data.layout import find_samples
from instagan.data.reading import read_sample
from instavid.cli import root
from instavid.datasets.collecting import Collected, Place, collect
from instavid.datasets.from_images import find_photos, masks_by
from instavid.errors import (
    InputError,
    InputNotFoundError,
    OutputError,
    OutputExistsError,
    UsageError,
)
from instavid.types import Frame, Instances

RED, BLUE = (250, 0, 0), (0, 0, 250)


class RedThings:
    """A segmenter that finds each half of a picture, if it has red in it."""

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        return [self._find(frame.rgb()) for frame in frames]

    def _find(self, rgb: np.ndarray) -> Instances:
        red = rgb[..., 0] > 200
        left = np.arange(red.shape[1]) < red.shape[1] // 2
        masks = [part for part in (red & left, red & ~left) if part.any()]
        found = np.array(masks, bool).reshape(-1, *red.shape)
        return Instances.from_full(found, ["horse"] * len(masks), [0.9] * len(masks))


def save(path: Path, *spots: tuple[int, int], size: tuple[int, int] = (41, 30), **how) -> Path:
    """Write a blue photo, (width, height) large, with red squares at (x, y)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGB", size, BLUE)
    for x, y in spots:
        picture.paste(RED, (x, y, x + 8, y + 8))
    picture.save(path, **how)
    return path


def collect_from(photos: Path, folder: Path, **options) -> Collected:
    return collect(find_photos(photos), masks_by(RedThings()), Place(folder, "A"), **options)


def test_photos_with_an_object_are_copied_and_each_object_gets_its_mask(tmp_path: Path) -> None:
    photos, data = tmp_path / "photos", tmp_path / "data"
    two = save(photos / "two.png", (2, 3), (30, 20))
    save(photos / "none.png")
    save(photos / "dot.webp", (2, 3), size=(400, 300), lossless=True)
    (photos / "broken.jpg").write_bytes(two.read_bytes()[:60])
    (photos / "notes.txt").write_text("not a photo")
    seen: list[tuple[int, int]] = []
    done = collect_from(photos, data, on_picture=lambda *now: seen.append(now))
    assert done == Collected(pictures=1, masks=2, small=1, bare=2, unreadable=1)
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    (sample,) = find_samples(data, "train", domain="A")
    assert sample.image.read_bytes() == two.read_bytes()
    _, masks = read_sample(sample)
    expected = np.zeros((2, 30, 41), bool)
    expected[0, 3:11, 2:10] = expected[1, 20:28, 30:38] = True
    np.testing.assert_array_equal(masks.numpy(), expected)
    assert collect_from(photos, data, least=0.0005, overwrite=True).pictures == 2


def test_a_photo_that_lies_on_its_side_gets_masks_as_it_is_seen(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    save(tmp_path / "photos" / "tall.png", (2, 3), exif=exif)
    collect_from(tmp_path / "photos", tmp_path / "data")
    (sample,) = find_samples(tmp_path / "data", "train", domain="A")
    picture, (mask,) = read_sample(sample)
    assert picture.shape == (3, 41, 30)
    assert bool((picture[0] > 200)[mask].all())
    assert int(mask.sum()) == 64


def test_what_is_there_is_kept_or_replaced_with_its_masks_alone(tmp_path: Path) -> None:
    photos, data = tmp_path / "photos", tmp_path / "data"
    save(photos / "a.png", (2, 3), (30, 20))
    save(photos / "a_1.png", (2, 3), (30, 20))
    collect_from(photos, data)
    again = save(tmp_path / "again" / "a.png", (2, 3))
    with pytest.raises(OutputExistsError, match=r"a\.png exists: add -y"):
        collect_from(again.parent, data)
    collect_from(again.parent, data, overwrite=True)
    first, second = find_samples(data, "train", domain="A")
    assert [len(sample.masks) for sample in (first, second)] == [1, 2]
    assert first.image.read_bytes() == again.read_bytes()
    with pytest.raises(UsageError, match=r"in .*trainA itself"):
        collect_from(data / "trainA", data, overwrite=True)


def test_a_mask_that_cannot_be_removed_is_told(tmp_path: Path) -> None:
    photos, data = tmp_path / "photos", tmp_path / "data"
    save(photos / "a.png", (2, 3))
    (data / "trainA_seg" / "a_0.png").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"cannot remove .*a_0\.png"):
        collect_from(photos, data, overwrite=True)


def test_folders_without_photos_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match=r"No folder .*nowhere"):
        find_photos(tmp_path / "nowhere")
    with pytest.raises(InputError, match="No photo in"):
        find_photos(tmp_path)
    save(tmp_path / "a.png")
    save(tmp_path / "a.jpg")
    with pytest.raises(UsageError, match=r"a\.jpg and a\.png share a name"):
        find_photos(tmp_path)


def test_the_command_says_what_became_of_the_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(weights: str, **options) -> RedThings:
        assert (weights, options["classes"], options["conf"]) == ("mine.pt", ("horse",), 0.3)
        return RedThings()

    monkeypatch.setattr("instavid.segmenters.yolo.YoloSegmenter", make)
    save(tmp_path / "photos" / "one.png", (2, 3))
    save(tmp_path / "photos" / "none.png")
    asked = ["data", "from-images", str(tmp_path / "photos"), str(tmp_path / "data")]
    asked += ["--domain", "B", "--class", "horse", "--seg-model", "mine.pt", "--conf", "0.3"]
    done = CliRunner().invoke(root, asked)
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(tmp_path / "data")
    assert "1 of 2 photos, 1 masks; 1 show no horse, 0 cannot be read" in done.stderr
    assert len(find_samples(tmp_path / "data", "train", domain="B")) == 1
    (tmp_path / "photos" / "one.png").unlink()
    asked[3] = str(tmp_path / "empty")
    refused = CliRunner().invoke(root, asked)
    assert isinstance(refused.exception, InputError)
    assert "None of 1 photos can be used: 1 show no horse" in str(refused.exception)
    assert not (tmp_path / "empty").exists()


def test_a_photo_that_unpacks_to_gigabytes_is_left_out_and_counted(tmp_path: Path) -> None:
    photos, data = tmp_path / "photos", tmp_path / "data"
    save(photos / "red.png", (2, 3))
    Image.new("1", (12000, 12000)).save(photos / "bomb.png")
    assert collect_from(photos, data).unreadable == 1
    assert [sample.image.stem for sample in find_samples(data, "train", domain="A")] == ["red"]
