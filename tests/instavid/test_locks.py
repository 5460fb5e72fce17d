"""instavid.locks: one at a time, refused or waited for."""

import threading
from pathlib import Path

import pytest

from instavid.errors import OutputError
from instavid.jobs.store import JobStore
from instavid.locks import locked


def test_who_comes_second_is_refused_or_waits(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    entered = threading.Event()

    def enter() -> None:
        with locked(folder):
            entered.set()

    with locked(folder, busy="taken"):
        with pytest.raises(OutputError, match="taken"), locked(folder, busy="taken"):
            pass
        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(0.2)
    waiting.join(10)
    assert entered.is_set()


def test_jobs_wait_for_whoever_changes_them(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "jobs")
    with locked(store.folder):
        adding = threading.Thread(target=lambda: store.add(("run",), folder=tmp_path))
        adding.start()
        adding.join(0.2)
        assert store.all() == []
    adding.join(10)
    assert len(store.all()) == 1
