"""Memory does not grow with the length of a clip."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

SCRIPT = """
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
    instavid.api.file_sink(
        __import__("pathlib").Path(sys.argv[2]), source, encoding=instavid.api.Encoding(), chosen=()
    ) as sink,
):
    report = pipeline.run(source, sink, on_progress=note)
assert report.frames_changed == report.frames
print(report.frames, peaks[400], peaks[report.frames])
"""


def test_ten_times_the_frames_take_no_more_memory(
    make_clip: Callable[[int], Path], tmp_path: Path
) -> None:
    clip = make_clip(4000)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, clip, tmp_path / "out.mp4"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    frames, early_kib, late_kib = map(int, done.stdout.split())
    assert frames == 4000
    assert late_kib - early_kib < 20 * 1024
