"""`run --report FILE`: what --json prints, however the run ends."""

import json
import signal
from pathlib import Path

import pytest
from shells import Shell
from world import World

from instavid.cli.progress import ProgressDisplay


@pytest.fixture
def shell(world: World, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(world, capsys)


SHORT = ("--start", "0", "--duration", "4")


@pytest.mark.parametrize(
    "arguments",
    [
        ("gone.mp4",),
        ("gone.mp4", "--progress", "json"),
        ("no*.mp4",),
        ("--replay", "gone.mp4"),
        ("{clip}", "-p", "no-such-pair"),
    ],
    ids=["one", "events", "many", "replay", "pair"],
)
def test_a_run_that_fails_reports_what_json_prints(
    shell: Shell, world: World, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    report = tmp_path / "r.json"
    asked = [argument.format(clip=world.clip) for argument in arguments]
    for _ in range(2):  # a second try replaces what the first one left
        code, out, _ = shell.both(*shell.run_arguments(*asked, "--json", "--report", report))
        told = json.loads(report.read_text())
        assert told == json.loads(out)
        assert told["error"]["exit_code"] == code != 0
        assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_an_interrupted_run_reports_what_json_prints(
    shell: Shell, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "r.json"
    monkeypatch.setattr(ProgressDisplay, "show", lambda *_: signal.raise_signal(signal.SIGTERM))
    asked = (world.clip, "-o", tmp_path / "out.mp4", "--json", "--report", report)
    code, out, _ = shell.both(*shell.run_arguments(*asked))
    told = json.loads(report.read_text())
    assert (code, told) == (143, json.loads(out))
    assert told["error"]["exit_code"] == 143
    assert "out.partial.mp4" in told["error"]["message"]


def test_a_run_that_succeeds_replaces_the_report_of_a_failure(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    asked = ("-o", tmp_path / "out.mp4", *SHORT, "--report", tmp_path / "r.json")
    assert shell.run(tmp_path / "gone.mp4", *asked)[0] == 3
    assert shell.run(world.clip, *asked)[0] == 0
    assert json.loads((tmp_path / "r.json").read_text())["frames"] == 4
    code, message = shell.run(world.clip, *asked[2:], "-o", tmp_path / "other.mp4")
    assert (code, "r.json exists already" in message) == (4, True)


@pytest.mark.parametrize("flags", [(), ("-y",)])
def test_a_failure_replaces_no_file_that_is_no_report(
    shell: Shell, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    other = tmp_path / "notes.json"
    other.write_text('{"mine": 1}')
    assert shell.run(tmp_path / "gone.mp4", "--report", other, *flags)[0] in (3, 4)
    assert other.read_text() == '{"mine": 1}'


def test_a_refused_report_leaves_nothing(shell: Shell, world: World, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    assert shell.run(world.clip, "-o", target, "--report", target)[0] == 4
    assert list(tmp_path.iterdir()) == []
