"""Real clips, from file to file: what must not change does not, and what may stays in bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from world import World

CLIPS = {
    "car_turn": "car",
    "cat_vfr": "cat",
    "giraffes_two": "giraffe",
    "horse_beach": "horse",
    "horse_run": "horse",
    "horses_two_static": "horse",
    "sheep_flock": "sheep",
    "sheep_walk": "sheep",
}
FEATHER = 3
OLD_OR_NEW, TOUCHED = 128 | 64, 32


@dataclass(frozen=True)
class Picture:
    """One decoded frame."""

    pts: int
    duration: int
    time_base: Fraction
    planes: list[np.ndarray]


def pictures(path: Path) -> Iterator[Picture]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            planes = [
                np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[
                    :, : plane.width
                ]
                for plane in frame.planes
            ]
            assert frame.time_base is not None
            base = Fraction(frame.time_base.numerator, frame.time_base.denominator)
            yield Picture(frame.pts, frame.duration, base, planes)


def audio_packets(path: Path) -> list[tuple[int | None, int | None, bytes]]:
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return []
        packets = container.demux(audio=0)
        return [(packet.pts, packet.duration, bytes(packet)) for packet in packets if packet.size]


def check_picture(source: Picture, result: Picture, matte: Picture) -> int:
    """Check one frame against its source; return how many luma samples were touched."""
    bits = matte.planes[0]
    touched = (bits & TOUCHED) > 0
    region = (bits & OLD_OR_NEW) > 0
    if region.any():
        distance = cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, 5)
        assert not touched[distance > FEATHER + 0.1].any()
    else:
        assert not touched.any()
    for before, after in zip(source.planes, result.planes, strict=True):
        down, across = bits.shape[0] // before.shape[0], bits.shape[1] // before.shape[1]
        covers = touched.reshape(before.shape[0], down, before.shape[1], across).any(axis=(1, 3))
        np.testing.assert_array_equal(before[~covers], after[~covers])
    return int(np.count_nonzero(touched))


@pytest.mark.parametrize("name", CLIPS)
def test_a_real_clip_keeps_everything_but_the_animals(
    name: str, shared: Path, seg_weights: Path, world: World, tmp_path: Path
) -> None:
    clip = shared / "data" / "clips" / f"{name}.mp4"
    result, mattes = tmp_path / "result.mp4", tmp_path / "mattes.mkv"
    done = world.run(
        *("run", clip, "-o", result, "--save-masks", mattes, "-c", "ffv1", "-d", "cpu"),
        *("-p", "sheep2giraffe", "--classes", CLIPS[name], "--feather", str(FEATHER)),
        *("--seg-model", seg_weights, "--imgsz", "320", "--conf", "0.15", "--progress", "none"),
    )
    assert done.returncode == 0, done.stderr
    frames = touched = 0
    last_durations = 0, 0
    for source, changed, matte in zip(
        pictures(clip), pictures(result), pictures(mattes), strict=True
    ):
        assert (changed.pts, changed.time_base) == (source.pts, source.time_base)
        # Before the last picture, MP4 holds how far decoding times lie apart, not how long a
        # picture is shown (cat_vfr: 20 ticks for a gap of 21); the stamps tell that.
        last_durations = source.duration, changed.duration
        touched += check_picture(source, changed, matte)
        frames += 1
    assert frames >= 59
    assert last_durations[0] == last_durations[1]
    assert touched > 1000 * frames / 10
    assert audio_packets(result) == audio_packets(clip)
