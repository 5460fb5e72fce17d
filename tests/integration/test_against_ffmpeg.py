"""The ffmpeg program agrees: how pictures are turned, what is copied, times and colours."""

import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from clips import Clip, copy, packets, write_clip

from instavid.sources.file import FileSource

pytestmark = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="there is no ffmpeg program"
)

ONE = 1 << 16
# The four numbers that turn and mirror a picture.
ORIENTATIONS = {
    "upright": (ONE, 0, 0, ONE),
    "mirrored": (-ONE, 0, 0, ONE),
    "half turn": (-ONE, 0, 0, -ONE),
    "upside down": (ONE, 0, 0, -ONE),
    "clockwise": (0, ONE, -ONE, 0),
    "anticlockwise": (0, -ONE, ONE, 0),
    "transposed": (0, ONE, ONE, 0),
    "transverse": (0, -ONE, -ONE, 0),
}
SHAPES = (Fraction(1), Fraction(4, 3), Fraction(8, 9))
ENDINGS = (".mp4", ".mov", ".mkv", ".ts", ".avi", ".nut")


def run(program: str, *arguments: str | Path) -> bytes:
    done = subprocess.run(
        [program, "-v", "error", *map(str, arguments)], capture_output=True, check=True
    )
    return done.stdout


def probe(path: Path, entries: str) -> dict[str, Any]:
    said = run("ffprobe", "-select_streams", "v:0", "-show_entries", entries, "-of", "json", path)
    return dict(json.loads(said))


def shown(path: Path, height: int, width: int) -> np.ndarray:
    """Return the first picture as ffmpeg shows it, (height, width, 3) uint8 RGB."""
    raw = run(
        "ffmpeg", "-i", path, "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"
    )  # fmt: skip
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3)


def write_turned(path: Path, size: tuple[int, int], numbers: tuple[int, ...], shape: Fraction):
    """Write a picture that looks different from every side."""
    width, height = size
    a, b, c, d = numbers
    rows, columns = np.mgrid[:height, :width]
    luma = 40 + rows * 120 // height + columns * 60 // width
    luma[: height // 3, : width // 4] = 235
    frame = av.VideoFrame(width, height, "yuv444p")
    for plane, samples in zip(frame.planes, (luma, 128 + 0 * luma, 128 + 0 * luma), strict=True):
        padded = np.zeros((height, plane.line_size), np.uint8)
        padded[:, :width] = samples
        plane.update(padded.tobytes())
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=25, options={"crf": "1"})
        (video.width, video.height), video.pix_fmt = size, "yuv444p"
        video.codec_context.sample_aspect_ratio = shape
        video.set_display_matrix((a, b, 0, c, d, 0, 0, 0, 1 << 30))
        output.mux(video.encode(frame) + video.encode(None))


@pytest.mark.parametrize("size", [(64, 48), (65, 47)], ids=["even", "odd"])
@pytest.mark.parametrize("name", ORIENTATIONS)
def test_pictures_lie_as_ffmpeg_shows_them(name, size, tmp_path):
    for number, shape in enumerate(SHAPES):
        path, target = tmp_path / f"in{number}.mp4", tmp_path / f"out{number}.mp4"
        write_turned(path, size, ORIENTATIONS[name], shape)

        copy(path, target)

        with FileSource(path) as source:
            frame = next(iter(source))
        ours, (height, width) = frame.rgb(), frame.picture.upright_size
        theirs = shown(path, height, width)
        assert np.abs(ours.astype(int) - theirs).mean() < 2
        assert np.abs(shown(target, height, width).astype(int) - theirs).mean() < 2
        entries = "stream=sample_aspect_ratio,display_aspect_ratio,width,height"
        assert probe(target, entries) == probe(path, entries)


@pytest.mark.parametrize("source", ENDINGS)
def test_sound_is_what_ffmpeg_copies(source, tmp_path):
    path = write_clip(tmp_path / f"in{source}", Clip(audio="aac"))
    references = [tmp_path / f"reference{ending}" for ending in ENDINGS]
    copies = [argument for path in references for argument in ("-map", "0:a", "-c", "copy", path)]
    run("ffmpeg", "-i", path, *copies)
    for reference in references:
        target = tmp_path / f"out{reference.suffix}"

        result, _ = copy(path, target, preset="ultrafast")

        if (source, reference.suffix) == (".ts", ".avi"):  # not without rewriting its packets
            assert [note.codec for note in result.dropped] == ["aac"]
            continue
        assert [note.codec for note in result.kept] == ["aac"]
        sound = [payload for _, payload in packets(target, "audio")]
        expected = [payload for _, payload in packets(reference, "audio")]
        # One packet is only there to get the decoder going. ffmpeg moves all else to keep it where
        # no edit list can hide it.
        assert len(expected) - len(sound) in (0, 1), reference.suffix
        assert sound == expected[-len(sound) :], reference.suffix


def test_times_and_colours_are_what_ffmpeg_reads(tmp_path):
    made = Clip(pts=(0, 1, 4, 9, 10, 30), colours=(2, 9, 14, 9), pixel_format="yuv420p10le")
    path = write_clip(tmp_path / "in.mp4", made)
    entries = (
        "frame=pts_time,duration_time:"
        "stream=pix_fmt,color_range,color_space,color_transfer,color_primaries,time_base"
    )

    copy(path, tmp_path / "out.mp4")

    assert probe(tmp_path / "out.mp4", entries) == probe(path, entries)
    assert len(probe(path, entries)["frames"]) == 6
