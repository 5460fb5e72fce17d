"""No file that comes in as weights runs code; `make faults` tries all, this a cross-section."""

from pathlib import Path

from payloads import LOADERS, WRAPPINGS, is_live, payloads, trials


def test_code_in_a_file_of_weights_is_never_run(tmp_path: Path) -> None:
    bodies = payloads(tmp_path / "canary")
    assert len(bodies) == 20
    # A prime apart: every payload, wrapping and loader has its turn.
    some = trials(tmp_path)[::11]
    for part in (bodies, WRAPPINGS, LOADERS):
        assert all(any(name in trial.name for trial in some) for name in part)
    assert [trial.name for trial in some if trial.runs_code()] == []


def test_every_payload_is_live(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    dead = [name for name, body in payloads(canary).items() if not is_live(body, canary)]
    assert dead == []
