"""The meadow as a source of frames, and as a file."""

from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from instavid.errors import OutputExistsError, UsageError
from instavid.interfaces import FrameSource
from instavid.meadow.clip import write_clip
from instavid.meadow.sampling import sample_scene
from instavid.meadow.sound import SAMPLE_RATE
from instavid.meadow.source import MeadowSource
from instavid.sources.file import FileSource

SCENE = sample_scene(5, count=2)


def test_frames_come_with_stamps_and_the_rendered_samples() -> None:
    source = MeadowSource(SCENE, 3, 33, 57, Fraction(30000, 1001))
    with source as entered:
        pairs = list(entered.with_truth())
    assert [frame.index for frame, _ in pairs] == [0, 1, 2]
    assert {frame.time_base for frame, _ in pairs} == {Fraction(1001, 30000)}
    for frame, rendered in pairs:
        assert np.array_equal(frame.rgb(), rendered.rgb)


def test_a_source_makes_frames_only_when_asked() -> None:
    source: FrameSource = MeadowSource(SCENE, 10**9, 18, 32)
    with source:
        assert len(list(islice(source, 2))) == 2


def test_no_frames_are_no_frames() -> None:
    assert list(MeadowSource(SCENE, 0, 18, 32)) == []


def test_an_impossible_size_is_refused() -> None:
    with pytest.raises(UsageError, match="positive"):
        MeadowSource(SCENE, 1, 0, 32)


@pytest.mark.parametrize(("height", "width"), [(72, 128), (37, 65)])
def test_a_clip_has_pictures_stamps_and_sound(tmp_path: Path, height: int, width: int) -> None:
    path = tmp_path / "meadow.mp4"
    assert write_clip(path, SCENE, seconds=1, height=height, width=width) == 25
    with FileSource(path) as source:
        frames = list(source)
    assert [float(frame.pts * frame.time_base) for frame in frames] == [i / 25 for i in range(25)]
    truth = MeadowSource(SCENE, 25, height, width).rendered(10).rgb
    assert np.abs(frames[10].rgb().astype(int) - truth).mean() < 12
    with av.open(str(path)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
        assert container.streams.audio[0].rate == SAMPLE_RATE
    assert abs(samples - SAMPLE_RATE) <= 2048


def test_a_failed_clip_leaves_nothing_and_an_old_one_is_kept(tmp_path: Path) -> None:
    def fail(done: int, total: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "meadow.mkv"
    with pytest.raises(KeyboardInterrupt):
        write_clip(path, SCENE, seconds=1, height=18, width=32, on_frame=fail)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"old")
    with pytest.raises(OutputExistsError):
        write_clip(path, SCENE, seconds=1, height=18, width=32)
    assert path.read_bytes() == b"old"
