"""Scene cuts, and what must not be taken for one."""

import itertools
from pathlib import Path

import av
import numpy as np
import pytest

from instavid.core.cuts import is_cut
from instavid.core.thumbnails import gray_copy, thumbnail
from instavid.orientation import Orientation
from instavid.picture import PictureFormat
from instavid.testing import make_frame, textured
from instavid.types import ByteArray

HEIGHT, WIDTH = 180, 320
SCENE = textured(HEIGHT, WIDTH * 2, seed=3)


def thumb(rgb: np.ndarray) -> ByteArray:
    return thumbnail(make_frame(np.ascontiguousarray(rgb.clip(0, 255).astype(np.uint8))))


def view(left: int = 0) -> np.ndarray:
    return SCENE[:, left : left + WIDTH].astype(np.float32)


def with_object(left: int) -> np.ndarray:
    picture = view()
    picture[40:140, left : left + 100] = 250, 250, 240
    return picture


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(view(), view(), id="nothing happens"),
        pytest.param(view(), view(24), id="fast pan"),
        pytest.param(view(), view() * 0.6, id="fade"),
        pytest.param(view() * 0.1, view() * 0.02, id="end of a fade to black"),
        pytest.param(view(), view() * 0, id="to black"),
        pytest.param(view() * 0, view(), id="from black"),
        pytest.param(view(), view() * 0.5 + 128, id="flash"),
        pytest.param(view() * 0.5 + 128, view(), id="after the flash"),
        pytest.param(with_object(20), with_object(120), id="a large object jumps"),
    ],
)
def test_no_cut(before: np.ndarray, now: np.ndarray) -> None:
    assert not is_cut(thumb(before), thumb(now))


@pytest.mark.parametrize("seed", range(4, 10))
def test_another_picture_is_a_cut(seed: int) -> None:
    assert is_cut(thumb(view()), thumb(textured(HEIGHT, WIDTH, seed=seed)))


def clip_thumbs(path: Path, count: int) -> list[ByteArray]:
    with av.open(str(path)) as container:
        decoded = itertools.islice(container.decode(video=0), count)
        pictures = [frame.to_ndarray(format="rgb24") for frame in decoded]
    return [thumb(picture) for picture in pictures]


def test_real_clips_are_cut_where_they_are_joined_and_nowhere_else(shared: Path) -> None:
    clips = [
        shared / "data" / "clips" / f"{n}.mp4" for n in ("sheep_flock", "giraffes_two", "cat_vfr")
    ]
    joined = [thumb for clip in clips for thumb in clip_thumbs(clip, 40)]
    cuts = [n for n in range(1, len(joined)) if is_cut(joined[n - 1], joined[n])]
    assert cuts == [40, 80]


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p10le", "gray", "gbrp"])
def test_small_copies_are_upright_and_eight_bit(pixel_format: str) -> None:
    rgb = np.zeros((1280, 720, 3), np.uint8)
    rgb[:640] = 220
    picture = PictureFormat(pixel_format, 1280, 720, orientation=Orientation(quarter_turns=1))
    frame = make_frame(rgb, picture=picture)
    small, gray = thumbnail(frame), gray_copy(frame)
    assert small.shape == (36, 64, 3)
    assert gray.shape == (1138, 640)
    assert gray.dtype == small.dtype == np.uint8
    assert small[:16, :, 0].min() > 180 > 60 > small[20:, :, 0].max()
