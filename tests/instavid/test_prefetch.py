"""Read-ahead in threads: order, bounds, errors and ends."""

import threading
import time
from collections.abc import Iterable, Iterator

import pytest

from instavid.prefetch import Prefetch, StageChain
from instavid.turns import Turn


def stage_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("instavid-")]


def wait_for_no_threads(seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while stage_threads() and time.monotonic() < end:
        time.sleep(0.01)
    return not stage_threads()


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_items_arrive_whole_and_in_order(count: int) -> None:
    with StageChain(depth=3) as chain:
        doubled = chain.add("double", (2 * n for n in chain.add("count", range(count))))
        assert list(doubled) == [2 * n for n in range(count)]
    assert wait_for_no_threads()


def test_the_producer_stays_within_its_bound() -> None:
    made = []

    def produce() -> Iterator[int]:
        for n in range(100):
            made.append(n)
            yield n

    with StageChain(depth=4) as chain:
        items = chain.add("produce", produce())
        assert next(items) == 0
        time.sleep(0.1)
        # One was taken, four wait, and one is in the producer's hand.
        assert len(made) <= 6


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_an_error_in_any_stage_reaches_the_consumer_and_ends_every_thread(failing: int) -> None:
    def passing(items: Iterator[int], position: int) -> Iterator[int]:
        for n in items:
            if position == failing and n == 5:
                raise RuntimeError(f"stage {position} broke")
            yield n

    def run() -> None:
        with StageChain(depth=2) as chain:
            items: Iterator[int] = iter(range(10**9))
            for position in range(3):
                items = chain.add(f"stage{position}", passing(items, position))
            list(items)

    with pytest.raises(RuntimeError, match=f"stage {failing} broke"):
        run()
    assert wait_for_no_threads()


class FailsToBegin:
    def __iter__(self) -> Iterator[int]:
        raise RuntimeError("cannot begin")


class FailsToClose:
    def __iter__(self) -> "FailsToClose":
        return self

    def __next__(self) -> int:
        raise StopIteration

    def close(self) -> None:
        raise RuntimeError("cannot close")


@pytest.mark.parametrize(
    ("items", "error"),
    [(FailsToBegin(), RuntimeError), (FailsToClose(), RuntimeError), (None, TypeError)],
    ids=["iter", "close", "no iterator"],
)
def test_items_that_cannot_begin_or_end_raise_in_the_consumer(
    items: Iterable[int], error: type[Exception]
) -> None:
    with pytest.raises(error), StageChain(depth=1) as chain:
        list(chain.add("odd", items))
    assert wait_for_no_threads()


def test_a_consumer_that_stops_early_ends_every_thread_and_closes_the_iterators() -> None:
    closed = threading.Event()

    def produce() -> Iterator[int]:
        try:
            yield from range(10**9)
        finally:
            closed.set()

    with StageChain(depth=2) as chain:
        items = chain.add("second", (n for n in chain.add("first", produce())))
        assert next(items) == 0
    assert wait_for_no_threads()
    assert closed.wait(1)


def test_closing_wakes_a_consumer_that_waits() -> None:
    blocker = threading.Event()

    def produce() -> Iterator[int]:
        blocker.wait(5)
        yield 1

    items = Prefetch(produce(), depth=1, name="slow")
    threading.Timer(0.1, items.close).start()
    began = time.monotonic()
    assert list(items) == []
    assert time.monotonic() - began < 2
    blocker.set()
    assert items.join(5)


def test_busy_time_leaves_out_the_waiting_for_a_turn() -> None:
    turn, is_held = Turn(), threading.Event()

    def patient() -> Iterator[int]:
        is_held.wait(5)
        with turn.taken():
            yield 1

    with StageChain(depth=1) as chain:
        items = chain.add("patient", patient())
        with turn.taken():
            is_held.set()
            taker = threading.Thread(target=lambda: list(items))
            taker.start()
            time.sleep(0.3)
        taker.join(5)
        assert chain.busy_seconds["patient"] < 0.15


def test_busy_time_leaves_out_the_waiting_for_the_stage_before() -> None:
    def slow() -> Iterator[int]:
        for n in range(5):
            time.sleep(0.05)
            yield n

    with StageChain(depth=1) as chain:
        list(chain.add("fast", (n for n in chain.add("slow", slow()))))
        busy = chain.busy_seconds
    assert busy["slow"] >= 0.25
    assert busy["fast"] < 0.15
