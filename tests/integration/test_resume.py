"""Going on with a run that was killed or interrupted, on the command line."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from kept_runs import seen
from kills import command, kill_at_random
from world import World

from instavid.cli import main
from instavid.resuming import folder_of

FRAMES = 160
FFV1, X264 = ("-c", "ffv1"), ("-c", "libx264", "-e", "mbtree=0")
# From a confidence of 1 on nothing is found: one group of all frames is held across the marks.
COPIED = ("-c", "copy-like", "--conf", "1")


def run(
    world: World,
    capsys: pytest.CaptureFixture[str],
    clip: str | Path,
    target: Path,
    *arguments: str,
) -> tuple[int, str]:
    """Run in this process; return the exit code and what was said on stderr."""
    with pytest.raises(SystemExit) as end:
        main(command(world, clip, target, *arguments)[3:])
    return int(end.value.code or 0), capsys.readouterr().err


@pytest.mark.parametrize(
    ("ending", "encoding", "kills"),
    [(".mkv", FFV1, 2), (".mp4", X264, 1), (".mp4", COPIED, 1)],
    ids=["ffv1", "x264", "copied"],
)
def test_a_run_that_is_killed_goes_on_to_the_very_same_frames(
    world: World,
    make_clip: Callable[[int], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    ending: str,
    encoding: tuple[str, ...],
    kills: int,
) -> None:
    clip, whole = make_clip(FRAMES), tmp_path / f"whole{ending}"
    assert run(world, capsys, clip, whole, *encoding)[0] == 0
    result = kill_at_random(
        world,
        clip,
        whole,
        tmp_path / f"out{ending}",
        *encoding,
        times=kills,
        longest_seconds=1.0,
        rng=random.Random(5),
    )
    assert 1 <= result.untouched == result.kills
    assert result.is_equal
    assert result.is_clean


def test_an_interrupted_run_says_how_to_go_on(
    world: World,
    make_clip: Callable[[int], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clip, target = make_clip(FRAMES), tmp_path / "out.mkv"
    process = subprocess.Popen(
        command(world, clip, target, "-c", "ffv1"), stderr=subprocess.PIPE, text=True
    )
    while not (folder_of(target) / "journal.json").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "out.partial.mkv; --resume goes on from frame" in message
    assert len(seen(tmp_path / "out.partial.mkv")[0]) < FRAMES
    found, _ = run(world, capsys, clip, target, "-c", "ffv1", "--resume")
    assert found == 0
    assert run(world, capsys, clip, tmp_path / "whole.mkv", "-c", "ffv1")[0] == 0
    assert seen(target) == seen(tmp_path / "whole.mkv")


@pytest.fixture
def broken_off(world: World, make_clip: Callable[[int], Path], tmp_path: Path) -> tuple[Path, Path]:
    """Return a clip, and a target whose run was killed after its first place to go on from."""
    clip = Path(shutil.copy(make_clip(FRAMES), tmp_path / "clip.mp4"))
    target = tmp_path / "out.mkv"
    process = subprocess.Popen(command(world, clip, target, "-c", "ffv1"))
    while not (folder_of(target) / "journal.json").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    return clip, target


def test_going_on_with_something_else_is_refused_in_one_line(
    world: World, capsys: pytest.CaptureFixture[str], broken_off: tuple[Path, Path]
) -> None:
    clip, target = broken_off
    code, message = run(world, capsys, clip, target, "-c", "ffv1", "--resume", "--feather", "9")
    assert (code, message.count("\n")) == (2, 1)
    assert "--feather was 4 and is 9" in message
    for asked, said in (
        (("-c", "libx264"), "--codec was ffv1 and is libx264"),
        (("--start", "0.2s"), "--start was not given and is 0.2s"),
        (("--no-subs",), "--no-subs was not given and is given"),
        (("-e", "slices=4", "-e", "g=1"), "-e was not given and is slices=4 g=1"),
        (("--classes", "cow"), "@class:cow"),
    ):
        code, message = run(world, capsys, clip, target, "-c", "ffv1", "--resume", *asked)
        assert (code, message.count("\n")) == (2, 1)
        assert said in message
        assert not set(message) & set("[]{}'")
    os.utime(clip, (1, 1))
    code, message = run(world, capsys, clip, target, "-c", "ffv1", "--resume")
    assert (code, message.count("\n")) == (2, 1)
    assert "and is 1970-01-01 00:00:01.000000000 UTC" in message
    assert not target.exists()
    assert run(world, capsys, clip, target, "-c", "ffv1")[0] == 0
    assert not folder_of(target).exists()


def test_what_cannot_go_on_says_why(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    film = "lavfi:testsrc=size=64x48:duration=0.2"
    code, message = run(world, capsys, film, tmp_path / "out.mkv", "--resume")
    assert (code, message.count("\n")) == (2, 1)
    assert "no file that can be read again" in message
    assert run(world, capsys, film, tmp_path / "out.mkv")[0] == 0


def test_an_encoder_whose_header_changes_is_found_out_before_the_first_frame(
    world: World,
    make_clip: Callable[[int], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    headers = iter(range(100))
    monkeypatch.setattr("instavid.keeping.new_header", lambda _: bytes([next(headers)]))
    target = tmp_path / "out.mkv"
    code, message = run(world, capsys, make_clip(FRAMES), target, *FFV1, "--resume")
    assert (code, message.count("\n")) == (2, 1)
    assert "encoder ffv1 does not write the same header twice" in message
    assert run(world, capsys, make_clip(FRAMES), target, *FFV1)[0] == 0
    assert caplog.text.count("does not write the same header twice") == 1
    assert len(seen(target)[0]) == FRAMES


def test_the_weights_are_read_once_for_their_digest(
    world: World,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    digest = hashlib.file_digest

    def count(file: BinaryIO, kind: str) -> Any:
        read.append(file.name)
        return digest(file, kind)

    monkeypatch.setattr(hashlib, "file_digest", count)
    assert run(world, capsys, world.clip, tmp_path / "out.mkv")[0] == 0
    assert [Path(name) for name in read].count(world.segmenter) == 1


def test_a_segment_with_another_header_is_not_gone_on_from(
    world: World,
    capsys: pytest.CaptureFixture[str],
    broken_off: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("instavid.keeping.new_header", lambda _: b"another")
    code, message = run(world, capsys, *broken_off, *FFV1, "--resume")
    assert (code, message.count("\n")) == (2, 1)
    assert "what the encoder writes first was" in message


def test_nothing_is_kept_where_that_is_not_wanted(
    world: World,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something is kept")

    monkeypatch.setattr("instavid.resuming.RunKeeper.__enter__", refuse)
    assert run(world, capsys, world.clip, tmp_path / "out.mkv", "--no-resume")[0] == 0
