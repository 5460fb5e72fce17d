"""run --replay: a result tells how it was made, and that is enough to make it again."""

import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from meadows import crossing
from shells import Shell
from world import World

from instavid import __version__
from instavid.meadow.clip import write_clip
from instavid.media import encoders
from instavid.media.comment import read_comment
from instavid.recipe import find

PAIR = "sheep2giraffe"
X264 = {"codec": "libx264", "crf": "18", "preset": "medium"}
STEERED = ("--conf", "0.01", "--classes", "sheep,giraffe,cow", "--feather", "2", "--imgsz", "96")


@pytest.fixture
def shell(world: World, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(world, capsys)


@pytest.fixture
def made(world: World, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a result that lies beside its input, and work beside the weights."""
    monkeypatch.chdir(world.segmenter.parent)
    clip = shutil.copy(world.clip, tmp_path / "field.mp4")
    result = tmp_path / "out.mkv"
    span = ("--start", "0.2s", "--duration", "12")
    code, said = shell.run(clip, "-o", result, "-c", "ffv1", *STEERED, *span)
    assert (code, said) == (0, "")
    return result


def replay(shell: Shell, result: Path, *arguments: str | Path) -> tuple[int, str]:
    return shell("run", "--replay", result, "-d", "cpu", "--progress", "none", *arguments)


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


def test_a_replay_makes_the_same_pictures(shell: Shell, tmp_path: Path) -> None:
    clip, result = tmp_path / "meadow.mp4", tmp_path / "out.mkv"
    write_clip(clip, crossing(), seconds=0.16, height=192, width=320)
    models = ("-p", "sheep2giraffe-meadow", "--seg-model", "meadow", "-d", "cpu", "--imgsz", "320")
    span = ("--start", "1", "--duration", "2", "--progress", "none")
    assert shell("run", clip, "-o", result, "-c", "ffv1", "--feather", "9", *models, *span)[0] == 0
    assert replay(shell, result) == (0, "")
    before, after = pictures(result), pictures(tmp_path / "out_replay.mkv")
    assert len(before) == len(after) == 2
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert read_comment(result) == read_comment(tmp_path / "out_replay.mkv")
    # What was recorded did matter.
    assert replay(shell, result, "--feather", "0", "-o", tmp_path / "else.mkv") == (0, "")
    other = pictures(tmp_path / "else.mkv")
    assert not any(np.array_equal(a, b) for a, b in zip(before, other, strict=True))


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv", ".webm"])
def test_every_container_tells_how_its_pictures_were_made(
    shell: Shell, world: World, tmp_path: Path, ending: str
) -> None:
    target = tmp_path / f"out{ending}"
    code, said = shell.run(world.clip, "-o", target, "--duration", "3", "--conf", "0.5")
    assert code == 0, said
    comment = read_comment(target)
    assert "DigitalSourceType=compositeWithTrainedAlgorithmicMedia" in comment
    assert str(world.clip.parent) not in comment
    recipe = find(comment)
    assert recipe is not None
    assert recipe.input == world.clip.name
    assert (
        recipe.options
        | {
            "pair": (f"{PAIR}:AtoB",),
            "seg_model": world.segmenter.name,
            "imgsz": "64",
            "conf": "0.5",
            "feather": "4",
            "batch": "8",
            "duration": "3",
            **({"codec": "libvpx-vp9", "crf": "24"} if ending == ".webm" else X264),
        }
        == recipe.options
    )
    assert recipe.version == __version__
    assert len(recipe.pairs[0]) == len(recipe.segmenter) == 64


def test_flags_win_and_nothing_is_overwritten(shell: Shell, made: Path, tmp_path: Path) -> None:
    before = made.read_bytes()
    code, said = replay(shell, made, "-o", made)
    assert code == 4
    assert "-y" in said
    assert replay(shell, made, "--end", "5", "--crf", "30", "-c", "libx264") == (0, "")
    assert made.read_bytes() == before
    again = tmp_path / "out_replay.mkv"
    assert len(pictures(again)) == 5
    recipe = find(read_comment(again))
    assert recipe is not None
    assert (recipe.options["codec"], recipe.options["crf"]) == ("libx264", "30")
    assert "start" not in recipe.options
    assert replay(shell, made)[0] == 4


def test_a_default_that_changed_does_not_change_a_replay(
    shell: Shell, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.segmenter.parent)
    clip, made = shutil.copy(world.clip, tmp_path / "field.mp4"), tmp_path / "out.mp4"
    assert shell.run(clip, "-o", made, "--duration", "3") == (0, "")
    before = find(read_comment(made))
    assert before is not None
    monkeypatch.setitem(encoders._QUALITY, "libx264", {"crf": "40"})
    monkeypatch.setitem(encoders._PRESETS, "libx264", "ultrafast")
    monkeypatch.setitem(encoders._AUTO, "mp4", "mpeg4")
    assert replay(shell, made) == (0, "")
    after = find(read_comment(tmp_path / "out_replay.mp4"))
    assert after is not None
    assert after.options == before.options
    # What was chosen for one container need not suit another.
    assert replay(shell, made, "-o", tmp_path / "out.webm")[0] == 0
    # A bit rate takes the place of the quality that is recorded.
    assert replay(shell, made, "-o", tmp_path / "rate.mp4", "-e", "b=4M") == (0, "")
    rate = find(read_comment(tmp_path / "rate.mp4"))
    assert rate is not None
    assert "crf" not in rate.options


@pytest.mark.parametrize("ending", [".avi", ".webm", ".mov"])
def test_recorded_encoder_options_are_taken_up(
    shell: Shell, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.chdir(world.segmenter.parent)
    clip, made = shutil.copy(world.clip, tmp_path / "field.mp4"), tmp_path / f"out{ending}"
    codec = ("-c", "mpeg4") if ending == ".mov" else ()
    assert shell.run(clip, "-o", made, "--duration", "3", "--fps", "25", *codec)[0] == 0
    assert replay(shell, made)[0] == 0
    before, after = (find(read_comment(p)) for p in (made, tmp_path / f"out_replay{ending}"))
    assert before is not None
    assert after is not None
    assert before.options == after.options


def test_another_version_is_told_in_one_line(
    shell: Shell, made: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("instavid.cli.replaying.__version__", "9.9")
    assert replay(shell, made)[0] == 0
    told = [record.message for record in caplog.records if "made by instavid" in record.message]
    assert told == [
        f"that run was made by instavid {__version__}, this is 9.9: the result may differ"
    ]


def test_another_input_can_be_given(shell: Shell, made: Path, world: World, tmp_path: Path) -> None:
    (tmp_path / "field.mp4").unlink()
    code, said = replay(shell, made)
    assert code == 3
    assert "field.mp4" in said
    assert replay(shell, made, world.clip) == (0, "")


def test_a_pair_that_has_changed_is_told_or_refused(
    shell: Shell, made: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    card = world.cache / "pairs" / PAIR / "card.json"
    before = card.read_text()
    try:
        assert shell("pairs", "note", PAIR, "changed=yes")[0] == 0
        code, said = replay(shell, made, "--strict")
        assert code == 6
        assert "is not the one of that run" in said
        assert replay(shell, made)[0] == 0
        assert f"The pair {PAIR} is not the one of that run" in caplog.text
    finally:
        card.write_text(before)


def test_a_file_that_tells_nothing_is_refused(shell: Shell, world: World, tmp_path: Path) -> None:
    code, said = replay(shell, world.clip)
    assert code == 3
    assert "does not tell how it was made" in said
    assert said.count("\n") == 1
    assert replay(shell, tmp_path / "gone.mp4")[0] == 3
    assert shell("run")[0] == 2
