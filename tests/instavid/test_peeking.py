"""A peek gives the pictures that the source gives."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from instavid.core.adjusting import Adjustments, Scale
from instavid.sources.file import FileSource
from instavid.sources.peeking import peek


def test_the_pictures_of_a_peek_are_adjusted_as_those_of_a_run(tmp_path: Path) -> None:
    clip, noise = tmp_path / "fields.mkv", np.random.default_rng(0)
    with av.open(str(clip), "w") as output:
        video = output.add_stream("libx264", rate=25, options={"x264-params": "tff=1"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for _ in range(6):
            shade = noise.integers(0, 256, (48, 64, 3), np.uint8)
            output.mux(video.encode(av.VideoFrame.from_ndarray(shade, "rgb24")))
        output.mux(video.encode(None))
    adjust = Adjustments(deinterlace=True, scale=Scale(Fraction(1, 2)))
    with FileSource(clip) as combed, FileSource(clip, adjust=adjust) as source:
        info, frames = combed.info, list(source)
    assert info.is_interlaced
    found = peek(str(clip), info, adjust, seconds=Fraction(0), count=6).frames
    assert len(found) == len(frames) == 6
    for mine, theirs in zip(found, frames, strict=True):
        assert (mine.picture.width, mine.picture.height) == (32, 24)
        assert mine.picture == theirs.picture
        assert all(map(np.array_equal, mine.planes, theirs.planes))
