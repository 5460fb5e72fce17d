"""What ultralytics may and may not do to the machine and to the process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from instavid.taming import cache_folder
from instavid.trackers.bytetrack import ByteTracker
from instavid.types import Instances

ROOT = Path(__file__).resolve().parents[2]

# Loads weights, segments a frame and tracks, while an audit hook notes what reaches outside.
PROBE = """
import json, os, sys
notes = {"network": [], "processes": [], "writes": []}

def hook(event, args):
    if event.startswith("socket."):
        notes["network"].append(event)
    elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
        notes["processes"].append(str(args[1]))
    elif event == "open" and isinstance(args[0], str):
        if isinstance(args[1], str) and set(args[1]) & set("wax+"):
            notes["writes"].append(args[0])
    elif event in ("os.mkdir", "os.rename", "os.remove"):
        notes["writes"].append(str(args[0]))

import cv2, numpy as np, torch, PIL.Image
from instavid.segmenters.yolo import YoloSegmenter
from instavid.testing import make_frame, textured
from instavid.trackers.bytetrack import ByteTracker

def state():
    return {
        "threads": (torch.get_num_threads(), cv2.getNumThreads()),
        "print": (repr(torch.tensor([1e-9, 1.0])), repr(np.array([1e-9, 1.0]))),
        "patched": [f.__module__ for f in (torch.save, PIL.Image.open)],
        "environment": dict(os.environ),
    }

before = state()
sys.addaudithook(hook)
segmenter = YoloSegmenter(sys.argv[1], imgsz=64, conf=1e-5)
ByteTracker().update(segmenter.segment([make_frame(textured(48, 64))])[0])
notes["changed"] = [key for key, value in state().items() if value != before[key]]
notes["modules"] = "ultralytics" in sys.modules
sys.stdout.write(json.dumps(notes))
"""

MAKE_WEIGHTS = """
import sys, torch
from instavid.taming import tamed
with tamed():
    from ultralytics.nn.tasks import SegmentationModel
    torch.save({"model": SegmentationModel("yolov8n-seg.yaml", nc=2, verbose=False)}, sys.argv[1])
"""


def run(code: str, weights: Path, home: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("YOLO_")}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "INSTAVID_CACHE": str(home / "cache"),
        "HOME": str(home),
        "XDG_CONFIG_HOME": "",  # ultralytics alone would write into the working directory
        "YOLO_OFFLINE": "0",  # what a user may have set for other reasons
    }
    command = [sys.executable, "-c", code, str(weights)]
    done = subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def test_local_weights_touch_no_network_no_pip_and_no_foreign_folder(tmp_path: Path) -> None:
    weights = tmp_path / "tiny-seg.pt"
    run(MAKE_WEIGHTS, weights, tmp_path)
    notes = json.loads(run(PROBE, weights, tmp_path))
    assert notes["modules"]
    assert notes["network"] == []
    assert notes["processes"] == []
    outside = [path for path in notes["writes"] if not path.startswith(str(tmp_path / "cache"))]
    assert set(outside) <= {"/dev/null"}
    assert notes["changed"] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "tiny-seg.pt"]


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTAVID_CACHE", "/somewhere/else")
    assert cache_folder() == Path("/somewhere/else")
    monkeypatch.delenv("INSTAVID_CACHE")
    assert cache_folder().name == "instavid"


def at(*lefts: int, score: float = 0.9) -> Instances:
    masks = np.zeros((len(lefts), 60, 300), bool)
    for mask, left in zip(masks, lefts, strict=True):
        mask[10:50, left : left + 40] = True
    return Instances.from_full(masks, ["sheep"] * len(lefts), [score] * len(lefts))


def test_identities_follow_moving_boxes() -> None:
    tracker = ByteTracker()
    first = tracker.update(at(10, 200)).tolist()
    assert len(set(first)) == 2
    assert min(first) > 0
    for n in range(1, 10):
        assert tracker.update(at(200 - 4 * n, 10 + 4 * n)).tolist() == first[::-1]


def test_a_newcomer_stays_nameless_until_seen_twice() -> None:
    tracker = ByteTracker()
    tracker.update(at(10))
    assert tracker.update(at(10, 200)).tolist()[1] == -1
    assert tracker.update(at(10, 200)).tolist()[1] > 0


def test_a_lost_identity_is_kept_as_long_as_the_buffer() -> None:
    def comes_back(frame_rate: float) -> bool:
        tracker = ByteTracker(frame_rate=frame_rate, buffer_frames=30)
        (name,) = tracker.update(at(100)).tolist()
        for _ in range(40):
            tracker.update(at())
        tracker.update(at(100))
        return tracker.update(at(100)).tolist() == [name]

    assert not comes_back(frame_rate=30)
    assert comes_back(frame_rate=60)


def test_reset_forgets_and_nothing_is_fine() -> None:
    tracker = ByteTracker()
    assert tracker.update(at()).tolist() == []
    tracker.update(at(10))
    tracker.reset()
    assert tracker.update(at(10)).dtype == np.int64
    assert tracker.update(at(10)).tolist() == [1]
