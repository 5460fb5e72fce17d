"""How much memory a run of many frames takes, early and at its end."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

# Not getrusage: what it tells begins with the peak of the process that started this one.
_SCRIPT = """
import sys
from pathlib import Path
from tiny_worker import replace_networks

replace_networks()

from instavid.transfigurer import Transfigurer

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM"))
    return int(line.split()[1])

early = []
def note(progress):
    if progress.frames == 400:
        early.append(peak())

transfigurer = Transfigurer(
    pair="sheep2giraffe-meadow", seg_model="meadow", device="cpu", verify="--verify" in sys.argv
)
report = transfigurer.run(sys.argv[1], sys.argv[2], on_progress=note)
assert report.counts.frames_changed == report.frames
assert report.verification is None or report.verification.has_passed
print(report.frames, *early, peak())
"""


class Growth(NamedTuple):
    """Frames, and the most memory that was used by then, KiB."""

    frames: int
    early: int
    late: int

    @property
    def mib(self) -> float:
        """Return by how much it grew, MiB."""
        return (self.late - self.early) / 1024


def measure_growth(clip: Path, target: Path, *, verify: bool) -> Growth:
    """Send a clip through all of a run but the networks, kept in segments as it is by default.

    Args:
        clip: 400 frames or more.
        target: What to write.
        verify: Whether to read the result again, within the same measure.
    """
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, clip, target, *(["--verify"] if verify else [])],
        capture_output=True,
        text=True,
        timeout=3600,
        check=True,
        cwd=Path(__file__).parent,
    )
    return Growth(*map(int, done.stdout.split()))
