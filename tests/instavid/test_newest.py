"""instavid.sources.newest: never behind, never lost, never hanging."""

import threading
import time

import numpy as np
import pytest

from instavid.sources.newest import NewestFrame
from instavid.testing import make_frame

PICTURE = np.full((16, 16, 3), 90, np.uint8)


class Scripted:
    """A source that gives a frame whenever the test lets it."""

    def __init__(self, count=5, *, error=None, stop_wakes=True):
        self.count, self.error, self.stop_wakes = count, error, stop_wakes
        self.gate = threading.Semaphore(0)
        self.given = 0
        self.entered = self.left = self.was_stopped = False
        self.left_in = ""

    def __enter__(self):
        self.entered = True
        return self

    def __exit__(self, *_):
        self.left, self.left_in = True, threading.current_thread().name

    def stop(self):
        self.was_stopped = True
        if self.stop_wakes:
            self.gate.release()

    def __iter__(self):
        for index in range(self.count):
            self.gate.acquire()
            self.given += 1
            yield make_frame(PICTURE, index=index)
        if self.error:
            raise self.error


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        time.sleep(0.002)


def test_fast_consumer_gets_every_frame():
    source = Scripted(3)
    with NewestFrame(source) as newest:
        frames, seen = iter(newest), []
        for _ in range(3):
            source.gate.release()
            seen.append(next(frames).index)

        assert list(frames) == []
    assert (seen, newest.captured, newest.dropped) == ([0, 1, 2], 3, 0)
    assert source.left


def test_slow_consumer_gets_the_newest_and_the_rest_is_counted():
    source = Scripted(9)
    with NewestFrame(source) as newest:
        frames = iter(newest)
        source.gate.release()
        assert next(frames).index == 0
        for _ in range(5):
            source.gate.release()
        wait_until(lambda: newest.captured == 6)

        assert next(frames).index == 5
    assert newest.dropped == 4


def test_last_frame_is_given_after_the_source_has_ended():
    source = Scripted(2)
    source.gate.release(2)
    with NewestFrame(source) as newest:
        frames = iter(newest)
        first = next(frames)
        rest = list(frames)

    assert [f.index for f in (first, *rest)][-1] == 1
    assert 1 + len(rest) + newest.dropped == newest.captured == 2


def test_error_of_the_source_reaches_the_consumer():
    source = Scripted(1, error=OSError("unplugged"))
    source.gate.release()
    with NewestFrame(source) as newest, pytest.raises(OSError, match="unplugged"):
        list(newest)

    assert source.left


def test_consumer_that_stops_early_ends_the_reader():
    source = Scripted(1000)
    source.gate.release(1000)
    with NewestFrame(source) as newest:
        for _ in newest:
            break

    assert source.was_stopped
    assert source.left
    assert source.given < 1000
    assert not [t for t in threading.enumerate() if t.name == "instavid-newest"]


def test_leaving_without_reading_leaves_the_source():
    source = Scripted()
    with NewestFrame(source):
        assert source.entered

    assert source.left


def test_blocked_reader_is_not_waited_for_and_closes_its_source_itself(monkeypatch):
    monkeypatch.setattr("instavid.sources.newest._JOIN_SECONDS", 0.05)
    source = Scripted(3, stop_wakes=False)
    source.gate.release()
    with NewestFrame(source) as newest:
        next(iter(newest))
        wait_until(lambda: source.given == 1)
        started = time.monotonic()
    assert time.monotonic() - started < 2
    assert not source.left

    source.gate.release()

    wait_until(lambda: source.left)
    assert source.left_in == "instavid-newest"


def test_description_is_that_of_the_source():
    source = Scripted()
    source.info = "what it shows"

    assert NewestFrame(source).info == "what it shows"
