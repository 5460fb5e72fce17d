"""instavid pairs: what it refuses and what it tells, in one line each."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from instagan import exporting
from instagan.config import GeneratorConfig
from instagan.exports import onnx_file
from instagan.models.build import build_generator
from instagan.pairs import Card, Domain, load_card, pairs_folder, save_pair
from instavid import zoo
from instavid.cli import main

SHAPE = GeneratorConfig(base_width=1, blocks=0)
CARD = Card("mine", SHAPE, (16, 16), Domain("sheep", ("sheep",)), Domain("giraffe", ("giraffe",)))


def make_pair(folder: Path) -> None:
    generator = build_generator(SHAPE, rng=torch.Generator().manual_seed(0))
    save_pair(folder, replace(CARD, name=folder.name), {"AtoB": generator})


class Shell:
    """Runs the command line in this process."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Return the exit code, and what was said on stdout and stderr."""
        with pytest.raises(SystemExit) as end:
            main(["pairs", *arguments])
        told = self._capfd.readouterr()
        return int(end.value.code or 0), told.out, told.err

    def refusal(self, *arguments: str) -> tuple[int, str]:
        """Return the exit code and the one line of a command that fails."""
        code, out, err = self(*arguments)
        assert out == ""
        assert err.count("\n") == 1, err
        return code, err


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Shell:
    """Return a command line in an empty folder, with a pair of ours and a shipped one."""
    torch.set_num_threads(1)  # networks this small only wait for a second one
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(zoo, "FOLDER", tmp_path / "zoo")
    make_pair(pairs_folder() / "mine")
    make_pair(tmp_path / "zoo" / "pairs" / "shipped")
    return Shell(capfd)


def test_an_export_prints_the_largest_differences_and_its_path(shell: Shell) -> None:
    code, out, err = shell("export", "shipped", "--to", "torchscript")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[-1] == "shipped_AtoB.pt"
    assert "at the most, 3.9e-03 allowed" in lines[-2]
    assert len([line for line in lines if line.startswith("  ")]) == 6
    assert [path.name for path in Path().iterdir()] == ["shipped_AtoB.pt"]


def test_an_existing_file_is_only_replaced_when_asked(shell: Shell) -> None:
    Path("x.pt").write_bytes(b"old")
    arguments = ("export", "mine", "--to", "torchscript", "-o", "x.pt")
    code, told = shell.refusal(*arguments)
    assert (code, Path("x.pt").read_bytes()) == (4, b"old")
    assert "x.pt exists already. Give -y" in told
    code, out, _ = shell(*arguments, "-y", "--json")
    assert Path("x.pt").stat().st_size > 1000
    report = json.loads(out)
    assert (code, report["schema"], Path(report["path"]).name) == (0, 1, "x.pt")
    every = [one[part] for one in report["differences"] for part in ("image", "masks")]
    assert report["largest"] == max(every) < report["tolerance"]
    assert report["facts"]["pair"] == "mine"


def test_an_export_that_differs_ends_with_8_and_no_file(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting.StraightGenerator, "forward", lambda self, i, m, v: (i, m))
    code, told = shell.refusal("export", "mine", "--to", "torchscript")
    assert code == 8
    assert "mine_AtoB.pt is not written: on " in told
    assert list(Path().iterdir()) == []


def test_an_interrupted_export_ends_with_130_and_no_file(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "compare", interrupt)
    code, told = shell.refusal("export", "mine", "--to", "torchscript")
    assert (code, list(Path().iterdir())) == (130, [])
    assert "mine_AtoB.pt is not written" in told


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--to", "torchscript", "--direction", "BtoA"), 6, "no direction 'BtoA'; use AtoB"),
        (("--to", "torchscript", "-o", "gone/x.pt"), 4, "there is no folder"),
        (("--to", "torchscript", "-o", "."), 4, "it is a folder"),
        (("--to", "tensorrt"), 2, "'tensorrt' is not one of"),
        ((), 2, "Missing option '--to'"),
    ],
    ids=["direction", "no folder", "folder", "format", "no format"],
)
def test_an_export_that_cannot_be_says_why(
    shell: Shell, arguments: tuple[str, ...], code: int, told: str
) -> None:
    found, line = shell.refusal("export", "mine", *arguments)
    assert found == code
    assert told in line


def test_missing_packages_end_with_5(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "_PACKAGES", ("onnx_of_nowhere",))
    code, told = shell.refusal("export", "mine", "--to", "onnx")
    assert code == 5
    assert "onnx_of_nowhere; pip install 'instavid[onnx]'" in told


@pytest.mark.parametrize("change", [("set", "--faces", "AtoB=left"), ("note", "by=me")])
def test_a_shipped_pair_says_how_to_change_a_copy(shell: Shell, change: tuple[str, ...]) -> None:
    name, *what = change
    before = (zoo.FOLDER / "pairs" / "shipped" / "card.json").read_bytes()
    for given in ("shipped", str(zoo.FOLDER / "pairs" / "shipped")):
        code, told = shell.refusal(name, given, *what)
        assert code == 4
        assert "'shipped' came with instavid and is read-only" in told
    subprocess.run(told.partition("counts: ")[2], shell=True, check=True)
    assert shell(name, "shipped", *what)[0] == 0
    changed = load_card(pairs_folder() / "shipped")
    assert changed.faces or changed.provenance["by"] == "me"
    assert (zoo.FOLDER / "pairs" / "shipped" / "card.json").read_bytes() == before


def test_what_is_said_of_a_direction_without_weights_is_refused(shell: Shell) -> None:
    for what in (("--faces", "BtoA=left"), ("--sharpen", "BtoA=1")):
        code, told = shell.refusal("set", "mine", *what)
        assert code == 6
        assert "Pair 'mine' has no direction 'BtoA'; use AtoB" in told
    assert shell("set", "mine", "--sharpen", "BtoA=0")[0] == 0


def test_margins_of_a_direction_that_is_not_imported_are_refused(shell: Shell) -> None:
    arguments = ("G_A.pth", "--name", "a2b", "--size", "16x16", "--margins", "BtoA=1,1,1,1")
    code, told = shell.refusal("import", *arguments)
    assert code == 2
    assert "BtoA has no weights: give G_B.pth too" in told
