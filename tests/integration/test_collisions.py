"""Two options of `run` that name the same file: refused, and both are named rightly."""

import shutil
from pathlib import Path

import pytest
from shells import Shell
from world import World


@pytest.fixture
def shell(world: World, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(world, capsys)


INPUT, RESULT, MASKS = "the input", "the result (-o)", "the masks (--save-masks)"


@pytest.mark.parametrize(
    ("arguments", "role", "option"),
    [
        (("a.mp4", "-o", "a.mp4"), INPUT, "-o"),
        (("a.mp4", "-o", "link.mp4"), INPUT, "-o"),
        (("a.mp4", "-o", "x.mkv", "--save-masks", "x.mkv"), RESULT, "--save-masks"),
        (("a.mp4", "-o", "x.mkv", "--save-masks", "a.mp4"), INPUT, "--save-masks"),
        (("a.mp4", "-o", "x.mkv", "--report", "./x.mkv"), RESULT, "--report"),
        (("a.mp4", "--report", "a_sheep2giraffe.mp4"), RESULT, "--report"),
        (("a.mp4", "--report", "a.mp4"), INPUT, "--report"),
        (("a.mp4", "--save-masks", "m.mkv", "--report", "m.mkv"), MASKS, "--report"),
        (("a.mp4", "b.mp4", "--report", "b_sheep2giraffe.mp4"), RESULT, "--report"),
        (
            ("a.mp4", "b.mp4", "-o", "x{n}.mkv", "--save-masks", "x{n}.mkv"),
            RESULT,
            "--save-masks",
        ),
    ],
)
def test_a_file_with_two_roles_is_refused(
    shell: Shell,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    role: str,
    option: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(world.clip, name)
    Path("link.mp4").symlink_to("a.mp4")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    code, said = shell.run(*arguments, "-y")
    assert (code, said.count("\n")) == (4, 1)
    assert f": it is {role}. Give another name with {option}." in said
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
