"""The demonstration from end to end, small, with a pair that was never trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch

from instagan.config import GeneratorConfig
from instagan.models.build import build_generator
from instagan.pairs import Card, Domain, pairs_folder, save_pair
from instavid.cli import main
from instavid.demo import Demo, OnFrame, show_demo
from instavid.meadow.render import render
from instavid.testing import ScriptedSegmenter

PAIR = "sheep2giraffe-meadow"


@pytest.fixture
def pair() -> None:
    """Put a tiny pair under the name that the demonstration asks for."""
    shape = GeneratorConfig(base_width=2, blocks=1)
    network = build_generator(shape, rng=torch.Generator().manual_seed(0))
    domains = Domain("sheep", ("sheep",)), Domain("giraffe", ("giraffe",))
    save_pair(pairs_folder() / PAIR, Card(PAIR, shape, (32, 32), *domains), {"AtoB": network})


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Demo:
    """Return a small demonstration whose segmenter knows the truth."""
    weights = tmp_path / "unread.pt"
    weights.touch()
    demo = Demo(tmp_path / "out", seg_model=str(weights), seconds=0.4, height=96, width=160)

    def masks(index: int) -> np.ndarray:
        truth = render(demo.scene(), index / 25, height=96, width=160)
        return np.stack([mask.full(96, 160) for mask in truth.masks])

    monkeypatch.setattr(
        "instavid.networks.YoloSegmenter", lambda *_, **__: ScriptedSegmenter(masks)
    )
    return demo


def frames_and_sound(path: Path) -> tuple[int, float]:
    """Return how many frames a file has and how many seconds of sound, decoding both."""
    with av.open(str(path)) as container:
        pictures = sum(1 for _ in container.decode(video=0))
    with av.open(str(path)) as container:
        return pictures, sum(
            sound.samples / sound.sample_rate for sound in container.decode(audio=0)
        )


@pytest.mark.usefixtures("pair")
def test_everything_is_made_and_of_one_length(small: Demo) -> None:
    stages: dict[str, list[int]] = {}

    @contextmanager
    def watch(stage: str) -> Iterator[OnFrame]:
        done = stages.setdefault(stage, [])
        yield lambda number, _: done.append(number)

    report = show_demo(small, watch=watch)
    for path in (small.source, small.result, small.side_by_side):
        frames, seconds = frames_and_sound(path)
        assert frames == 10, path
        assert seconds == pytest.approx(0.4, abs=0.05), path
    height, width = cv2.imread(str(small.sheet)).shape[:2]
    tile_height, tile_width, gap = 160 + 16, round(160 * 160 / 96), 6
    assert (height, width) == (2 * (tile_height + gap) + gap, 4 * (tile_width + gap) + gap)
    assert report.run.frames_changed == 10
    assert stages == {name: list(range(1, 11)) for name in ("render", "run", "compare")}
    assert [name for name, _ in report.rows() if name[0] != " "] == [
        "render",
        "run",
        "compare and sheet",
    ]


@pytest.mark.usefixtures("pair")
def test_the_command_that_is_shown_names_its_files_and_models(small: Demo) -> None:
    demo = replace(small, folder=Path("a b"), seg_model="meadow")
    assert demo.command == (
        f"instavid run 'a b/sheep.mp4' -o 'a b/giraffes.mp4' -p {PAIR} --seg-model meadow -y"
    )


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("quiet", [False, True], ids=["told", "quiet"])
def test_the_command_tells_where_to_look_unless_it_is_quiet(
    small: Demo, quiet: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("instavid.demo.Demo", lambda folder: replace(small, folder=folder))
    with pytest.raises(SystemExit) as ended:
        main([*(["-q"] if quiet else []), "demo", "-o", str(small.folder)])
    assert ended.value.code == 0
    said = capsys.readouterr()
    if quiet:
        assert (said.out, said.err) == ("", "")
    else:
        assert small.command in said.err.splitlines()
        for path in (small.source, small.result, small.side_by_side, small.sheet):
            assert str(path) in said.out
            assert path.is_file()
        stages = [line.split()[0] for line in said.out.splitlines() if line.endswith(" s")]
        assert stages[:2] == ["render", "run"]
        assert stages[-2:] == ["compare", "in"]


@pytest.fixture
def no_zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instavid.zoo.FOLDER", tmp_path / "empty")


def refusal(*arguments: str | Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Return the exit code of the command line and its one line."""
    with pytest.raises(SystemExit) as ended:
        main([*map(str, arguments)])
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return int(ended.value.code or 0), said.err


@pytest.mark.usefixtures("no_zoo")
def test_a_missing_pair_is_told_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = refusal("demo", "-o", tmp_path / "out", capsys=capsys)
    assert (code, PAIR in line) == (6, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("pair", "no_zoo")
def test_missing_segmentation_weights_are_told_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = refusal("demo", "-o", tmp_path / "out", capsys=capsys)
    assert (code, "meadow" in line) == (6, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("pair")
def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    segmenters = tmp_path / "zoo" / "segmenters"
    segmenters.mkdir(parents=True)
    (segmenters / "meadow.pt").touch()
    monkeypatch.setattr("instavid.zoo.FOLDER", tmp_path / "zoo")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "sheep.mp4").write_text("mine")
    code, line = refusal("demo", "-o", taken, capsys=capsys)
    assert (code, "-y" in line) == (4, True)
    assert [path.read_text() for path in taken.iterdir()] == ["mine"]
