"""Runs that are kept for later, as users meet them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest
from world import World

from instavid.cli import main, run


@dataclass(frozen=True)
class Desk:
    """A folder with a clip, a cache of its own, and the command line in this process."""

    world: World
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Return exit code, stdout and stderr."""
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        return int(end.value.code or 0), *self.capsys.readouterr()

    def queue(self, *arguments: str | Path) -> str:
        models = ("-p", self.world.cache / "pairs" / "sheep2giraffe", "--imgsz", "64", "-d", "cpu")
        fixed = (*models, "--seg-model", self.world.segmenter, "--progress", "none")
        code, out, err = self("run", "--queue", *fixed, *arguments)
        assert code == 0, err
        return out.strip()

    def states(self) -> list[tuple[str, str, int | None]]:
        jobs = json.loads(self("jobs", "list", "--json")[1])["jobs"]
        return [(job["id"], job["state"], job["exit_code"]) for job in jobs]


@pytest.fixture
def desk(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Desk:  # fmt: skip
    shutil.copy(world.clip, tmp_path / "a.mp4")
    monkeypatch.setenv("INSTAVID_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return Desk(world, tmp_path, capsys)


def test_jobs_run_in_order_in_the_folder_they_were_queued_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.queue("a.mp4", "-o", "1.mp4", "--duration", "4")
    second = desk.queue("gone.mp4", "-o", "2.mp4")
    third = desk.queue("a.mp4", "-o", "3.mp4", "--duration", "4")
    assert desk.states() == [(job, "queued", None) for job in (first, second, third)]
    assert not (desk.folder / "1.mp4").exists()
    (desk.folder / "else").mkdir()
    monkeypatch.chdir(desk.folder / "else")
    code, out, err = desk("jobs", "start")
    assert code == 7, err
    assert "gone.mp4" in err
    assert out.index("1.mp4") < out.index("3.mp4")
    assert desk.states() == [(first, "done", 0), (second, "failed", 3), (third, "done", 0)]
    assert (desk.folder / "1.mp4").exists()
    assert (desk.folder / "3.mp4").exists()
    assert Path.cwd() == desk.folder / "else"


def test_a_job_has_the_variables_of_when_it_was_queued(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTAVID_RUN_DURATION", "4")
    first = desk.queue("a.mp4", "-o", "1.mkv")
    monkeypatch.setenv("INSTAVID_RUN_DURATION", "2")
    monkeypatch.setenv("INSTAVID_RUN_CODEC", "no-such")
    assert json.loads(desk("jobs", "show", first)[1])["environment"] == {
        "INSTAVID_RUN_DURATION": "4"
    }
    assert desk("jobs", "start")[0] == 0
    with av.open(str(desk.folder / "1.mkv")) as result:
        assert sum(1 for _ in result.decode(video=0)) == 4
    names = ("INSTAVID_RUN_DURATION", "INSTAVID_RUN_CODEC")
    assert [os.environ.get(name) for name in names] == ["2", "no-such"]


def test_a_job_of_an_earlier_version_has_the_variables_of_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = desk.queue("a.mp4", "-o", "1.mkv")
    kept = desk.folder / "cache" / "jobs" / f"{job}.json"
    said = json.loads(kept.read_text())
    del said["environment"]
    kept.write_text(json.dumps(said))
    monkeypatch.setenv("INSTAVID_RUN_DURATION", "2")
    assert desk("jobs", "start")[0] == 0
    with av.open(str(desk.folder / "1.mkv")) as result:
        assert sum(1 for _ in result.decode(video=0)) == 2


def test_a_failed_job_can_be_tried_again(desk: Desk) -> None:
    job = desk.queue("late.mp4", "-o", "out.mp4", "--duration", "4")
    assert desk("jobs", "start")[0] == 7
    shutil.copy(desk.world.clip, desk.folder / "late.mp4")
    assert desk("jobs", "retry", "--failed")[1] == f"{job}  queued\n"
    assert desk("jobs", "start")[0] == 0
    assert desk.states() == [(job, "done", 0)]


def test_jobs_are_cancelled_shown_and_forgotten(desk: Desk) -> None:
    job = desk.queue("a.mp4")
    assert desk("jobs", "cancel", job)[1] == f"{job}  cancelled\n"
    assert desk("jobs", "start")[0] == 0
    shown = json.loads(desk("jobs", "show", job)[1])
    assert (shown["state"], shown["folder"]) == ("cancelled", str(desk.folder))
    assert "--queue" not in shown["arguments"]
    code, _, err = desk("jobs", "resume", job)
    assert (code, err) == (1, f"instavid: job {job} is cancelled, not interrupted\n")
    assert desk("jobs", "rm", job)[0] == 0
    assert desk.states() == []
    code, _, err = desk("jobs", "show", job)
    assert code == 2
    assert job in err
    assert err.count("\n") == 1
    assert desk("jobs", "retry")[0] == 2


def process(desk: Desk, *arguments: str, until: str = '"progress"') -> Any:
    """Start a command and wait until a run of it, or of one input, is under way."""
    started = subprocess.Popen(
        desk.world.command(*arguments), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stderr is not None
    seen = ""
    while not ('"progress"' in seen and until in seen):
        seen = started.stderr.readline()
        assert seen, "ended early"
    return started


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, None)])
def test_a_job_whose_process_ends_is_interrupted_and_goes_on(
    desk: Desk, make_clip: Callable[[int], Path], number: int, code: int | None
) -> None:
    clip = desk.folder / "long.mp4"
    shutil.copy(make_clip(800), clip)
    job = desk.queue("long.mp4", "-o", "out.mp4", "--progress", "json")
    waiting = desk.queue("a.mp4")
    running = process(desk, "jobs", "start")
    assert desk.states() == [(job, "running", None), (waiting, "queued", None)]
    assert desk("jobs", "rm", job)[0] == 1
    running.send_signal(number)
    running.communicate(timeout=60)
    assert running.returncode == (130 if code else -signal.SIGKILL)
    assert desk.states() == [(job, "interrupted", code), (waiting, "queued", None)]
    assert desk("jobs", "resume", job)[0] == 0
    assert desk.states()[0] == (job, "done", 0)
    with av.open(str(desk.folder / "out.mp4")) as result:
        assert sum(1 for _ in result.decode(video=0)) == 800


@pytest.mark.parametrize("place", ["transfigure_one", "_tell"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_the_very_end_of_a_job_ends_the_queue(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, place: str, number: int, code: int
) -> None:
    """Within the block that notes signals, and after it, when the job says how it ended."""
    jobs = [desk.queue("a.mp4", "-o", f"{n}.mp4") for n in range(2)]
    handler, act = signal.getsignal(number), getattr(run, place)

    def interrupted(*arguments: Any, **options: Any) -> object:
        result = act(*arguments, **options)
        signal.raise_signal(number)
        return result

    with monkeypatch.context() as broken:
        broken.setattr(run, place, interrupted)
        assert desk("jobs", "start")[0] == code
    assert desk.states() == [(jobs[0], "done", 0), (jobs[1], "queued", None)]
    assert signal.getsignal(number) is handler
    assert desk("jobs", "start")[0] == 0


def test_a_job_with_several_inputs_goes_on_after_those_that_are_done(
    desk: Desk, make_clip: Callable[[int], Path]
) -> None:
    shutil.copy(make_clip(800), desk.folder / "long.mp4")
    job = desk.queue(
        *("a.mp4", "long.mp4", "-o", "{stem}-out.mp4", "--progress", "json", "--report", "r.json")
    )
    running = process(desk, "jobs", "start", until='"long.mp4"')
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    first = (desk.folder / "a-out.mp4").stat()
    assert desk.states() == [(job, "interrupted", 130)]
    assert desk("jobs", "resume", job)[0] == 0
    assert (desk.folder / "a-out.mp4").stat() == first
    runs = json.loads((desk.folder / "r.json").read_text())["runs"]
    assert [made["state"] for made in runs] == ["skipped", "done"]
    with av.open(str(desk.folder / "long-out.mp4")) as result:
        assert sum(1 for _ in result.decode(video=0)) == 800


def interrupt(desk: Desk, job: str) -> None:
    """Make a job look like one whose process died."""
    path = desk.folder / "cache" / "jobs" / f"{job}.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "state": "running", "pid": os.getpid(), "pid_started": 9}))


def test_an_input_after_two_dashes_can_be_gone_on_with(desk: Desk) -> None:
    (desk.folder / "a.mp4").rename(desk.folder / "-a.mp4")
    job = desk.queue("--duration", "4", "-o", "out.mp4", "--", "-a.mp4")
    interrupt(desk, job)
    code, _, err = desk("jobs", "resume", job)
    assert code == 0, err
    assert desk.states() == [(job, "done", 0)]


def test_a_job_that_cannot_be_gone_on_with_stays_interrupted(desk: Desk) -> None:
    job = desk.queue("lavfi:testsrc=d=1:s=96x64", "-o", "out.mp4")
    interrupt(desk, job)
    code, _, err = desk("jobs", "resume", job)
    assert code == 2
    begin, message, end = err.splitlines()
    assert begin == f"instavid: job {job}"
    assert "resume" in message
    assert end == f"instavid: job {job} interrupted"
    assert desk.states() == [(job, "interrupted", 2)]
    assert desk("jobs", "retry", job)[0] == 0


def test_a_process_that_took_the_number_of_a_dead_one_is_not_mistaken_for_it(desk: Desk) -> None:
    job = desk.queue("a.mp4")
    interrupt(desk, job)
    assert desk.states() == [(job, "interrupted", None)]


def test_two_processes_never_take_the_same_job(desk: Desk) -> None:
    for _ in range(30):
        desk.queue("a.mp4")
    script = (
        "import sys, pathlib\nfrom instavid.jobs.store import JobStore\n"
        "store = JobStore(pathlib.Path(sys.argv[1]))\n"
        "while job := store.claim(None, states=('queued',)): print(job.id)"
    )
    command = [sys.executable, "-c", script, str(desk.folder / "cache" / "jobs")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    taken = [id for each in both for id in each.communicate(timeout=60)[0].split()]
    assert len(taken) == len(set(taken)) == 30
