"""instavid train as users call it, up to a pair that runs."""

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bars import TINY, write_bars

from instagan.train import main as train_alone
from instavid.cli import main


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_bars(tmp_path / "data")


def call(capfd: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    out, err = capfd.readouterr()
    return int(str(ended.value.code)), out, err


def test_train_makes_a_pair_whose_card_tells_how(data, tmp_path, capfd):
    run = tmp_path / "run"
    arguments = ["train", "--data", data, "-p", "square2bar", "-o", run, *TINY]
    arguments += ["--stages", "32:3,36:2", "--judge-sees", "both", "--log-every", "1"]
    arguments += ["--margins", "AtoB=0.6,0.2,0.3,0.3", "--terms", "made for a test"]
    code, out, err = call(capfd, *arguments)
    assert code == 0
    assert Path(out.strip()) == run / "square2bar"
    assert "4 crops of square" in err
    assert "5/5 at 36 px" in err
    assert "Step 5, pictures of 36 px" in (run / "report.html").read_text()
    code, out, _ = call(capfd, "pairs", "show", run / "square2bar")
    card = json.loads(out)
    assert code == 0
    assert card["crop_margins"]["AtoB"]["top"] == 0.6
    assert card["working_size"] == {"height": 36, "width": 36}
    assert card["provenance"]["terms"] == "made for a test"
    assert card["provenance"]["steps"] == "5 of 5"
    told = card["provenance"]["command"]
    assert told.startswith("instavid train --data data --pair square2bar --margins AtoB=0.6,")
    assert "--no-compile" in told
    assert "--device" not in told
    assert str(tmp_path) not in out.replace(card["folder"], "")
    code, _, err = call(capfd, *arguments)
    assert code == 2
    assert "has a run already; --resume" in err


def test_notes_join_the_card_and_leave_it(data, tmp_path, capfd):
    run = tmp_path / "run"
    arguments = ["--data", data, "-p", "square2bar", "-o", run, *TINY, "--stages", "32:1"]
    assert call(capfd, "train", *arguments)[0] == 0
    pair = run / "square2bar"
    assert call(capfd, "pairs", "note", pair, "target rate=0.5 of 8", "seed=")[0] == 0
    provenance = json.loads(call(capfd, "pairs", "show", pair)[1])["provenance"]
    assert provenance["target rate"] == "0.5 of 8"
    assert "seed" not in provenance
    code, _, err = call(capfd, "pairs", "note", pair, "nonsense")
    assert code == 2
    assert "KEY=VALUE" in err


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        (["--stages", "63:5"], 2, "multiples of 4"),
        (["--stages", "16:5"], 2, "smallest side is 16, use 24 px or more"),
        (["--stages", "64x"], 2, "is not SIZE:STEPS"),
        (["--augment", "sepia"], 2, "augment is ('sepia',)"),
        (["--data", "nowhere"], 2, "No folder nowhere"),
        (["--resume"], 2, "Nothing to resume"),
        (["-p", "bars"], 2, "give --domain-a and --domain-b"),
        (["-d", "cuda:9"], 5, "no device 'cuda:9'"),
        (["--ema", "2", "--batch", "0"], 2, "batch is 0, use 1 to 4096; ema is 2.0"),
    ],
)
def test_bad_calls_are_refused_in_one_line(data, tmp_path, capfd, change, code, told):
    arguments = ["--data", data, "-p", "square2bar", "-o", tmp_path / "run", *TINY]
    got, out, err = call(capfd, "train", *arguments, *change)
    refusal = [line for line in err.splitlines() if not line.endswith(("square", "bar"))]
    assert (got, out, len(refusal)) == (code, "", 1), err
    assert told in refusal[0]


def test_ctrl_c_saves_and_the_run_goes_on(data, tmp_path):
    run = tmp_path / "run"
    command = [sys.executable, "-m", "instagan.train"]
    flags = ["--data", str(data), "-p", "square2bar", *TINY, "--log-every", "1"]
    folder, stages = ["-o", str(run)], ["--stages", "32:100000"]
    with subprocess.Popen(
        [*command, *flags, *folder, *stages], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 120
        while not (run / "log.csv").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    steps = len((run / "log.csv").read_text().splitlines()) - 1
    # All flags but these are those of before.
    changed = [*folder, "--resume", "--stages", f"32:{steps + 2}"]
    again = subprocess.run([*command, *changed], capture_output=True, text=True, check=True)
    assert f"{steps + 2}/{steps + 2} at 32 px" in again.stderr
    assert f"{steps}/{steps + 2}" not in again.stderr
    assert "resuming with other settings: stages was" in again.stderr
    assert again.stderr.count("resuming with other settings") == 1


def test_a_file_gives_options_and_flags_win(data, tmp_path, capfd):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f'pair = "square2bar"\ndata = {json.dumps(str(data))}\nstages = "48:2"\nbatch = 1\n'
        'recipe = "video"\nwidth = 2\nmask-width = 2\nblocks = 1\njudge_width = 2\n'
        'margins = ["AtoB=0.6,0.2,0.3,0.3"]\ncompile = false\nthreads = 1\nwarm-up = 0\n'
    )
    run = tmp_path / "run"
    code, _, err = call(capfd, "train", "--config", recipe, "-o", run, "--stages", "48:1")
    assert code == 0, err
    settings = json.loads((run / "config.json").read_text())
    assert [stage["steps"] for stage in settings["stages"]] == [1]
    assert settings["margins_a"]["top"] == 0.6
    assert settings["step"]["weights"]["temporal"] > 0
    # What the folder keeps makes the same run again.
    code, _, err = call(capfd, "train", "--config", run / "run.toml", "-o", tmp_path / "again")
    assert code == 0, err
    assert json.loads((tmp_path / "again/config.json").read_text()) == settings


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("bach = 2", "unknown key 'bach'; did you mean 'batch'?"),
        ("resume = true", "unknown key 'resume'"),
        ("batch = [2]", "'batch' in"),
        ("margins = 2", "use a list"),
        ('batch = "two"', "'two' is not a valid integer"),
        ("batch = ", "is no TOML file"),
        (None, "cannot read"),
    ],
)
def test_a_file_with_a_fault_is_refused_in_one_line(data, tmp_path, capfd, text, told):
    path = tmp_path / "recipe.toml"
    if text is not None:
        path.write_text(text)
    arguments = ["--data", data, "-p", "square2bar", "-o", tmp_path / "run", "--config", path]
    code, out, err = call(capfd, "train", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1), err
    assert told in err
    assert "train" in err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--data", "nowhere", "-p", "a2b", "-o", "run"], 2, "instagan: No folder nowhere"),
        (["--data", "nowhere", "-p", "a2b", "-o", "run", "-d", "cuda:9"], 5, "no device"),
        (["--nonsense"], 2, "No such option"),
    ],
)
def test_training_by_itself_refuses_in_one_line_too(
    tmp_path, capfd, monkeypatch, arguments, code, told
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        train_alone(arguments)
    out, err = capfd.readouterr()
    assert (ended.value.code, out, len(err.splitlines())) == (code, "", 1), err
    assert told in err


def test_tensorboard_shows_what_the_log_has(data, tmp_path, capfd):
    path = "tensorboard.backend.event_processing.event_accumulator"
    reader = pytest.importorskip(path, reason="pip install 'instavid[tensorboard]'")
    run = tmp_path / "run"
    arguments = ["train", "--data", data, "-p", "square2bar", "-o", run, *TINY, "--tensorboard"]
    code, _, err = call(capfd, *arguments, "--stages", "32:2", "--log-every", "1")
    assert code == 0
    assert "Warning" not in err
    events = reader.EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("cycle/BtoA")] == [1, 2]
    assert [event.step for event in events.Images("preview")] == [2]
    last = (run / "log.csv").read_text().splitlines()
    row = dict(zip(last[0].split(","), last[-1].split(","), strict=True))
    shown = events.Scalars("cycle/BtoA")[-1].value
    assert shown == pytest.approx(float(row["BtoA_cycle"]), abs=1e-5)


def test_two_processes_do_what_one_does_with_the_same_batch(data, tmp_path):
    """The losses of every step, also after both went on from a saved state.

    One process computes sample by sample here, as two do: what else a batch is rounded to is
    another matter, and Adam makes full steps of the rounding of gradients that are truly zero.
    """
    flags = ["--data", str(data), "-p", "square2bar", *TINY, "--batch", "2", "--log-every", "1"]
    # The share of background would be that of each part of a batch.
    flags += ["--no-context-share", "--ema", "0.5", "--decay", "0"]
    two = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]

    def run(
        folder: str, steps: int, *more: str, launcher: list[str]
    ) -> subprocess.CompletedProcess:
        command = [sys.executable, *launcher, "-m", "instagan.train", *flags, *more]
        return subprocess.run(
            [*command, "-o", str(tmp_path / folder), "--stages", f"32:{steps}"],
            capture_output=True,
            text=True,
            check=True,
        )

    run("one", 4, "--at-once", "1", launcher=[])
    run("both", 2, launcher=two)
    done = run("both", 4, "--resume", launcher=two)
    assert done.stdout.strip() == str(tmp_path / "both/square2bar")
    assert done.stderr.count("4/4 at 32 px") == 1
    logs = []
    for folder in ("one", "both"):
        with (tmp_path / folder / "log.csv").open(newline="") as file:
            logs.append(list(csv.DictReader(file)))
    assert [len(rows) for rows in logs] == [4, 4]
    for alone, shared in zip(*logs, strict=True):
        for name, value in alone.items():
            if name != "seconds_per_step" and value:
                assert float(shared[name]) == pytest.approx(float(value), rel=1e-4, abs=2e-5), name


def test_a_batch_that_cannot_be_divided_is_refused(data, tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", "-m", "instagan.train", "--data", str(data)]
    command += ["-p", "square2bar", "-o", str(tmp_path / "run"), *TINY, "--stages", "32:2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "A batch of 1 cannot be divided among 2 processes; use a multiple of 2" in done.stderr
