"""Transparency: read where it is, kept where the encoder can, named where not."""

from fractions import Fraction

import av
import numpy as np
import pytest
from clips import Clip, copy, read, same_samples, write_clip

from instavid.core.timespan import TimeSpan, parse_moment
from instavid.sources.file import FileSource

SIZE = (64, 48)


@pytest.fixture(scope="module")
def webm(tmp_path_factory):
    """Return a VP9 video whose left is transparent and whose right is not."""
    path = tmp_path_factory.mktemp("alpha") / "in.webm"
    with av.open(str(path), "w") as output:
        video = output.add_stream("libvpx-vp9", rate=25, options={"crf": "10", "b": "0", "g": "25"})
        (video.width, video.height), video.pix_fmt = SIZE, "yuva420p"
        for number in range(100):
            pixels = np.full((48, 64, 4), 60 + number, np.uint8)
            pixels[..., 3] = np.where(np.arange(64) < 32, 20, 230)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgba").reformat(format="yuva420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
    return path


def check_alpha(planes) -> None:
    alpha = planes[3].astype(float) / (255 if planes[3].dtype == np.uint8 else 4095)
    assert abs(alpha[:, :24].mean() - 20 / 255) < 0.02
    assert abs(alpha[:, 40:].mean() - 230 / 255) < 0.02


def test_transparency_of_vp9_is_read(webm):
    seen = read(webm)

    assert seen.info.picture.pixel_format == "yuva420p"
    assert seen.info.warnings == ()
    assert seen.report.is_complete
    assert len(seen.planes) == 100
    for planes in seen.planes:
        check_alpha(planes)


@pytest.mark.parametrize(
    ("codec", "ending"),
    [("auto", ".webm"), ("libvpx-vp9", ".mkv"), ("ffv1", ".mkv"), ("prores_ks", ".mov")],
)
def test_transparency_is_kept_where_the_encoder_can(codec, ending, webm, tmp_path):
    result, _ = copy(webm, tmp_path / f"out{ending}", codec=codec)

    seen = read(tmp_path / f"out{ending}")
    assert not any("transparency" in warning for warning in result.warnings)
    assert len(seen.planes) == 100
    check_alpha(seen.planes[0])
    check_alpha(seen.planes[-1])
    assert codec != "ffv1" or same_samples(seen.planes, read(webm).planes)


def test_transparency_is_named_where_it_is_lost(webm, tmp_path):
    result, _ = copy(webm, tmp_path / "out.mp4")

    assert any("no transparency" in warning for warning in result.warnings)


def test_a_part_is_found_by_seeking_in_transparent_video_too(webm):
    whole = read(webm)
    with FileSource(webm, span=TimeSpan(parse_moment("3s"), parse_moment("3.4s"), None)) as source:
        part = [frame.planes for frame in source]

    assert same_samples(part, whole.planes[75:85])


def test_video_without_transparency_is_decoded_as_ever(tmp_path):
    path = write_clip(tmp_path / "in.webm", Clip(codec="libvpx-vp9"))

    assert read(path).info.codec == "vp9"
    assert read(path).info.picture.pixel_format == "yuv420p"


def test_real_file_keeps_its_transparency(shared, tmp_path):
    path = shared / "data" / "robust" / "moviepy_transparent.webm"

    result, report = copy(path, tmp_path / "out.webm", preset=None)

    assert result.frames == report.frames == 150
    assert read(tmp_path / "out.webm").info.picture.pixel_format == "yuva420p"
