"""Proving a finished file: it is read again from the disk, and held against what was written."""

import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from instavid.errors import InputError
from instavid.media.ledger import Ledger
from instavid.media.rereading import Findings, reread


@dataclass(frozen=True)
class Verification:
    """What came of holding a file against what was written."""

    frames: int
    """Pictures that were decoded from the file."""
    packets: int
    """Packets of other streams that were read from it."""
    is_bit_exact: bool
    """Whether every sample was compared, and not only the means of blocks."""
    frames_not_compared: int = 0
    """Pictures of which only the times were: those that an earlier run encoded, after --resume."""
    failures: tuple[str, ...] = ()
    """One sentence for each thing that is not as it was written."""
    unchecked: tuple[str, ...] = ()
    """One sentence for each thing that could not be compared."""
    seconds: float = 0.0

    @property
    def has_passed(self) -> bool:
        """Return whether everything that could be compared is as it should be."""
        return not self.failures

    def to_json(self) -> dict[str, Any]:
        """Return all of this as one JSON object."""
        return {"passed": self.has_passed, **asdict(self), "seconds": round(self.seconds, 3)}

    def summary(self) -> str:
        """Return this in one line."""
        if not self.has_passed:
            return f"not verified: {len(self.failures)} checks failed"
        how = "bit for bit" if self.is_bit_exact else "within what the encoder loses"
        if self.frames_not_compared:
            how = f"({self.frames_not_compared} of them by their times only)"
        packets = f"{self.packets} packets of other streams, " if self.packets else ""
        return f"verified: {self.frames} frames {how}, {packets}times, header and tags"


def verify(
    path: Path,
    ledger: Ledger,
    *,
    failures: Sequence[str] = (),
    stop: threading.Event | None = None,
) -> Verification:
    """Read a file from the disk and hold it against what was written.

    Args:
        path: The finished file.
        ledger: What it must hold.
        failures: What is known to be wrong with it already, one sentence each.
        stop: Set it to give up.

    Raises:
        RunStopped: `stop` was set; the file stays.
    """
    began = time.perf_counter()
    try:
        found = reread(path, ledger, stop=stop)
    except InputError as error:
        found = Findings(failures=[f"The file cannot be read again. {error}"])
    return Verification(
        frames=found.frames,
        packets=found.packets,
        is_bit_exact=found.is_exact,
        frames_not_compared=found.unseen,
        failures=(*failures, *found.failures),
        unchecked=tuple(found.unchecked),
        seconds=time.perf_counter() - began,
    )
