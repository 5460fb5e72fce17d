"""A run that was stopped, killed or damaged goes on; `make proofs` tries more of the same."""

import logging
from pathlib import Path

import pytest
import torch
from tiny_runs import (
    CPU,
    fingerprint,
    make_config,
    make_crops,
    make_full_config,
    newest_content,
)

from instagan.errors import ConfigError
from instagan.training import saved_states
from instagan.training.config import Stage
from instagan.training.loop import train
from instagan.training.saved_states import OLD_NAME, find_states
from instagan.training.state import begin

FULL = make_full_config(warm_up=2, stages=(3, 3))
LAST, EVERY = 6, 3


@pytest.fixture
def crops():
    return make_crops()


@pytest.fixture(scope="module")
def never_stopped(tmp_path_factory) -> str:
    """Return the fingerprint of a run that was let alone."""
    torch.set_num_threads(1)  # as for each test: the bits depend on it
    folder = tmp_path_factory.mktemp("whole")
    train(FULL, make_crops(), folder, device=CPU, save_every=EVERY)
    return fingerprint(folder)


def stop_after(calls: int):
    """Return a `should_stop` that says so the given time it is asked."""
    steps = iter(range(1, 1000))
    return lambda: next(steps) == calls


@pytest.mark.parametrize(
    ("calls", "at"),
    [(1, 0), (2, 0), (4, 2), (5, 3), (7, 5)],
    ids=["in the warm-up", "at its end", "in a stage", "between stages", "in the second"],
)
def test_stopped_and_resumed_equals_never_stopped(tmp_path, crops, never_stopped, calls, at):
    halted = train(
        FULL, crops, tmp_path, device=CPU, save_every=EVERY, should_stop=stop_after(calls)
    )
    assert halted.card.provenance["steps"] == f"{at} of {LAST}"
    assert newest_content(tmp_path)["step"] == at
    resumed = train(FULL, crops, tmp_path, device=CPU, save_every=EVERY, resume=True)
    assert resumed.card.provenance["steps"] == f"{LAST} of {LAST}"
    assert fingerprint(tmp_path) == never_stopped


@pytest.mark.parametrize(
    "key", ["generators", "discriminators", "optimizers", "pools", "rngs", "streams", "average"]
)
def test_nothing_in_a_state_is_there_in_vain(tmp_path, crops, never_stopped, key, monkeypatch):
    """What says that resumed equals never stopped would see it if a part were not restored."""
    train(FULL, crops, tmp_path, device=CPU, should_stop=stop_after(6))
    fresh = saved_states.take(begin(FULL, crops, device=CPU))
    read = saved_states._read
    monkeypatch.setattr(saved_states, "_read", lambda path: {**read(path), key: fresh[key]})
    train(FULL, crops, tmp_path, device=CPU, resume=True)
    assert fingerprint(tmp_path) != never_stopped


def test_training_draws_nothing_from_randomness_that_no_state_keeps(tmp_path, crops):
    before = torch.get_rng_state()
    train(FULL, crops, tmp_path, device=CPU)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("keep", [1, 3])
def test_the_newest_states_stay_and_bear_their_digests(tmp_path, crops, keep):
    train(make_config(), crops, tmp_path, device=CPU, save_every=1, keep=keep)
    states = find_states(tmp_path)
    assert [int(path.name[:7]) for path in states] == [7, 6, 5][:keep]
    for path in states:
        digest = saved_states.hashlib.sha256(path.read_bytes()).hexdigest()
        assert path.stem == f"{path.name[:7]}-{digest[:16]}"


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "one bit flipped": flip,
    "empty": lambda path: path.write_bytes(b""),
    "something else": lambda path: torch.save({"step": 99}, path),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_state_is_named_and_the_one_before_taken(tmp_path, crops, caplog, damage):
    config = make_config()
    train(config, crops, tmp_path, device=CPU, save_every=2)
    whole = fingerprint(tmp_path)
    newest, before, _ = find_states(tmp_path)
    damage(newest)
    pair = train(config, crops, tmp_path, device=CPU, save_every=2, resume=True)
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert f"{newest} is damaged: the SHA-256 of its" in line
    assert line.endswith(f"going on from {before.name}, step 6")
    assert pair.card.provenance["steps"] == "7 of 7"
    assert fingerprint(tmp_path) == whole
    assert len(find_states(tmp_path)) == 3


def test_the_log_is_cut_back_to_the_state_that_was_taken(tmp_path, crops):
    config = make_config()
    train(config, crops, tmp_path, device=CPU, log_every=1, save_every=2)
    lines = (tmp_path / "log.csv").read_text().splitlines(keepends=True)
    flip(find_states(tmp_path)[0])
    # A killed run leaves half a line: this one reads as step 1.
    (tmp_path / "log.csv").write_text("".join(lines) + "1")
    train(config, crops, tmp_path, device=CPU, log_every=1, save_every=2, resume=True)
    again = (tmp_path / "log.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in again] == ["step", *"1234567"]


def test_a_run_without_a_sound_state_says_so_in_one_line(tmp_path, crops):
    config = make_config(stages=(Stage((16, 16), 2),), warm_up=0)
    train(config, crops, tmp_path, device=CPU, save_every=1)
    for path in find_states(tmp_path):
        path.write_bytes(b"")
    with pytest.raises(ConfigError, match=r"0000002.* is damaged: .*; .*0000001.* start a new run"):
        train(config, crops, tmp_path, device=CPU, resume=True)


def as_old_run(folder: Path) -> Path:
    """Leave a run's newest state as the versions did that kept but one."""
    newest, *others = find_states(folder)
    since = ("warm_up", "guards", "best", "origin")
    content = {k: v for k, v in newest_content(folder).items() if k not in since}
    torch.save(content, folder / OLD_NAME)
    for path in (newest, *others):
        path.unlink()
    return folder / OLD_NAME


def test_a_run_of_before_goes_on_from_its_only_state(tmp_path, crops, never_stopped):
    train(FULL, crops, tmp_path, device=CPU, should_stop=stop_after(4))
    old = as_old_run(tmp_path)
    with pytest.raises(ConfigError, match="has a run already; --resume"):
        train(FULL, crops, tmp_path, device=CPU)
    train(FULL, crops, tmp_path, device=CPU, save_every=EVERY, keep=2, resume=True)
    assert fingerprint(tmp_path) == never_stopped
    assert not old.exists()  # newer ones took its place


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([1, 2], "is damaged: it is no state of a run"),
        ({"step": 3}, "is damaged: it is no state of a run"),
        (b"no state", "is damaged: no state can be read from it"),
    ],
)
def test_an_old_state_that_is_none_is_refused(tmp_path, crops, content, told):
    if isinstance(content, bytes):
        (tmp_path / OLD_NAME).write_bytes(content)
    else:
        torch.save(content, tmp_path / OLD_NAME)
    with pytest.raises(ConfigError, match=told):
        train(make_config(), crops, tmp_path, device=CPU, resume=True)


def test_a_state_with_broken_numbers_is_not_taken(tmp_path, crops, caplog):
    train(FULL, crops, tmp_path, device=CPU, should_stop=stop_after(6))
    good = find_states(tmp_path)[0]
    content = newest_content(tmp_path)
    next(iter(content["discriminators"]["BtoA"].values()))[0] = float("nan")
    buffer = saved_states.io.BytesIO()
    torch.save(content, buffer)
    digest = saved_states._digest(buffer.getvalue())
    (good.parent / f"0000005-{digest}.pt").write_bytes(buffer.getvalue())
    train(FULL, crops, tmp_path, device=CPU, resume=True)
    assert "it holds values that are not finite; going on from 0000004" in caplog.text


def test_what_a_killed_save_left_half_written_is_cleared_away(tmp_path, crops):
    config = make_config()
    train(config, crops, tmp_path, device=CPU, should_stop=stop_after(4))
    litter = [tmp_path / "states" / ".0000003-aa.pt.0123abcd.tmp", tmp_path / ".x.89abcdef.tmp"]
    litter[0].write_bytes(b"half")
    litter[1].mkdir()
    own = tmp_path / "states" / ".mine.tmp"
    own.write_text("not ours")
    train(config, crops, tmp_path, device=CPU, resume=True)
    assert [path.exists() for path in (*litter, own)] == [False, False, True]
