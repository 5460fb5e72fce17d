"""The folder layout of training data."""

from pathlib import Path

import pytest

from instagan.data.layout import find_samples, find_splits, image_path, mask_path
from instagan.errors import ConfigError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for stem, indices in (("a", (0, 2, 10)), ("a_1", (0,))):
        write(image_path(tmp_path, "train", domain="A", stem=stem))
        for index in indices:
            write(mask_path(tmp_path, "train", domain="A", stem=stem, index=index))
    return tmp_path


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_masks_follow_their_index_and_similar_names_keep_apart(root):
    samples = find_samples(root, "train", domain="A")
    told = [(s.image.name, [mask.name for mask in s.masks]) for s in samples]
    assert told == [("a.png", ["a_0.png", "a_2.png", "a_10.png"]), ("a_1.png", ["a_1_0.png"])]


def test_other_files_are_left_alone(root):
    write(root / "trainA" / "Thumbs.db")
    write(root / "trainA_seg" / "notes.txt")
    assert len(find_samples(root, "train", domain="A")) == 2


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("trainA/bare.webp", r"1 of 3 pictures have no mask .*add bare_0\.png"),
        ("trainA/a.jpg", "share their masks"),
        ("trainA_seg/ghost_0.png", "has no picture 'ghost'"),
    ],
)
def test_what_does_not_belong_together_is_named(root, path, told):
    write(root / path)
    with pytest.raises(ConfigError, match=told):
        find_samples(root, "train", domain="A")


def test_missing_and_empty_folders_are_named(root):
    with pytest.raises(ConfigError, match=r"No folder .*trainB"):
        find_samples(root, "train", domain="B")
    (root / "testA").mkdir()
    (root / "testA_seg").mkdir()
    with pytest.raises(ConfigError, match="No pictures in"):
        find_samples(root, "test", domain="A")


def test_splits_are_found_by_two_of_their_folders(root):
    for name in ("DATA", "testA", "testB_seg", "holdA", "holdB", "notes"):
        (root / name).mkdir()
    (root / "valA").touch()
    (root / "valB").mkdir()
    assert find_splits(root) == ("train", "hold", "test")
    with pytest.raises(ConfigError, match="No data set in"):
        find_splits(root / "notes")
