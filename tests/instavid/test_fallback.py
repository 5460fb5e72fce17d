"""Encoders for devices that are not there: one line, and the software encoder of the codec."""

import logging

import av
import pytest
from clips import Clip, copy, read, write_clip

from instavid.errors import UnavailableError, UsageError
from instavid.media.encoders import HARDWARE, software_name
from instavid.media.fallback import EncoderWish, in_software
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource

# One name of each family; of some, this FFmpeg has no encoder at all.
FAMILIES = [
    ("h264_nvenc", "libx264"),
    ("hevc_qsv", "libx265"),
    ("av1_amf", "libsvtav1"),
    ("vp9_vaapi", "libvpx-vp9"),
    ("h264_vulkan", "libx264"),
    ("h264_v4l2m2m", "libx264"),
    ("hevc_videotoolbox", "libx265"),
    ("h264_mf", "libx264"),
]


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "in.mkv", Clip())


def sink(clip, target, **arguments) -> FileSink:
    with FileSource(clip) as source:
        return FileSink(target, like=source.info, **arguments)


@pytest.mark.parametrize(("hardware", "software"), FAMILIES)
def test_every_family_falls_back_with_one_line(hardware, software, clip, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        result, _ = copy(clip, tmp_path / "out.mkv", codec=hardware)
    if result.encoder == hardware:
        pytest.skip("this machine has that encoder")

    (record,) = caplog.records
    assert hardware in record.getMessage()
    assert f"{software} is used instead" in record.getMessage()
    assert "\n" not in record.getMessage()
    assert result.encoder == software
    assert len(read(tmp_path / "out.mkv").times) == 12


@pytest.mark.parametrize("hardware", ["h264_amf", "h264_vaapi"])
def test_where_nothing_else_will_do_it_is_an_error(hardware, clip, tmp_path):
    with pytest.raises(UnavailableError, match=hardware):
        sink(clip, tmp_path / "out.mkv", codec=hardware, strict=True)


def test_quality_is_taken_over_and_the_rest_is_named(clip, tmp_path, caplog):
    made = sink(
        clip,
        tmp_path / "out.mkv",
        codec="h264_nvenc",
        preset="p6",
        options={"cq": "23", "rc": "vbr", "g": "12"},
    )
    if made.plan.encoder.name == "h264_nvenc":
        pytest.skip("this machine has that encoder")

    assert made.plan.encoder.options == {"crf": "23", "preset": "slower", "g": "12"}
    assert caplog.messages[-1].endswith("libx264 is used instead, without rc.")


@pytest.mark.parametrize(
    ("wish", "software", "left_out"),
    [
        (EncoderWish("hevc_nvenc", crf=20), EncoderWish("libx265", crf=20), []),
        (EncoderWish("av1_qsv", options={"global_quality": "30"}),
         EncoderWish("libsvtav1", crf=30), []),
        (EncoderWish("h264_qsv", options={"global_quality": "90"}),
         EncoderWish("libx264"), ["global_quality"]),
        (EncoderWish("av1_nvenc", preset="p7"), EncoderWish("libsvtav1"), ["preset"]),
        (EncoderWish("h264_vaapi", pix_fmt="vaapi"), EncoderWish("libx264"), ["pix_fmt"]),
        (EncoderWish("h264_nvenc", pix_fmt="nv12", options={"b": "2M"}),
         EncoderWish("libx264", pix_fmt="nv12", options={"b": "2M"}), []),
    ],
)  # fmt: skip
def test_a_wish_is_translated(wish, software, left_out):
    assert in_software(wish) == (software, left_out)


def test_only_known_codecs_have_a_stand_in(clip, tmp_path):
    assert in_software(EncoderWish("libx264")) is None
    assert all(software_name(f"h264{ending}") == "libx264" for ending in HARDWARE)
    with pytest.raises(UsageError, match="There is no encoder 'h265_nvenc'"):
        sink(clip, tmp_path / "out.mkv", codec="h265_nvenc")


@pytest.mark.skipif("h264_nvenc" not in av.codecs_available, reason="no such encoder at all")
def test_a_misspelt_option_is_an_error_all_the_same(clip, tmp_path):
    with pytest.raises(UsageError, match="no option 'cqq'"):
        sink(clip, tmp_path / "out.mkv", codec="h264_nvenc", options={"cqq": "23"})
