"""A data set is checked as a whole, and everything that is wrong with it is told at once."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from known_pairs import HEIGHT, WIDTH, Box, write_picture
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from instavid.cli import root
from instavid.datasets.check import check_set
from instavid.errors import InputError, InputNotFoundError

LEFT, RIGHT, EDGE = (2, 2, 34, 50), (50, 10, 82, 42), (30, 2, 46, 50)
AREA = HEIGHT * WIDTH


def add(folder: Path, stem: str, *boxes: Box, split: str = "train", domain="A") -> None:
    colour = (len(list(folder.rglob("*"))), 9, 9)  # no two pictures are the same
    write_picture(folder, stem, [(colour, box) for box in boxes], domain=domain, split=split)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    add(tmp_path, "one", LEFT)
    add(tmp_path, "two", LEFT, RIGHT)
    add(tmp_path, "three", LEFT, EDGE, RIGHT)
    add(tmp_path, "one", RIGHT, domain="B")
    add(tmp_path, "two", RIGHT, LEFT, domain="B")
    return tmp_path


def told(folder: Path) -> list[tuple[str, str]]:
    return [(f.status, f.path.relative_to(folder).as_posix()) for f in check_set(folder).findings]


def test_a_sound_set_is_told_in_figures_alone(data: Path) -> None:
    add(data, "four", LEFT, split="test")
    add(data, "four", LEFT, split="test", domain="B")
    seen: list[tuple[int, int]] = []
    report = check_set(data, on_picture=lambda *now: seen.append(now))
    assert report.findings == ()
    assert seen == [(n, 7) for n in range(1, 8)]
    places = [(part.split, part.domain, part.pictures, part.masks) for part in report.parts]
    assert places == [
        *(("train", "A", 3, 6), ("train", "B", 2, 3)),
        *(("test", "A", 1, 1), ("test", "B", 1, 1)),
    ]
    first = report.parts[0]
    assert first.instances is not None
    assert (first.instances.low, first.instances.median, first.most) == (1.5, 2, 3)
    assert first.area is not None
    # Shares of LEFT, three times, RIGHT, twice, and EDGE.
    large, middle, small = (size / AREA for size in (32 * 48, 32 * 32, 16 * 48))
    assert first.area.median == pytest.approx((large + middle) / 2)
    assert (first.area.low, first.area.high) == pytest.approx((middle, large))
    assert first.smallest == (small, data / "trainA_seg" / "three_1.png")
    assert [part.overlapping for part in report.parts] == [1, 0, 0, 0]


def test_everything_wrong_is_told_at_once_and_by_file(data: Path) -> None:
    pictures, masks = data / "trainA", data / "trainA_seg"
    Image.new("RGB", (WIDTH, HEIGHT)).save(pictures / "bare.webp")
    Image.new("RGB", (WIDTH, HEIGHT)).save(pictures / "one.jpg")
    Image.new("L", (WIDTH, HEIGHT), 255).save(masks / "ghost_0.png")
    Image.new("L", (WIDTH, HEIGHT), 255).save(masks / "bare.png")
    (pictures / "two.png").write_bytes((pictures / "two.png").read_bytes()[:70])
    (masks / "two_0.png").write_text("no picture")
    (masks / "notes.txt").write_text("not of the set")
    for index, side in enumerate((WIDTH, WIDTH + 1)):
        Image.new("L", (side, HEIGHT), 1).save(masks / f"three_{index}.png")
    for name in ("two_7.png", "two_8.png"):
        Image.new("L", (WIDTH, HEIGHT), 255).save(data / "trainB_seg" / name)
    findings = check_set(data).findings
    lines = {f"{f.status} {f.path.parent.name}/{f.path.name} {f.detail}" for f in findings}
    expected = {
        "problem trainA/bare.webp has no mask; add bare_0.png",
        "problem trainA/one.png shares its masks with one.jpg",
        "problem trainA/two.png cannot be read (damaged, or no picture)",
        "problem trainA_seg/ghost_0.png has no picture 'ghost'",
        "problem trainA_seg/two_0.png cannot be read (damaged, or no picture)",
        "problem trainA_seg/three_1.png is 97x64, its picture 96x64",
        "warning trainA_seg/bare.png is not read: masks of picture NAME are NAME_0.png",
        "warning trainA_seg/three_0.png is empty: its brightest pixel is 1",
        "warning trainB_seg/two_7.png covers 100.0% of the picture",
        "warning trainB_seg/two_8.png covers 100.0% of the picture",
        "warning trainB_seg/two_8.png overlaps two_7.png with IoU 1.00",
    }
    assert {next((e for e in expected if line.startswith(e)), line) for line in lines} == expected
    assert len(findings) == len(expected)


def test_a_mask_may_cover_much_and_two_may_overlap_somewhat(data: Path) -> None:
    add(data, "near", (0, 0, 90, HEIGHT))  # 93.75 %
    add(data, "pair", (0, 0, 40, 40), (0, 10, 40, 50))  # IoU 0.6
    add(data, "same", (0, 0, 40, 40), (0, 0, 40, 56))  # IoU 0.71
    add(data, "more", LEFT, EDGE, RIGHT, domain="B")
    assert told(data) == [("warning", "trainA_seg/same_1.png")]


def test_folders_that_are_missing_or_empty_are_told_once(data: Path) -> None:
    for path in (data / "trainB_seg").iterdir():
        path.unlink()
    add(data, "four", LEFT, split="val")
    assert told(data) == [
        ("problem", "trainB_seg"),
        ("problem", "valB"),
        ("problem", "valB_seg"),
    ]
    (data / "trainA").rename(data / "elsewhere")
    assert ("problem", "trainA") in told(data)


def test_a_domain_of_empty_masks_cannot_be_trained_on(data: Path) -> None:
    for path in (data / "trainB_seg").iterdir():
        Image.new("L", (WIDTH, HEIGHT)).save(path)
    assert told(data)[0] == ("problem", "trainB_seg")
    assert told(data)[1:] == [
        ("warning", f"trainB_seg/{name}.png") for name in ("one_0", "two_0", "two_1")
    ]


def test_a_picture_of_train_in_test_is_told_whatever_its_name(data: Path) -> None:
    for domain in ("A", "B"):
        add(data, "four", LEFT, split="test", domain=domain)
    twin = (data / "trainB" / "two.png").read_bytes()
    (data / "testA" / "four.png").write_bytes(twin)
    (finding,) = check_set(data).findings
    assert (finding.status, finding.path.name) == ("warning", "four.png")
    assert "is trainB/two.png byte for byte" in finding.detail


def test_a_domain_with_more_than_twice_the_masks_is_told(data: Path) -> None:
    (data / "trainB_seg" / "two_1.png").unlink()
    (finding,) = check_set(data).findings
    assert finding.path == data / "trainA"
    assert "3.0 times as many masks as trainB" in finding.detail


def test_what_is_no_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match=r"No folder .*nowhere"):
        check_set(tmp_path / "nowhere")
    (tmp_path / "DATA").mkdir()
    with pytest.raises(InputError, match=r"No data set in .*; the layout is trainA"):
        check_set(tmp_path)


def test_the_command_prints_a_table_or_json_and_ends_with_3(data: Path) -> None:
    sound = CliRunner().invoke(root, ["data", "check", str(data)], standalone_mode=False)
    assert (sound.return_value, len(sound.stdout.splitlines())) == (0, 3)
    assert sound.stdout.splitlines()[1].split()[:6] == ["train", "A", "3", "6", "2.00", "3"]
    (data / "trainA" / "bare.png").write_bytes(b"")
    faulty = CliRunner().invoke(root, ["data", "check", str(data)], standalone_mode=False)
    assert faulty.return_value == 3
    assert [line.split()[:2] for line in faulty.stdout.splitlines()[3:]] == [
        ["problem", "trainA/bare.png"]
    ] * 2
    assert f"2 problems in {data}" in faulty.stderr
    asked = CliRunner().invoke(root, ["data", "check", str(data), "--json"], standalone_mode=False)
    assert asked.return_value == 3
    report = json.loads(asked.stdout)
    assert (report["schema"], report["ok"]) == (1, False)
    assert [part["masks"] for part in report["parts"]] == [6, 3]
    assert report["parts"][0]["smallest"]["file"] == "trainA_seg/three_1.png"
    assert {found["file"] for found in report["findings"]} == {"trainA/bare.png"}


@pytest.mark.parametrize("side", [9000, 12000], ids=["81 MP", "144 MP"])
def test_a_picture_that_unpacks_to_gigabytes_is_a_problem_and_never_decoded(
    data: Path, side: int, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    bomb = data / "trainA" / "one.png"
    Image.new("1", (side, side)).save(bomb)
    assert bomb.stat().st_size < 200_000
    loaded: list[tuple[int, int]] = []
    load = PngImageFile.load
    monkeypatch.setattr(PngImageFile, "load", lambda file: loaded.append(file.size) or load(file))
    (finding,) = [f for f in check_set(data).findings if f.path == bomb]
    assert finding.status == "problem"
    assert "more than 67108864 pixels" in finding.detail
    assert loaded
    assert (side, side) not in loaded
    assert not recwarn.list
