"""How much memory a run of many frames takes, early and at its end."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_SCRIPT = """
import resource, sys
import numpy as np
import instavid
from instavid.testing import PaintingTranslator, ScriptedSegmenter

def masks(index):
    mask = np.zeros((1, 96, 160), bool)
    mask[0, 30:60, index % 100 : index % 100 + 40] = True
    return mask

follower = instavid.SegmentThenTrack(ScriptedSegmenter(masks), instavid.ByteTracker())
pipeline = instavid.Pipeline(follower, [instavid.Casting(PaintingTranslator())])
peaks = {}
def note(progress):
    peaks[progress.frames] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

with (
    instavid.open_source(sys.argv[1]) as source,
    instavid.results.file_sink(
        sys.argv[2], source, encoding=instavid.results.USUAL, chosen=()
    ) as sink,
):
    report = pipeline.run(source, sink, on_progress=note)
assert report.frames_changed == report.frames
print(report.frames, peaks[400], peaks[report.frames])
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


def measure_growth(clip: Path, target: Path) -> Growth:
    """Send a clip through the whole pipeline, with tiny parts in the networks' places.

    Args:
        clip: 160x96, 400 frames or more.
        target: What to write.
    """
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, clip, target],
        capture_output=True,
        text=True,
        timeout=3600,
        check=True,
    )
    return Growth(*map(int, done.stdout.split()))
