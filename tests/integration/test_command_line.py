"""The command line as users meet it."""

import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from world import GAPS, World

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HEAVY = ("torch", "av", "cv2", "numpy", "ultralytics", "scipy")


def models(world: World) -> tuple[str | Path, ...]:
    return ("-p", "sheep2giraffe", "--seg-model", world.segmenter, "--imgsz", "64", "-d", "cpu")


def video_stamps(path: Path) -> list[tuple[int, Fraction]]:
    with av.open(str(path)) as container:
        return [(frame.pts, frame.time_base) for frame in container.decode(video=0)]


def audio(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as container:
        return [(p.pts, bytes(p)) for p in container.demux(audio=0) if p.size]


@pytest.mark.parametrize(
    "arguments",
    [
        ["-h"],
        ["--version"],
        *(
            [name, "-h"]
            for name in (
                *("run", "live", "pairs", "bench", "doctor", "compare", "eval", "data"),
                "train-classifier",
            )
        ),
        *(["eval", name, "-h"] for name in ("pair", "video")),
        *(["data", name, "-h"] for name in ("from-images", "from-coco")),
        *(["pairs", name, "-h"] for name in ("import", "set", "export")),
    ],
    ids=" ".join,
)
def test_help_and_version_answer_without_heavy_imports(arguments: list[str]) -> None:
    script = (
        "import sys\nfrom instavid.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_importing_the_packages_imports_nothing_heavy() -> None:
    script = (
        "import sys, instavid, instagan\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])\n"
        "print(all(getattr(instavid, n) is not None for n in instavid.__all__))\n"
        "print(all(getattr(instagan, n) is not None for n in instagan.__all__))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.split("\n")[:3] == ["[]", "True", "True"], done.stderr


def test_a_run_carries_time_and_sound_and_reports_in_json(world: World, tmp_path: Path) -> None:
    clip = tmp_path / "field.mp4"
    clip.write_bytes(world.clip.read_bytes())
    done = world.run("run", clip, *models(world), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    result = tmp_path / "field_sheep2giraffe.mp4"
    assert Path(report["output"]) == result
    assert sorted(path.name for path in tmp_path.iterdir()) == [clip.name, result.name]
    assert report["schema"] == 1
    assert (report["frames"], report["complete"]) == (40, True)
    assert set(report["stage_seconds"]) == {
        *("decode", "follow", "translate", "composite", "encode")
    }
    assert report["slowest_stage"] in report["stage_seconds"]
    assert [stream["kind"] for stream in report["streams"]["kept"]] == ["audio"]
    assert report["pairs"][0]["classes"] == ["sheep"]

    stamps = video_stamps(result)
    assert stamps == video_stamps(clip)
    gaps = {b[0] - a[0] for a, b in pairwise(stamps)}
    assert len(gaps) == len(set(GAPS)), "the clip has a variable frame rate"
    assert audio(result) == audio(clip)
    with av.open(str(result)) as container:
        assert "compositeWithTrainedAlgorithmicMedia" in container.metadata["comment"]
        assert "sheep2giraffe" in container.metadata["comment"]


def test_a_part_of_a_video_is_worked_on_alone(world: World, tmp_path: Path) -> None:
    result, masks = tmp_path / "part.mp4", tmp_path / "masks.mkv"
    part = ("--start", "4", "--duration", "0.5s", "--save-masks", masks)
    done = world.run("run", world.clip, "-o", result, *models(world), *part, "--json")
    assert done.returncode == 0, done.stderr
    starts = [pts * base for pts, base in video_stamps(world.clip)]
    wanted = [start - starts[4] for start in starts[4:] if start - starts[4] < Fraction(1, 2)]
    assert [pts * base for pts, base in video_stamps(result)] == wanted
    assert len(video_stamps(masks)) == len(wanted) == json.loads(done.stdout)["frames"]
    assert json.loads(done.stdout)["warnings"] == []


def test_every_line_of_a_run_is_an_event_for_other_programs(world: World, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    refused = world.run("run", broken, *models(world), "--progress", "json")
    (error,) = map(json.loads, refused.stderr.splitlines())
    assert (error["schema"], error["event"], error["exit_code"]) == (1, "error", 3)
    assert "broken.mp4" in error["message"]
    assert refused.returncode == 3

    arguments = ("-o", tmp_path / "out.avi", *models(world), "--progress", "json", "--json")
    done = world.run("run", world.clip, *arguments)
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert {event["schema"] for event in events} == {1}
    kinds = [event["event"] for event in events]
    assert (kinds[0], kinds[-1]) == ("start", "done")
    assert kinds.count("progress") >= 1
    first = events[kinds.index("progress")]
    assert (events[0]["frames"], first["frame"], first["total"]) == (40, 1, 40)
    assert first["fps"] > 0 < first["eta_s"]
    assert first["gpu_bytes"] is None
    report = json.loads(done.stdout)
    assert report["warnings"] == [e["message"] for e in events if e["event"] == "warning"] != []
    assert events[-1] == {"schema": 1, "event": "done", "exit_code": 0, "report": report}


def test_options_come_from_the_environment_too(world: World, tmp_path: Path) -> None:
    environment = {"INSTAVID_RUN_CODEC": "ffv1", "INSTAVID_DEVICE": "nonsense"}
    arguments = ("run", world.clip, "-o", tmp_path / "out.mkv", *models(world)[:-2])
    refused = world.run(*arguments, **environment)
    assert refused.returncode == 2
    assert "nonsense" in refused.stderr
    done = world.run(*arguments, "-d", "cpu", **environment)
    assert done.returncode == 0, done.stderr
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert container.streams.video[0].codec_context.name == "ffv1"


def test_a_pair_is_told_how_what_it_makes_is_shown(world: World, tmp_path: Path) -> None:
    pair = tmp_path / "sheep2giraffe"
    shutil.copytree(world.cache / "pairs" / "sheep2giraffe", pair)
    world.run("pairs", "set", str(pair), "--faces", "AtoB=left", "--sharpen", "BtoA=1.5")
    world.run("pairs", "set", str(pair), "--sharpen", "AtoB=0.5", "--sharpen", "BtoA=0")
    shown = json.loads(world.run("pairs", "show", str(pair)).stdout)
    assert (shown["faces"], shown["sharpen"]) == ({"AtoB": "left"}, {"AtoB": 0.5})
    for wrong, told in (
        (("--faces", "AtoB=up"), "'AtoB=up' is not DIR=left"),
        (("--sharpen", "AtoB=much"), "'AtoB=much' is not DIR=AMOUNT"),
        (("--sharpen", "AtoB=99"), "99 is more than 10"),
        ((), "nothing to say"),
    ):
        refused = subprocess.run(
            world.command("pairs", "set", str(pair), *wrong), capture_output=True, text=True
        )
        assert refused.returncode == 2
        assert told in refused.stderr


def test_pairs_are_listed_shown_and_located(world: World) -> None:
    assert "sheep2giraffe" in world.run("pairs", "list").stdout
    rows = json.loads(world.run("pairs", "list", "--json").stdout)
    (row,) = (row for row in rows if not row["shipped"])
    assert (row["a"], row["b"], row["directions"]) == ("sheep", "giraffe", "AtoB, BtoA")
    shown = json.loads(world.run("pairs", "show", "sheep2giraffe").stdout)
    assert shown["working_size"] == {"height": 32, "width": 32}
    assert Path(world.run("pairs", "path").stdout.strip()) == world.cache / "pairs"


def test_a_reader_that_goes_away_is_told_by_the_exit_code(world: World) -> None:
    process = subprocess.Popen(
        world.command("pairs", "show", "sheep2giraffe"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "INSTAVID_CACHE": str(world.cache)},
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=60) == 141
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_every_option_has_an_environment_name_like_its_flag() -> None:
    import click

    from instavid.cli import live, run

    for command in (run.command, live.command):
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                flags = [flag.lstrip("-").replace("-", "_") for flag in option.opts]
                assert option.name in flags


def test_live_records_a_synthetic_source_and_stays_live(world: World, tmp_path: Path) -> None:
    source, target = "lavfi:testsrc2=size=160x96:rate=30", tmp_path / "live.mkv"
    done = world.run("live", source, "-o", target, *models(world), "--duration", "1.5")
    assert done.returncode == 0, done.stderr
    stamps = [float(pts * base) for pts, base in video_stamps(target)]
    assert stamps == sorted(set(stamps))
    # Real time went by, however many frames were left out.
    assert 0.5 < stamps[-1] < 4


def test_live_without_a_display_or_a_camera_says_so(world: World) -> None:
    done = world.run("live", "lavfi:testsrc2", *models(world), DISPLAY="", WAYLAND_DISPLAY="")
    assert done.returncode == 5
    assert "-o" in done.stderr
    done = world.run("live", "97", "-o", "x.mkv", *models(world))
    assert done.returncode == 3
    assert "camera 97" in done.stderr


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("transfigure_file.py", ["{clip}", "{out}", "--seg-model", "{seg}"]),
        ("custom_segmenter.py", ["{clip}", "{out}"]),
        (
            "webcam.py",
            [
                *("--source", "lavfi:testsrc2=size=160x96:rate=10", "--record", "{out}"),
                *("--seg-model", "{seg}", "--seconds", "1"),
            ],
        ),
    ],
    ids=["file", "segmenter", "webcam"],
)
def test_the_examples_run(
    script: str, arguments: list[str], world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTAVID_CACHE", str(world.cache))
    out = tmp_path / "out.mkv"
    filled = [a.format(clip=world.clip, out=out, seg=world.segmenter) for a in arguments]
    done = subprocess.run(
        [sys.executable, EXAMPLES / script, *filled, "--pair", "sheep2giraffe"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert len(video_stamps(out)) >= 1
    assert len((EXAMPLES / script).read_text().splitlines()) <= 60
