"""run --verify: what is told, and which exit code, when the file on the disk is not what it was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shells import Shell
from world import World

from instavid.core.composite import Composite


@pytest.fixture
def shell(world: World, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(world, capsys)


def damage_after_writing(monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]) -> None:
    """Let something happen to every file between its completion and its verification."""
    from instavid.media import destinations

    move = destinations.move_into_place

    def move_and_damage(temporary: Path, target: Path) -> None:
        move(temporary, target)
        damage(target)

    monkeypatch.setattr(destinations, "move_into_place", move_and_damage)


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
@pytest.mark.parametrize("span", [(), ("--start", "0.3s", "--duration", "20")], ids=["all", "part"])
def test_a_good_result_is_verified(
    shell: Shell, world: World, tmp_path: Path, ending: str, span: tuple[str, ...]
) -> None:
    code, said = shell.run(world.clip, "-o", tmp_path / f"out{ending}", "--verify", *span)
    assert (code, said) == (0, "")


def test_the_order_in_which_flv_shows_its_streams_does_not_matter(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    # The sound has a header at the start, the pictures of flv1 have none.
    call = shell.run_arguments(world.clip, "-o", tmp_path / "out.flv", "-c", "flv", "--verify")
    code, out, said = shell.both(*call)
    assert (code, said) == (0, "")
    assert "copied unchanged: audio" in out


@pytest.mark.parametrize("flags", ["frag_keyframe+empty_moov", "+frag_keyframe", "dash"])
def test_fragments_keep_every_time(shell: Shell, world: World, tmp_path: Path, flags: str) -> None:
    asked = ("-o", tmp_path / "out.mp4", "-e", f"movflags={flags}")
    assert shell.run(world.clip, *asked, "--verify") == (0, "")


def test_flags_that_move_pictures_against_the_sound_are_named(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    asked = ("-o", tmp_path / "out.mp4", "-e", "movflags=cmaf")
    code, said = shell.run(world.clip, *asked)
    assert (code, said.count("\n")) == (0, 1)
    assert "movflags=cmaf may move pictures" in said
    assert shell.run(world.clip, *asked, "-y", "--strict")[0] == 4


def test_a_damaged_result_keeps_its_name_and_ends_with_8(
    shell: Shell, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage_after_writing(monkeypatch, cut)
    target = tmp_path / "out.mkv"
    code, said = shell.run(world.clip, "-o", target, "--verify")
    assert code == 8
    lines = said.splitlines()
    assert all(f"{target} is not as it was written" in line for line in lines)
    assert "frames can be decoded of 40" in said
    assert target.exists()
    assert shell.run(world.clip, "-o", target, "-y") == (0, "")


def test_what_came_of_it_is_in_the_report(shell: Shell, world: World, tmp_path: Path) -> None:
    def reported(name: str, *arguments: str) -> Any:
        call = shell.run_arguments(world.clip, "-o", tmp_path / name, "--json", *arguments)
        return json.loads(shell.both(*call)[1])["verification"]

    found = reported("out.mkv", "-c", "ffv1", "--verify")
    assert (found["passed"], found["frames"], found["failures"]) == (True, 40, [])
    assert found["is_bit_exact"]
    assert reported("other.mkv") is None


def test_what_came_of_it_is_in_the_summary(shell: Shell, world: World, tmp_path: Path) -> None:
    call = shell.run_arguments(world.clip, "-o", tmp_path / "out.mp4", "--verify")
    assert (
        "verified: 40 frames within what the encoder loses, 85 packets of" in shell.both(*call)[1]
    )


def test_a_damaged_input_ends_with_10_unless_its_result_is_damaged_as_well(
    shell: Shell, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shell.run(world.clip, "-o", tmp_path / "whole.mkv")[0] == 0
    short = tmp_path / "short.mkv"
    short.write_bytes((tmp_path / "whole.mkv").read_bytes())
    cut(short)
    code, said = shell.run(short, "-o", tmp_path / "out.mkv", "--verify")
    assert code == 10
    assert "not as it was written" not in said
    damage_after_writing(monkeypatch, cut)
    code, said = shell.run(short, "-o", tmp_path / "out.mkv", "--verify", "-y")
    assert code == 8
    assert "is damaged" in said


def test_a_sample_that_is_altered_outside_the_touched_region_is_seen(
    shell: Shell, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from instavid import pipeline

    compose = pipeline.composite

    def slip(frame: Any, painted: Any, *, feather: int) -> Composite:
        done = compose(frame, painted, feather=feather)
        if frame.index != 7:
            return done
        luma = np.array(frame.planes[0])
        luma[3, 5] ^= 1
        return replace(done, frame=replace(frame, planes=(luma, *frame.planes[1:])))

    monkeypatch.setattr(pipeline, "composite", slip)
    code, said = shell.run(world.clip, "-o", tmp_path / "out.mp4", "--verify")
    assert code == 8
    assert "1 samples outside the touched region of 1 frames, the first of them frame 7" in said


def test_what_is_copied_is_verified_too(shell: Shell, world: World, tmp_path: Path) -> None:
    def run(name: str, *arguments: str) -> Any:
        # Nothing is found from a confidence of 1 on, so that nothing changes.
        fixed = ("--conf", "1", "-c", "copy-like", "--verify", "--json")
        call = shell.run_arguments(world.clip, "-o", tmp_path / name, *fixed, *arguments)
        code, out, said = shell.both(*call)
        return code, json.loads(out or "{}"), said

    code, report, _ = run("out.mp4")
    assert (code, report["frames_copied"], report["verification"]["passed"]) == (0, 40, True)
    code, report, _ = run("out.mkv", "--scale", "2")
    assert (code, report["frames_copied"]) == (0, 0)
    assert any("Nothing is copied" in line for line in report["warnings"])
