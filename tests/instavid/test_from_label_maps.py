"""Photos with label maps, as Clothing Co-Parsing and Multi-Human Parsing have them."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from scipy.io import savemat

from instagan.data.layout import find_samples
from instagan.data.reading import read_sample
from instavid.cli import root
from instavid.datasets.from_ccp import read_ccp
from instavid.datasets.from_mhp import CLASSES, read_list, read_mhp
from instavid.errors import InputError, InputNotFoundError, UsageError

HEIGHT, WIDTH = 20, 12
NOTHING, BAG, HAT = 0, 1, 2


def photo(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (WIDTH, HEIGHT), (90, 120, 30)).save(path)
    return path


def labels(*, number: int, rows: slice) -> np.ndarray:
    """Return a label map with one class in some rows."""
    found = np.zeros((HEIGHT, WIDTH), np.uint8)
    found[rows] = number
    return found


def run(command: str, source: Path, *more: str) -> Result:
    asked = ["data", command, str(source), str(source.parent / "data"), "--domain", "A"]
    return CliRunner().invoke(root, [*asked, *more])


@pytest.fixture
def ccp(tmp_path: Path) -> Path:
    """Write a photo with a bag and a hat, one with neither, and two of which a file is wrong."""
    folder = tmp_path / "ccp"
    maps = folder / "annotations" / "pixel-level"
    maps.mkdir(parents=True)
    names = np.array(["null", "bag", "hat"], object).reshape(1, 3)
    savemat(folder / "label_list.mat", {"label_list": names})
    both = labels(number=BAG, rows=slice(0, 5)) + labels(number=HAT, rows=slice(5, 8))
    savemat(maps / "0001.mat", {"groundtruth": both})
    savemat(maps / "0002.mat", {"groundtruth": labels(number=NOTHING, rows=slice(0))})
    (maps / "0003.mat").write_bytes((maps / "0001.mat").read_bytes()[:150])
    savemat(maps / "0004.mat", {"groundtruth": both})
    for number in (1, 2, 3):
        photo(folder / "photos" / f"000{number}.jpg")
    return folder


def test_ccp_gives_one_mask_of_all_that_is_of_the_classes(
    ccp: Path, caplog: pytest.LogCaptureFixture
) -> None:
    done = run("from-ccp", ccp, "--class", "bag", "--class", "hat")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(ccp.parent / "data")
    assert done.stderr.startswith("1 of 4 annotated pictures, 1 masks; left out: 0 crowds")
    assert "1 pictures with none left, 1 damaged, 1 not there" in done.stderr
    assert "0003.mat" in caplog.text
    (sample,) = find_samples(ccp.parent / "data", "train", domain="A")
    assert sample.image.read_bytes() == (ccp / "photos" / "0001.jpg").read_bytes()
    expected = np.zeros((1, HEIGHT, WIDTH), bool)
    expected[0, :8] = True
    np.testing.assert_array_equal(read_sample(sample)[1], expected)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"groundtruth": np.zeros((HEIGHT, WIDTH + 1), np.uint8)}, "is 12x20, but 13x20 in"),
        ({"groundtruth": np.zeros((HEIGHT, WIDTH, 2), np.uint8)}, "no label map: 3 axes"),
        ({"groundtruth": np.zeros((HEIGHT, WIDTH))}, "no label map: 2 axes of float64"),
        ({"tags": np.zeros(3)}, "holds no 'groundtruth'"),
    ],
)
def test_a_file_that_is_no_label_map_of_its_photo_is_told(
    content: dict[str, np.ndarray], told: str, ccp: Path
) -> None:
    path = ccp / "annotations" / "pixel-level" / "0001.mat"
    savemat(path, content)
    found = read_ccp(ccp, ["bag"])
    with pytest.raises(InputError, match=told):
        found.find_masks(ccp / "photos" / "0001.jpg", np.zeros((HEIGHT, WIDTH, 3), np.uint8))


def test_what_ccp_does_not_have_is_told(ccp: Path) -> None:
    with pytest.raises(UsageError, match=r"No class 'hats' in .*\. Did you mean 'hat'\?"):
        read_ccp(ccp, ["hats"])
    with pytest.raises(UsageError, match="No class 'null'"):
        read_ccp(ccp, ["null"])
    with pytest.raises(InputNotFoundError, match=r"No folder .*nowhere"):
        read_ccp(ccp / "nowhere", ["hat"])
    for path in (ccp / "annotations" / "pixel-level").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="No label map in"):
        read_ccp(ccp, ["hat"])
    (ccp / "label_list.mat").write_text("not MATLAB at all, but long enough for its header " * 9)
    with pytest.raises(InputError, match=r"Cannot read .*label_list\.mat"):
        read_ccp(ccp, ["hat"])


def person(folder: Path, name: str, part: str, rows: slice, *, channels: bool = False) -> None:
    """Write the label map of a person."""
    found = labels(number=CLASSES.index(part), rows=rows)
    path = folder / "annotations" / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.stack([found] * 3, axis=-1) if channels else found).save(path)


@pytest.fixture
def mhp(tmp_path: Path) -> Path:
    """Write a photo of three people, two with bags, and others of which something is wrong."""
    folder = tmp_path / "mhp"
    person(folder, "0001_03_01", "bag", slice(0, 4))
    person(folder, "0001_03_02", "hat", slice(0, 4))
    person(folder, "0001_03_03", "bag", slice(9, 20), channels=True)
    person(folder, "0002_02_02", "bag", slice(0, 4))
    person(folder, "0003_01_01", "bag", slice(0, 4))
    (folder / "annotations" / "0003_01_01.png").write_bytes(b"no picture")
    person(folder, "0004_01_01", "bag", slice(0, 4))
    person(folder, "0005_01_01", "bag", slice(0, 4))
    for number in (1, 2, 3, 5):
        photo(folder / "images" / f"000{number}.jpg")
    (folder / "train_list.txt").write_text("0001.jpg\n0002.jpg\n0003.jpg\n0004.jpg\n")
    return folder


def test_mhp_gives_each_person_a_mask(mhp: Path, caplog: pytest.LogCaptureFixture) -> None:
    done = run("from-mhp", mhp, "--class", "bag", "--list", str(mhp / "train_list.txt"))
    assert done.exit_code == 0, done.output
    assert done.stderr.startswith("1 of 4 annotated pictures, 2 masks; left out: 0 crowds")
    assert "0 pictures with none left, 2 damaged, 1 not there" in done.stderr
    assert "0002.jpg has label maps of 1 of 2 persons" in caplog.text
    assert "Cannot read" in caplog.text
    (sample,) = find_samples(mhp.parent / "data", "train", domain="A")
    expected = np.zeros((2, HEIGHT, WIDTH), bool)
    expected[0, :4] = expected[1, 9:] = True
    np.testing.assert_array_equal(read_sample(sample)[1], expected)
    assert len(read_mhp(mhp, ["bag"]).pictures) == 4, "without a list, all"


def test_the_classes_of_mhp_have_the_numbers_of_its_label_maps() -> None:
    assert len(CLASSES) == 19
    assert [CLASSES.index(name) for name in ("skirt", "pants", "torso-skin")] == [5, 6, 18]


def test_what_mhp_does_not_have_is_told(mhp: Path) -> None:
    with pytest.raises(UsageError, match=r"No class 'bags' in .*v1\. Did you mean 'bag'\?"):
        read_mhp(mhp, ["bags"])
    with pytest.raises(UsageError, match="No class 'background'"):
        read_mhp(mhp, ["background"])
    with pytest.raises(InputNotFoundError, match=r"No folder .*nowhere"):
        read_mhp(mhp / "nowhere", ["bag"])
    with pytest.raises(InputError, match="No label map of these photos"):
        read_mhp(mhp, ["bag"], {"0009"})
    with pytest.raises(InputError, match="Cannot read the list"):
        read_list(mhp / "val_list.txt")


@pytest.mark.parametrize("command", ["from-ccp", "from-mhp"])
def test_help_says_that_the_task_on_clothes_is_withdrawn(command: str) -> None:
    done = CliRunner().invoke(root, ["data", command, "-h"])
    assert "withdrawn" in done.stdout
