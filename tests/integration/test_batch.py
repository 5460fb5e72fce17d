"""Many inputs in one run, as users meet it."""

import json
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import pytest
from world import World

from instavid.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(world: World, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what calls `run` in this process, with small models."""

    def call(*arguments: str | Path) -> Ended:
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in ("run", *models(world), *arguments)])
        return Ended(int(end.value.code or 0), *capsys.readouterr())

    return call


def models(world: World) -> tuple[str | Path, ...]:
    return ("-p", "sheep2giraffe", "--seg-model", world.segmenter, "--imgsz", "64", "-d", "cpu")


@pytest.fixture
def films(world: World, tmp_path: Path) -> Path:
    """Return a folder with three films, of which the second is none."""
    folder = tmp_path / "films"
    folder.mkdir()
    for name in ("a.mp4", "c.mp4"):
        shutil.copy(world.clip, folder / name)
    (folder / "b.mp4").write_text("no video")
    return folder


SHORT = ("--start", "0", "--duration", "4", "--progress", "none")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_goes_into_a_folder_and_the_networks_are_loaded_once(
    run: Run, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import instavid.transfigurer

    loaded, load = [], instavid.transfigurer.load_networks
    monkeypatch.setattr(
        "instavid.transfigurer.load_networks",
        lambda *args, **options: loaded.append(1) or load(*args, **options),  # type: ignore[func-returns-value]
    )
    (films / "b.mp4").unlink()
    ended = run(films, "-o", f"{tmp_path / 'out'}/", *SHORT)
    assert ended.code == 0, ended.err
    assert names(tmp_path / "out") == ["a_sheep2giraffe.mp4", "c_sheep2giraffe.mp4"]
    assert ended.out.count("4 frames in") == 2
    assert ended.err == "instavid: 2 inputs: 2 done\n"
    assert loaded == [1]


def test_a_result_is_the_same_after_another_film(run: Run, films: Path, tmp_path: Path) -> None:
    alone, after = tmp_path / "alone.mkv", tmp_path / "c.mkv"
    exact = ("-c", "ffv1", *SHORT)
    assert run(films / "c.mp4", "-o", alone, *exact).code == 0
    template = tmp_path / "{stem}.mkv"
    assert run(films / "a.mp4", films / "c.mp4", "-o", template, *exact).code == 0
    assert [bytes(p) for p in av.open(str(after)).demux(video=0)] == [
        bytes(p) for p in av.open(str(alone)).demux(video=0)
    ]


def test_the_first_failure_ends_the_run_with_its_own_code(run: Run, films: Path) -> None:
    ended = run(films, *SHORT, "--json")
    assert ended.code == 3
    assert ended.err.count("b.mp4") >= 1
    assert "3 inputs: 1 done, 1 failed, 1 not started" in ended.err
    report = json.loads(ended.out)
    assert (report["schema"], report["exit_code"]) == (1, 3)
    assert [made["state"] for made in report["runs"]] == ["done", "failed", "not started"]
    assert report["runs"][0]["report"]["frames"] == 4
    assert report["runs"][1]["report"] is None
    assert report["runs"][1]["exit_code"] == 3
    assert names(films) == ["a.mp4", "a_sheep2giraffe.mp4", "b.mp4", "c.mp4"]


def test_keep_going_ends_with_7_and_names_each_failure(world: World, films: Path) -> None:
    ended = world.run("run", films, *models(world), *SHORT, "--keep-going")
    assert ended.returncode == 7, ended.stderr
    lines = ended.stderr.splitlines()
    assert [line for line in lines if "b.mp4" in line] == [lines[0]]
    assert lines[-1] == "instavid: 3 inputs: 2 done, 1 failed"
    assert "c_sheep2giraffe.mp4" in names(films)


@pytest.mark.parametrize(
    ("flags", "code", "states"),
    [
        ((), 8, ["done", "failed", "not started"]),
        (("--keep-going",), 7, ["done", "failed", "done"]),
    ],
)
def test_a_result_that_is_not_verified_is_a_failure_and_damage_does_not_hide_it(
    run: Run,
    films: Path,
    monkeypatch: pytest.MonkeyPatch,
    flags: tuple[str, ...],
    code: int,
    states: list[str],
) -> None:
    from instavid.media import destinations

    move = destinations.move_into_place

    def move_and_cut(temporary: Path, target: Path) -> None:
        move(temporary, target)
        if target.name.startswith("b"):
            content = target.read_bytes()
            target.write_bytes(content[: len(content) * 2 // 3])

    monkeypatch.setattr(destinations, "move_into_place", move_and_cut)
    shutil.copy(films / "a.mp4", films / "b.mp4")
    damaged = bytearray((films / "a.mp4").read_bytes())
    damaged[len(damaged) // 4 : len(damaged) // 4 + 400] = bytes(400)
    (films / "a.mp4").write_bytes(damaged)
    ended = run(films, "--verify", "--json", "--progress", "json", *flags)
    assert ended.code == code, ended.err
    runs = json.loads(ended.out)["runs"]
    assert [made["state"] for made in runs] == states
    assert [made["exit_code"] for made in runs[:2]] == [10, 8]
    assert not runs[1]["report"]["verification"]["passed"]
    assert "is not as it was written" in runs[1]["message"]
    ends = [json.loads(line)["event"] for line in ended.err.splitlines() if '"input_' in line]
    assert [end for end in ends if end.startswith("input_")][:2] == ["input_done", "input_failed"]


def test_what_was_done_is_skipped_and_never_taken_for_an_input(run: Run, films: Path) -> None:
    (films / "b.mp4").unlink()
    assert run(films, *SHORT).code == 0
    before = {path: path.stat().st_mtime_ns for path in films.iterdir()}
    refused = run(films, *SHORT)
    assert refused.code == 4
    assert "a_sheep2giraffe.mp4 exists already" in refused.err
    shutil.copy(films / "c.mp4", films / "d.mp4")
    ended = run(films, *SHORT, "--skip-existing")
    assert ended.code == 0
    assert ended.err.splitlines()[-1] == "instavid: 3 inputs: 1 done, 2 skipped"
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert set(names(films)) - {p.name for p in before} == {"d.mp4", "d_sheep2giraffe.mp4"}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("{0}/a.mp4", "{0}/c.mp4", "-o", "{0}/x.mp4"), 2, ("x.mp4", "one file", "{stem}")),
        (("{0}/a.mp4", "{0}/c.mp4", "-o", "{0}/{{pair}}.mp4"), 2, ("a.mp4", "c.mp4", "both")),
        (("{0}/a.mp4", "{0}/c.mp4", "--save-masks", "{0}/m.mkv"), 2, ("a.mp4", "c.mp4", "m.mkv")),
        (("{0}/a.mp4", "{0}/c.mp4", "-o", "{0}/no/{{stem}}.mp4"), 4, ("no folder",)),
        (("{0}/a.mp4", "{0}/c.mp4", "-o", "{0}/{{stem}}{{ext}}", "-y"), 4, ("it is the input",)),
        (("{0}/a.mp4", "--skip-existing", "-y"), 2, ("contradict",)),
        (("{0}/no*.mp4",), 3, ("no video file matches",)),
        (("{0}/a.mp4", "{0}/c.mp4", "-o", "-"), 2, ("standard", "many inputs")),
        (("{0}/a.mp4", "-o", "-", "--skip-existing"), 2, ("standard", "many inputs")),
        (("{0}/a.mp4", "-o", "-", "--dry-run"), 2, ("standard", "--dry-run")),
        (("{0}/a.mp4", "-o", "-", "--queue"), 2, ("standard", "later")),
        (("-", "-o", "{0}/x.mp4", "--queue"), 2, ("standard", "later")),
        (
            ("{0}/a.mp4", "{0}/c.mp4", "--report", "{0}/a_sheep2giraffe.mp4", "-y"),
            4,
            ("a_sheep2giraffe.mp4",),
        ),
    ],
    ids=[
        "plain file",
        "one name",
        "masks",
        "no folder",
        "itself",
        "skip and replace",
        "no match",
        "many to stdout",
        "one of many",
        "dry",
        "queued out",
        "queued in",
        "report",
    ],
)
def test_an_impossible_request_is_refused_before_anything_runs(
    run: Run, films: Path, arguments: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    before = names(films)
    ended = run(*(argument.format(films) for argument in arguments), *SHORT)
    assert ended.code == code, ended.err
    assert ended.err.count("\n") == 1, ended.err
    for word in words:
        assert word in ended.err
    assert names(films) == before


def test_one_input_may_have_a_folder_or_a_template(run: Run, films: Path, tmp_path: Path) -> None:
    ended = run(films / "a.mp4", "-o", f"{tmp_path}/new/", *SHORT, "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["output"] == str(tmp_path / "new" / "a_sheep2giraffe.mp4")
    ended = run(films / "a.mp4", "-o", tmp_path / "{stem}-{n}{ext}", *SHORT, "--json")
    assert json.loads(ended.out)["output"] == str(tmp_path / "a-1.mp4")


def test_every_event_says_which_input_it_is_about(run: Run, films: Path, tmp_path: Path) -> None:
    done = run(films, "-o", f"{tmp_path}/1/", *SHORT, "--progress", "json", "--keep-going")
    events = [json.loads(line) for line in done.err.splitlines()]
    *about, last = events
    assert {event["input"] for event in about} == {str(films / f"{n}.mp4") for n in "abc"}
    assert [e["event"] for e in about if e["event"].startswith("input")] == [
        *("input_done", "input_failed", "input_done"),
    ]
    assert {(e["input"][-5], e["input_index"], e["inputs"]) for e in about} == {
        *(("a", 0, 3), ("b", 1, 3), ("c", 2, 3)),
    }
    assert (last["event"], last["exit_code"], done.code) == ("done", 7, 7)
    assert [run["state"] for run in last["report"]["runs"]] == ["done", "failed", "done"]
    again = run(films, "-o", f"{tmp_path}/2/", *SHORT, "--progress", "json")
    events = [json.loads(line) for line in again.err.splitlines()]
    assert (events[-1]["event"], events[-1]["exit_code"], again.code) == ("error", 3, 3)


def test_ctrl_c_keeps_what_is_begun_and_starts_no_other(
    world: World, make_clip: Callable[[int], Path], tmp_path: Path
) -> None:
    inputs = [world.clip, make_clip(3000), world.clip.with_name("third.mp4")]
    shutil.copy(world.clip, inputs[2])
    process = subprocess.Popen(
        world.command("run", *inputs, "-o", f"{tmp_path}/", *models(world), "--progress", "bar"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    seen = ""
    while "instances" not in seen.partition("2/3")[2]:
        character = process.stderr.read(1)
        assert character, f"ended early: {seen}"
        seen += character
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in message
    assert names(tmp_path) == ["clip3000_sheep2giraffe.partial.mp4", "field_sheep2giraffe.mp4"]
    assert message.splitlines()[-1] == ("instavid: 3 inputs: 1 done, 1 interrupted, 1 not started")
