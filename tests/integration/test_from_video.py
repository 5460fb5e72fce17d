"""Clips to a data set as users do it, stopped half-way and to the end."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import av
import pytest
from world import World

from instagan.data.layout import find_samples
from instavid.cli import main
from instavid.datasets import drafts
from instavid.meadow.sampling import sample_scene
from instavid.meadow.source import MeadowSource
from instavid.types import ByteArray


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 200 frames of sheep that stand still, of which rendering one is enough."""
    path = tmp_path_factory.mktemp("clips") / "sheep.mkv"
    (frame,) = MeadowSource(sample_scene(222, count=4), 1, 180, 320)
    still = av.VideoFrame.from_ndarray(frame.rgb(), "rgb24")
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for index in range(200):
            still.pts = index
            output.mux(stream.encode(still))
        output.mux(stream.encode(None))
    return path


def asked(clip: Path, data: Path, *, domain: str = "A") -> list[str | Path]:
    names = ["--class", "sheep", "--seg-model", "meadow", "-d", "cpu", "--min-size", "24"]
    return ["data", "from-video", clip, "-o", data, "--domain", domain, *names]


def hidden(data: Path) -> list[Path]:
    return list(data.glob(".*"))


def test_ctrl_c_ends_with_a_data_set_that_is_whole(
    clip: Path, world: World, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    environment = {**os.environ, "INSTAVID_CACHE": str(world.cache)}
    with subprocess.Popen(
        world.command(*asked(clip, data), "--json"),
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        deadline = time.monotonic() + 120
        while not list(data.glob(".from-video-*/*.jpg")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    report = json.loads(out)
    assert report["stopped"]
    assert report["clips"][0]["frames"] < 200
    assert len(find_samples(data, "train", domain="A")) == report["pictures"]["train"] > 0
    assert hidden(data) == []
    assert "stopped; what was found until then is written" in err


def test_ctrl_c_at_the_very_first_picture_keeps_it(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, write, written = tmp_path / "data", drafts.write_image, []
    before = signal.getsignal(signal.SIGINT)

    def interrupt(path: Path, picture: ByteArray) -> None:
        if not written:
            signal.raise_signal(signal.SIGINT)
        written.append(path)
        write(path, picture)

    monkeypatch.setattr(drafts, "write_image", interrupt)
    with pytest.raises(SystemExit) as end:
        main([*map(str, asked(clip, data)), "--json"])
    out, err = capsys.readouterr()
    assert end.value.code == 130, err
    assert json.loads(out)["clips"][0]["frames"] == 1
    assert len(find_samples(data, "train", domain="A")) > 0
    assert signal.getsignal(signal.SIGINT) is before


def test_real_giraffes_make_a_domain_that_passes_the_check(
    shared: Path, seg_weights: Path, world: World, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    giraffes = shared / "data" / "clips" / "giraffes_two.mp4"
    done = world.run(
        *("data", "from-video", giraffes, "-o", data, "--domain", "A", "-d", "cpu"),
        *("--class", "giraffe", "--seg-model", seg_weights, "--imgsz", "320", "--json"),
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["pictures"]["train"] >= 5
    assert report["kept"] + sum(report["left_out"].values()) == report["views"] > 100
    # It ends with a fade to black, out of focus.
    assert report["left_out"]["blurred"] > 0
    for part in ("train{}", "train{}_seg"):
        shutil.copytree(data / part.format("A"), data / part.format("B"))
    checked = world.run("data", "check", data, "--json")
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["findings"] == []
    assert hidden(data) == []
