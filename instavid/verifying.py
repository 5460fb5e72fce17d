"""`--verify`: watches a run while it writes, and has the result read again afterwards."""

import threading

from instavid.core.composite import Composite
from instavid.core.untouched import altered_samples
from instavid.media.verification import Verification, verify
from instavid.sinks.file import FileSink
from instavid.types import Frame


class Untouched:
    """Compares every finished frame with its source, sample by sample, before it is encoded."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._frames = self._samples = 0
        self._first = 0

    def __call__(self, source: Frame, result: Composite) -> None:
        """Compare one frame outside the region that was touched."""
        altered = altered_samples(source, result)
        if altered:
            self._first = self._first if self._frames else source.index
            self._frames += 1
            self._samples += altered

    def failures(self) -> list[str]:
        """Return what is wrong, one sentence each."""
        if not self._frames:
            return []
        return [
            f"{self._samples} samples outside the touched region of {self._frames} frames, the "
            f"first of them frame {self._first}, are not the source's."
        ]


def verified(
    sink: FileSink, untouched: Untouched, *, stop: threading.Event | None = None
) -> Verification:
    """Return what comes of reading a finished file again.

    Args:
        sink: Made to be verifiable, and ended without an error.
        untouched: Called with every frame of the run.
        stop: Set it to give up.

    Raises:
        RunStopped: `stop` was set; the file stays.
    """
    assert sink.result is not None, "the sink has ended without an error"
    assert sink.ledger is not None, "the sink is verifiable"
    return verify(sink.result.path, sink.ledger, failures=untouched.failures(), stop=stop)
