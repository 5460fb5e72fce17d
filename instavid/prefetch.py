"""Bounded read-ahead: runs an iterator in a thread of its own and re-raises what it raises."""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Generic, Self, TypeVar

from instavid.turns import waited_seconds

T = TypeVar("T")

_JOIN_SECONDS, _JOIN_AT_ONCE_SECONDS = 5.0, 0.1
_log = logging.getLogger(__name__)


class Prefetch(Generic[T]):
    """Iterates over `items` in a thread, at most `depth` of them ahead of the consumer.

    The producer's exception reaches the consumer; `close` wakes both sides, and the thread closes
    the iterator that it was running.
    """

    def __init__(
        self, items: Iterable[T], *, depth: int, name: str, upstream: "Prefetch[T] | None" = None
    ) -> None:
        """Prepare; the thread starts with the first `next`.

        Args:
            items: What to read ahead; it is iterated in the new thread only.
            depth: How many items may wait.
            name: Name of the stage, for the thread and for the report.
            upstream: The read-ahead that `items` consumes, whose waiting is not this stage's work.
        """
        self.name = name
        self.waited_seconds = 0.0
        self._items = items
        self._depth = depth
        self._upstream = upstream
        self._inside_seconds = 0.0
        self._waiting: deque[T] = deque()
        self._error: BaseException | None = None
        self._finished = self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._produce, name=f"instavid-{name}", daemon=True)

    @property
    def busy_seconds(self) -> float:
        """Return the time that this stage worked, without waiting for another one or a turn."""
        waited = self._upstream.waited_seconds if self._upstream else 0.0
        return max(0.0, self._inside_seconds - waited)

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._thread.ident is None:
            self._thread.start()
        started = time.perf_counter()
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._finished or self._closed)
            self.waited_seconds += time.perf_counter() - started
            if self._waiting and not self._closed:
                item = self._waiting.popleft()
                self._changed.notify_all()
                return item
            if self._error is not None and not self._closed:
                raise self._error
        raise StopIteration

    def close(self) -> None:
        """End the read-ahead and discard what waits; safe to call twice and from any thread."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the thread to end; return whether it has."""
        if self._thread.ident is not None:
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _produce(self) -> None:
        try:
            iterator = iter(self._items)
            try:
                while self._offer(iterator):
                    pass
            finally:
                close = getattr(iterator, "close", None)
                if close is not None:
                    close()
        except BaseException as error:
            self._error = error
        finally:
            with self._changed:
                self._finished = True
                self._changed.notify_all()

    def _offer(self, iterator: Iterator[T]) -> bool:
        """Make one item and hand it over; return whether there may be another."""
        started, waited = time.perf_counter(), waited_seconds()
        try:
            item = next(iterator)
        except StopIteration:
            return False
        finally:
            self._inside_seconds += time.perf_counter() - started - (waited_seconds() - waited)
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) < self._depth or self._closed)
            if self._closed:
                return False
            self._waiting.append(item)
            self._changed.notify_all()
        return True


class StageChain:
    """Stages that feed one another, each in its own thread; leaving the context ends them all."""

    def __init__(self, *, depth: int) -> None:
        """Prepare an empty chain whose stages may be `depth` items ahead of one another."""
        self._depth = depth
        self._stages: list[Prefetch[Any]] = []

    def add(self, name: str, items: Iterable[T]) -> Prefetch[T]:
        """Run `items`, which consumes what the stage added before it yields, in a new thread."""
        upstream = self._stages[-1] if self._stages else None
        stage = Prefetch(items, depth=self._depth, name=name, upstream=upstream)
        self._stages.append(stage)
        return stage

    @property
    def busy_seconds(self) -> dict[str, float]:
        """Return the time that each stage worked, by name."""
        return {stage.name: stage.busy_seconds for stage in self._stages}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for stage in self._stages:
            stage.close()
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            # Whoever wants to stop does not wait for a network; the threads end after their item.
            self._stages[-1].join(_JOIN_AT_ONCE_SECONDS)
            return
        for stage in self._stages:
            if not stage.join(_JOIN_SECONDS):
                _log.warning("the %s stage did not end within %g s", stage.name, _JOIN_SECONDS)
