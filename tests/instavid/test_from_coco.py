"""Pictures with COCO annotations become a domain of a data set that training reads."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from instagan.data.layout import find_samples
from instagan.data.reading import read_sample
from instavid.cli import root
from instavid.datasets.coco_masks import decode_segmentation, read_counts
from instavid.datasets.from_coco import read_coco
from instavid.errors import InputError, InputNotFoundError, OutputExistsError, UsageError

HEIGHT, WIDTH = 30, 41
SHEEP, COW, BIRD = 7, 9, 11
SQUARE = [2, 3, 10, 3, 10, 11, 2, 11]


def square_mask() -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[3:11, 2:10] = True
    return mask


def runs(mask: np.ndarray) -> list[int]:
    """Encode a mask down its columns, the pixels outside first."""
    counts, inside = [0], False
    for pixel in mask.T.ravel():
        if pixel != inside:
            counts.append(0)
            inside = bool(pixel)
        counts[-1] += 1
    return counts


def compress(counts: list[int]) -> str:
    """Write run lengths as COCO does, five bits a character."""
    text = ""
    for index, count in enumerate(counts):
        rest = count - counts[index - 2] if index > 2 else count
        while True:
            bits, rest = rest & 31, rest >> 5
            ends = rest == (-1 if bits & 16 else 0)
            text += chr(48 + bits + (0 if ends else 32))
            if ends:
                break
    return text


def rle(counts: Any, size: tuple[int, int] = (HEIGHT, WIDTH)) -> dict[str, Any]:
    return {"size": list(size), "counts": counts}


def decode(segmentation: object) -> np.ndarray:
    return decode_segmentation(segmentation, height=HEIGHT, width=WIDTH)


@pytest.mark.parametrize(
    "segmentation",
    [
        [SQUARE],
        [[2, 3, 10, 3, 10, 7, 2, 7], [2, 6, 10, 6, 10, 11, 2, 11]],
        rle(runs(square_mask())),
        rle(compress(runs(square_mask()))),
    ],
    ids=["polygon", "two polygons that overlap", "run lengths", "compressed"],
)
def test_every_kind_of_outline_gives_the_same_square(segmentation: object) -> None:
    np.testing.assert_array_equal(decode(segmentation), square_mask())


def test_compressed_run_lengths_are_those_computed_by_hand() -> None:
    # 40 = 8 + 32 (more: 8 + 32 -> 'X') and 1 ('1'); 5 = '5'; then 16 needs a second character, as
    # its highest bit would be a sign: 16 + 32 -> '`', '0'; then 2 - 5 = -3 = 29 of 32 -> 'M'.
    assert read_counts("X15`0M") == [40, 5, 16, 2]
    assert read_counts("") == []


def test_run_lengths_of_any_mask_survive_the_way_there_and_back() -> None:
    rng = np.random.default_rng(3)
    for share in (0.0, 0.01, 0.5, 0.99, 1.0):
        mask = rng.random((HEIGHT, WIDTH)) < share
        np.testing.assert_array_equal(decode(rle(runs(mask))), mask)
        np.testing.assert_array_equal(decode(rle(compress(runs(mask)))), mask)


def test_a_polygon_holds_the_pixels_whose_centre_it_holds() -> None:
    # The triangle (0, 0) (4, 0) (0, 4) has the centres with x + y < 4 inside.
    rows, columns = np.indices((HEIGHT, WIDTH)) + 0.5
    triangle = rows + columns < 4
    np.testing.assert_array_equal(decode([[0, 0, 4, 0, 0, 4]]), triangle)
    beyond = decode([[-50, -50, 30.5, -50, 30.5, 90, -50, 90]])
    np.testing.assert_array_equal(beyond, columns < 30.5)
    assert not decode([[5, 5, 9, 5, 7, 5]]).any()


def test_points_and_lines_beside_an_outline_are_nothing() -> None:
    square = [2, 3, 8, 3, 8, 9, 2, 9]
    alone, beside = (
        decode_segmentation(outline, height=HEIGHT, width=WIDTH)
        for outline in ([square], [[1, 1], square, [1, 1, 20, 20]])
    )
    assert alone.sum() == 36
    np.testing.assert_array_equal(beside, alone)


@pytest.mark.parametrize(
    ("segmentation", "told"),
    [
        (None, "no outline"),
        ([], "no outline"),
        ([[1, 2, 3, 4]], "without three corners"),
        ([[1, 2, 3, 4, 5, 6, 7]], "x and y by turns"),
        ([[1, 2, 3, 4, 5, "6"]], "no numbers"),
        ([[1, 2, 3, 4, 5, float("nan")]], "no numbers"),
        (rle([HEIGHT * WIDTH - 1]), "for 1229 of 1230 pixels"),
        (rle([-1, HEIGHT * WIDTH + 1]), "damaged run lengths"),
        (rle(None), "damaged run lengths"),
        (rle([], (WIDTH, HEIGHT)), r"for \[41, 30\]"),
        (rle("X"), "break off"),
        (rle("4 "), "has ' ' in"),
    ],
)
def test_damaged_outlines_are_refused(segmentation: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        decode(segmentation)


def outline(image: int, category: int, segmentation: object, **more: object) -> dict[str, Any]:
    return {
        "id": 100 + image,
        "image_id": image,
        "category_id": category,
        "segmentation": segmentation,
        **more,
    }


@pytest.fixture
def flock(tmp_path: Path) -> Path:
    """Write five of six pictures that are annotated, and the annotations."""
    images = [
        {"id": number, "file_name": f"{number}.png", "height": HEIGHT, "width": WIDTH}
        for number in range(1, 7)
    ]
    (tmp_path / "photos").mkdir()
    for entry in images[:5]:
        color = (10 * entry["id"], 200, 0)
        Image.new("RGB", (WIDTH, HEIGHT), color).save(tmp_path / "photos" / entry["file_name"])
    speck = [0, 0, 3, 0, 3, 3, 0, 3]
    whole = [0, 0, WIDTH, 0, WIDTH, HEIGHT, 0, HEIGHT]
    annotations = [
        outline(1, SHEEP, [SQUARE]),
        outline(1, COW, rle(compress(runs(~square_mask())))),
        outline(1, SHEEP, [speck]),
        outline(1, BIRD, [whole]),
        outline(2, SHEEP, rle([0, HEIGHT * WIDTH]), iscrowd=1),
        outline(3, BIRD, [whole]),
        outline(4, COW, [whole], iscrowd=0),
        outline(5, COW, rle("X")),
        outline(6, COW, [whole]),
    ]
    names = {SHEEP: "sheep", COW: "cow", BIRD: "bird"}
    content = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for number, name in names.items()],
    }
    path = tmp_path / "flock.json"
    path.write_text(json.dumps(content))
    return path


def run(annotations: Path, *more: str) -> Result:
    folder = annotations.parent
    asked = ["data", "from-coco", annotations, folder / "photos", folder / "data", "--domain", "B"]
    return CliRunner().invoke(root, [*map(str, asked), *more])


def test_the_command_takes_what_is_of_the_classes_and_counts_the_rest(
    flock: Path, caplog: pytest.LogCaptureFixture
) -> None:
    done = run(flock, "--class", "sheep", "--class", "cow")
    assert done.exit_code == 0, done.output
    data = flock.parent / "data"
    assert done.stdout.strip() == str(data)
    assert done.stderr.strip() == (
        "2 of 5 annotated pictures, 3 masks; left out: 1 crowds, 1 objects below --least, "
        "1 pictures with none left, 1 damaged, 1 not there (the first is "
        f"{flock.parent / 'photos' / '6.png'})"
    )
    assert "5.png: its annotation 105 in flock.json has run lengths that break off" in caplog.text
    first, fourth = find_samples(data, "train", domain="B")
    assert first.image.read_bytes() == (flock.parent / "photos" / "1.png").read_bytes()
    np.testing.assert_array_equal(read_sample(first)[1], [square_mask(), ~square_mask()])
    np.testing.assert_array_equal(read_sample(fourth)[1], np.ones((1, HEIGHT, WIDTH)))

    again = run(flock, "--class", "cow")
    assert isinstance(again.exception, OutputExistsError)
    assert len(find_samples(data, "train", domain="B")[0].masks) == 2
    assert run(flock, "--class", "cow", "-y").exit_code == 0
    assert len(find_samples(data, "train", domain="B")[0].masks) == 1
    assert run(flock, "--class", "sheep", "--least", "0", "--split", "test").exit_code == 0
    (alone,) = find_samples(data, "test", domain="B")
    assert [int(mask.sum()) for mask in read_sample(alone)[1]] == [64, 9]


def test_a_picture_of_another_size_than_its_annotations_is_left_out(flock: Path) -> None:
    Image.new("RGB", (WIDTH, HEIGHT + 1)).save(flock.parent / "photos" / "4.png")
    found = read_coco(flock, flock.parent / "photos", ["cow"])
    picture = flock.parent / "photos" / "4.png"
    with pytest.raises(InputError, match=r"4\.png is 41x31, but 41x30 in flock\.json"):
        found.find_masks(picture, np.zeros((HEIGHT + 1, WIDTH, 3), np.uint8))


def test_what_cannot_be_asked_for_is_told(flock: Path) -> None:
    photos = flock.parent / "photos"
    with pytest.raises(UsageError, match=r"No class 'sheeps' in .*flock\.json\. Did you .*'sheep'"):
        read_coco(flock, photos, ["sheeps"])
    with pytest.raises(InputNotFoundError, match="No folder"):
        read_coco(flock, photos / "nowhere", ["sheep"])
    with pytest.raises(InputNotFoundError, match="No annotations"):
        read_coco(flock.parent / "none.json", photos, ["sheep"])
    refused = run(flock, "--class", "cow", "--least", "1", "--split", "other")
    assert refused.exit_code == 0, "the fourth is a cow all over"
    (photos / "4.png").unlink()
    refused = run(flock, "--class", "cow", "--least", "1", "--split", "last")
    assert isinstance(refused.exception, InputError)
    assert "None of 4 annotated pictures can be used" in str(refused.exception)
    assert not (flock.parent / "data" / "lastB").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "no COCO instance file"),
        ("[]", "it is a list"),
        ('{"categories": []}', "no list 'images'"),
        ('{"categories": [{"id": 1}], "images": [], "annotations": []}', r"\[0\] has no 'name'"),
        (
            '{"categories": [], "images": [{"id": [], "file_name": "a"}], "annotations": []}',
            r"images\[0\] has no 'id'",
        ),
        (
            '{"categories": [], "images": [], "annotations": [{"image_id": 1, "category_id": 1}]}',
            r"annotations\[0\] is of an image that is not listed",
        ),
        (
            '{"categories": [{"id": 1, "name": "sheep"}], "images": [], "annotations": []}',
            "No picture in .* shows sheep",
        ),
    ],
)
def test_files_that_are_no_instance_files_are_told(content: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError, match=told):
        read_coco(tmp_path / "a.json", tmp_path, ["sheep"])


def test_pictures_that_would_share_their_masks_are_told(tmp_path: Path) -> None:
    images = [{"id": n, "file_name": f"{n}/a.png"} for n in (1, 2)]
    for entry in images:
        (tmp_path / entry["file_name"]).parent.mkdir()
        Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / entry["file_name"])
    content = {
        "images": images,
        "annotations": [outline(1, SHEEP, [SQUARE]), outline(2, SHEEP, [SQUARE])],
        "categories": [{"id": SHEEP, "name": "sheep"}],
    }
    (tmp_path / "two.json").write_text(json.dumps(content))
    with pytest.raises(UsageError, match="share a name"):
        read_coco(tmp_path / "two.json", tmp_path, ["sheep"])
