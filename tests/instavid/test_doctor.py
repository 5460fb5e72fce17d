"""instavid doctor: what is broken becomes a line, and nothing else is lost."""

import importlib.metadata
import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from instagan.config import GeneratorConfig
from instagan.models.build import build_generator
from instagan.pairs import Card, Domain, pairs_folder, save_pair
from instavid.checks import all_probes, networks, surroundings, video
from instavid.checks.probing import Finding, Probe, examine
from instavid.cli import main


def fine() -> Iterator[Finding]:
    yield Finding("fine", "ok", "works")


def breaking(error: BaseException) -> Probe:
    def probe() -> Iterator[Finding]:
        yield Finding("first half", "ok", "works")
        raise error

    return probe


def doctor(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *arguments])
    out, err = capfd.readouterr()
    return int(str(ended.value.code)), out, err


def test_everything_needed_works_here_and_no_network_is_touched(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    code, out, _ = doctor(capfd, "--json")
    report = json.loads(out)
    assert report["problems"] == []
    assert (code, report["schema"], report["ok"]) == (0, 1, True)
    found = {check["name"]: check["status"] for check in report["checks"]}
    working = {"torch", "torchvision", "generator", "ultralytics", "pyav", "round trip"}
    assert all(found[name] == "ok" for name in (*working, "encoder libx264"))
    assert found["pairs"] == "ok"  # the shipped one


@pytest.mark.parametrize(
    "error", [ImportError("no such\nlibrary"), OSError("gone"), SystemExit(3)], ids=str
)
def test_a_broken_probe_is_reported_and_the_others_go_on(error: BaseException) -> None:
    report = examine({"broken": breaking(error), "fine": fine})
    assert [found.name for found in report.findings] == ["first half", "broken", "fine"]
    (problem,) = report.problems
    assert type(error).__name__ in problem.detail
    assert "\n" not in problem.detail


def test_each_problem_is_a_line_and_the_exit_code_is_1(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    probes = {"a": breaking(OSError("gone")), "fine": fine, "b": breaking(ValueError("odd"))}
    monkeypatch.setattr(all_probes, "PROBES", probes)
    code, out, err = doctor(capfd)
    assert code == 1
    assert err.splitlines() == ["instavid: a: OSError: gone", "instavid: b: ValueError: odd"]
    assert "fine" in out


def test_a_missing_library_is_a_problem_of_its_own_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    report = examine({"torchvision": networks.torchvision_ops, "torch": networks.torch_build})
    assert [found.name for found in report.problems] == ["torchvision"]


def test_encoders_that_are_absent_or_do_not_work_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(video, "NEEDED", ("no-such-encoder",))
    # libopus is listed, but encodes sound.
    monkeypatch.setattr(video, "WELCOME", ("ffv1", "no-other", "libopus"))
    found = {finding.name: finding for finding in video.encoders()}
    assert found["encoder no-such-encoder"].status == "problem"
    assert found["encoder ffv1"].detail == "usable"
    assert (found["encoder no-other"].status, found["encoder no-other"].detail) == (
        "note",
        "absent",
    )
    assert found["encoder libopus"].detail.startswith("listed but not usable (")


def test_two_packages_of_opencv_are_warned_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "5.0")
    first = next(iter(networks.opencv()))
    assert first.status == "warning"
    assert "opencv-python-headless" in first.detail


@pytest.mark.parametrize(
    ("build", "toolkit"),
    [("  GUI:                QT5\n", "QT5"), ("  GUI:   NONE\n", "NONE"), ("nothing", "")],
)
def test_the_window_toolkit_is_read_from_the_build(build: str, toolkit: str) -> None:
    assert networks._window_toolkit(build) == toolkit


def test_a_cache_that_cannot_be_written_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("INSTAVID_CACHE", str(tmp_path / "file" / "cache"))
    (problem,) = examine({"cache": surroundings.cache}).problems
    assert "INSTAVID_CACHE" in problem.detail


def test_the_cache_is_not_made_by_looking_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTAVID_CACHE", str(tmp_path / "new" / "cache"))
    report = examine({"cache": surroundings.cache, "pairs": surroundings.pairs})
    assert report.problems == ()
    assert list(tmp_path.iterdir()) == []


def test_damaged_pairs_are_named_and_whole_ones_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("instavid.zoo.FOLDER", tmp_path)
    shape = GeneratorConfig(base_width=1, blocks=0)
    network = build_generator(shape, rng=torch.Generator().manual_seed(0))
    for name in ("whole", "flipped", "lacking", "cardless"):
        domains = Domain("sheep", ("sheep",)), Domain("giraffe", ("giraffe",))
        card = Card(name, shape, (32, 32), *domains)
        save_pair(pairs_folder() / name, card, {"AtoB": network})
    (weights,) = (pairs_folder() / "flipped").glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")
    next((pairs_folder() / "lacking").glob("*.safetensors")).unlink()
    (pairs_folder() / "cardless" / "card.json").write_text("{")
    report = examine({"pairs": surroundings.pairs})
    assert report.findings[0].detail.startswith("4: ")
    assert {found.name for found in report.problems} == {
        "pair flipped",
        "pair lacking",
        "pair cardless",
    }
