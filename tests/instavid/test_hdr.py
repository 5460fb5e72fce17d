"""HDR: ten bits, colour tags, and what is said of the mastering display and the light."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import Clip, copy, read, same_samples, write_clip

from instavid.errors import OutputError
from instavid.media.hdr import ContentLight, MasteringDisplay, StaticHdr, hdr_options

PQ, HLG = 16, 18
DISPLAY = MasteringDisplay(
    (
        (Fraction("0.68"), Fraction("0.32")),
        (Fraction("0.265"), Fraction("0.69")),
        (Fraction("0.15"), Fraction("0.06")),
        (Fraction("0.3127"), Fraction("0.329")),
    ),
    (Fraction("0.005"), Fraction(1000)),
)
LIGHT = ContentLight(1000, 400)
SPOKEN = (
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):"
    "max-cll=1000,400"
)


def hdr_clip(path: Path, *, said: str = SPOKEN, transfer: int = PQ) -> Path:
    return write_clip(
        path,
        Clip(
            codec="libx265",
            pixel_format="yuv420p10le",
            options={"x265-params": f"log-level=error:lossless=1:{said}".rstrip(":")},
            colours=(1, 9, transfer, 9),
        ),
    )


def check_display(found: MasteringDisplay | None) -> None:
    assert found is not None
    for pair, wanted in zip(found.chromaticities, DISPLAY.chromaticities, strict=True):
        assert np.allclose([float(v) for v in pair], [float(v) for v in wanted], atol=2e-5)
    assert np.allclose(
        [float(v) for v in found.luminances], [float(v) for v in DISPLAY.luminances], atol=1e-4
    )


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize(
    ("codec", "ending", "decoder"),
    [
        ("auto", ".mp4", "hevc"),
        ("auto", ".mkv", "hevc"),
        ("auto", ".ts", "hevc"),
        ("libx264", ".mp4", "h264"),
        ("libsvtav1", ".mkv", "libdav1d"),
        ("libsvtav1", ".mp4", "libdav1d"),
    ],
)
def test_hdr_is_kept_with_all_that_is_said_of_it(codec, ending, decoder, transfer, tmp_path):
    path = hdr_clip(tmp_path / "in.mkv", transfer=transfer)

    result, _ = copy(path, tmp_path / f"out{ending}", codec=codec, strict=True)

    seen = read(tmp_path / f"out{ending}")
    assert seen.info.codec == decoder
    assert seen.info.picture.pixel_format == "yuv420p10le"
    tags = seen.info.picture.tags
    assert (tags.space, tags.transfer, tags.primaries) == (9, transfer, 9)
    check_display(seen.info.static_hdr.mastering)
    assert seen.info.static_hdr.light == LIGHT
    assert [("libx265" in w) for w in result.warnings] == ([True] if codec == "auto" else [])


def test_samples_of_hdr_are_kept(tmp_path):
    path = hdr_clip(tmp_path / "in.mp4")

    copy(path, tmp_path / "out.mp4", options={"x265-params": "log-level=error:lossless=1"})

    assert same_samples(read(path).planes, read(tmp_path / "out.mp4").planes)
    check_display(read(tmp_path / "out.mp4").info.static_hdr.mastering)


@pytest.mark.parametrize(
    ("said", "light"), [("", None), ("max-cll=1000,400", LIGHT)], ids=["nothing", "light only"]
)
def test_what_is_not_said_is_not_made_up(said, light, tmp_path):
    path = hdr_clip(tmp_path / "in.mp4", said=said)

    copy(path, tmp_path / "out.mp4", strict=True)

    assert read(tmp_path / "out.mp4").info.static_hdr == StaticHdr(None, light)


def test_encoder_that_cannot_say_it_loses_it_by_name(tmp_path):
    path = hdr_clip(tmp_path / "in.mkv")

    result, _ = copy(path, tmp_path / "out.mkv", codec="ffv1")

    assert result.warnings == (
        "HDR description dropped: content light level and mastering display. "
        "The colour tags are kept.",
    )
    with pytest.raises(OutputError, match="mastering display"):
        copy(path, tmp_path / "no.mkv", codec="ffv1", strict=True)


def test_video_that_is_not_hdr_gets_the_usual_encoder(tmp_path):
    made = Clip(codec="ffv1", pixel_format="yuv420p10le", colours=(1, 1, 1, 1))
    path = write_clip(tmp_path / "in.mkv", made)

    copy(path, tmp_path / "out.mp4")

    assert read(tmp_path / "out.mp4").info.codec == "h264"


def test_an_encoder_is_told_in_its_own_units():
    assert hdr_options(StaticHdr(DISPLAY, LIGHT), "libx265") == {"x265-params": SPOKEN}
    assert hdr_options(StaticHdr(), "libx265") == {}
