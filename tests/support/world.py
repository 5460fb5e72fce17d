"""A small world for the command line: a clip with sound, weights, and a pair, all made here."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch

from instagan.models.generators import SetGenerator
from instavid.testing import textured

_LONGEST_SECONDS = 300
# Uneven gaps, in 1/600 s: a variable frame rate.
GAPS = (20, 24, 20, 37, 11, 20, 20, 64)


@dataclass(frozen=True)
class World:
    """Where things are."""

    cache: Path
    clip: Path
    segmenter: Path
    generators: tuple[Path, Path]

    def command(self, *arguments: str | Path) -> list[str]:
        """Return a command line that runs instavid in a process of its own."""
        start = "from instavid.cli import main; main()"
        return [sys.executable, "-c", start, *map(str, arguments)]

    def run(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run instavid to its end; what hangs shows where each of its threads was.

        Raises:
            TimeoutExpired: It took five minutes; stderr ends with the stacks.
        """
        command = self.command(*arguments)
        own = {"INSTAVID_CACHE": str(self.cache), "PYTHONFAULTHANDLER": "1"}
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **own, **environment},
        ) as process:
            try:
                out, err = process.communicate(timeout=_LONGEST_SECONDS)
            except subprocess.TimeoutExpired:
                err = _stacks(process)
                print(err, file=sys.stderr)
                raise
        return subprocess.CompletedProcess(command, process.returncode, out, err)


def _stacks(process: subprocess.Popen[str]) -> str:
    """End a process that hangs; return what it had to say, and where each thread was."""
    process.send_signal(signal.SIGABRT)
    try:
        return process.communicate(timeout=30)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        return "no answer to SIGABRT"


def make_world(root: Path) -> World:
    """Make everything in a folder, the pair by the command that users call."""
    made = World(
        cache=root / "cache",
        clip=write_clip(root / "field.mp4", frames=40),
        segmenter=_write_segmenter(root / "random-seg.pt"),
        generators=(_write_generator(root / "1_net_G_A.pth"), _write_generator(root / "B.pth")),
    )
    arguments = ["--name", "sheep2giraffe", "--size", "32x32"]
    result = made.run("pairs", "import", *made.generators, *arguments)
    assert result.returncode == 0, result.stderr
    return made


def write_clip(path: Path, *, frames: int) -> Path:
    """Write a 160x96 H.264 clip with a variable frame rate and AAC sound."""
    picture = textured(96, 400)
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        video.codec_context.time_base = Fraction(1, 600)
        audio = output.add_stream("aac", rate=48000)
        pts = 0
        for n in range(frames):
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(picture[:, 2 * (n % 120) : 2 * (n % 120) + 160]), "rgb24"
            )
            frame.pts, frame.time_base = pts, Fraction(1, 600)
            output.mux(video.encode(frame))
            pts += GAPS[n % len(GAPS)]
        for n in range(pts * 48000 // 600 // 1024):
            tone = (3000 * np.sin(np.arange(1024) * 0.05)).astype(np.int16)
            sound = av.AudioFrame.from_ndarray(np.stack([tone, tone]).reshape(1, -1), "s16")
            sound.sample_rate, sound.pts = 48000, n * 1024
            output.mux(audio.encode(sound))
        output.mux(video.encode(None))
        output.mux(audio.encode(None))
    return path


def _write_segmenter(path: Path) -> Path:
    """Write YOLO-seg weights that were never trained; they hardly find anything."""
    from instavid.taming import tamed

    with tamed():
        from ultralytics.nn.tasks import SegmentationModel

        torch.manual_seed(0)
        model = SegmentationModel("yolov8n-seg.yaml", nc=3, verbose=False)
    model.names = {0: "sheep", 1: "giraffe", 2: "cow"}
    torch.save({"model": model, "train_args": {}}, path)
    return path


def _write_generator(path: Path) -> Path:
    torch.manual_seed(0)
    torch.save(SetGenerator(base_width=4, blocks=1).state_dict(), path)
    return path
