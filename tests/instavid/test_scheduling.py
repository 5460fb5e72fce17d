"""No encoder may make the process real-time: what spins would then starve what it waits for."""

import json
import os
import subprocess
import sys
import threading

import av
import pytest
from clips import Clip, write_clip

from instavid.media.scheduling import ordinary_scheduling

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no encoder does it elsewhere")

# Opens SVT-AV1 bare or through this package; prints how the threads are scheduled with it open.
OPEN = """
import io, json, os, sys
import av
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource

def policies():
    return sorted({os.sched_getscheduler(int(thread)) for thread in os.listdir("/proc/self/task")})

way, clip, target = sys.argv[1:]
if way == "bare":
    stream = av.open(io.BytesIO(), "w", format="matroska").add_stream("libsvtav1", rate=25)
    stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
    stream.codec_context.open()
    seen = policies()
else:
    with FileSource(clip) as source, FileSink(target, like=source.info, codec="libsvtav1") as sink:
        for frame in source:
            sink.write(frame)
        seen = policies()
print(json.dumps(seen), flush=True)
os._exit(0)
"""


def policies_with_svt(way, tmp_path):
    clip = write_clip(tmp_path / "in.mp4", Clip())
    command = [sys.executable, "-c", OPEN, way, str(clip), str(tmp_path / f"{way}.mkv")]
    child = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(child.stdout.splitlines()[-1])


def test_an_encoder_that_makes_itself_real_time_is_made_ordinary(tmp_path):
    if "libsvtav1" not in av.codecs_available:
        pytest.skip("this FFmpeg has no libsvtav1")
    if policies_with_svt("bare", tmp_path) == [os.SCHED_OTHER]:
        pytest.skip("this user may not make threads real-time")

    assert policies_with_svt("ours", tmp_path) == [os.SCHED_OTHER]


def test_only_what_the_block_changed_is_undone():
    # SCHED_BATCH stands for a real-time policy: everybody may choose it.
    batch, end, started = os.sched_param(0), threading.Event(), threading.Barrier(2)

    def wait_as_batch():
        os.sched_setscheduler(0, os.SCHED_BATCH, batch)
        started.wait()
        end.wait()

    earlier = threading.Thread(target=wait_as_batch)
    within = threading.Thread(target=end.wait)
    earlier.start()
    started.wait()
    try:
        with ordinary_scheduling():
            os.sched_setscheduler(0, os.SCHED_BATCH, batch)
            within.start()
            assert os.sched_getscheduler(within.native_id) == os.SCHED_BATCH
        kept = {
            thread: os.sched_getscheduler(thread.native_id or 0)
            for thread in (threading.current_thread(), earlier, within)
        }
    finally:
        end.set()
        earlier.join()
        within.join()

    assert list(kept.values()) == [os.SCHED_OTHER, os.SCHED_BATCH, os.SCHED_OTHER]


def test_an_error_in_the_block_undoes_it_as_well():
    def fail_as_batch():
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        raise OSError("refused")

    with pytest.raises(OSError, match="refused"), ordinary_scheduling():
        fail_as_batch()

    assert os.sched_getscheduler(0) == os.SCHED_OTHER
