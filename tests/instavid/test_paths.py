"""Where results go by default, and that what is written there is what was asked for."""

import pytest
from clips import Clip, copy, read, write_clip

from instavid.paths import default_output


@pytest.mark.parametrize(
    ("name", "codec", "ending"),
    [
        ("a.mp4", "auto", ".mp4"),
        ("a.MP4", "auto", ".MP4"),
        ("a.webm", "auto", ".webm"),
        ("a.webm", "libx264", ".mkv"),
        ("a.webm", "libsvtav1", ".webm"),
        ("a.mov", "prores_ks", ".mov"),
        ("a.mp4", "prores_ks", ".mkv"),
        ("a.mp4", "hevc_nvenc", ".mp4"),
        ("a.ts", "libx265", ".ts"),
        ("a.ts", "ffv1", ".mkv"),
        ("a.avi", "libx265", ".mkv"),
        ("a.mkv", "ffv1", ".mkv"),
        ("a.mpg", "auto", ".mkv"),
        ("a.gif", "auto", ".mkv"),
        ("a", "auto", ".mkv"),
    ],
)
def test_the_container_is_that_of_the_input_where_it_holds_the_codec(name, codec, ending):
    assert default_output(name, "p", codec=codec).name == f"a_p{ending}"


@pytest.mark.parametrize(
    ("source", "codec", "ending", "decoder"),
    [
        (".webm", "auto", ".webm", "vp9"),
        (".mov", "prores_ks", ".mov", "prores"),
        (".mp4", "prores_ks", ".mkv", "prores"),
        (".mp4", "ffv1", ".mkv", "ffv1"),
        (".mp4", "libvpx-vp9", ".mp4", "vp9"),
        (".mp4", "libsvtav1", ".mp4", "libdav1d"),
        (".ts", "libx265", ".ts", "hevc"),
        (".nut", "auto", ".nut", "h264"),
        (".avi", "auto", ".avi", "h264"),
    ],
)
def test_every_encoder_writes_into_the_default_container(source, codec, ending, decoder, tmp_path):
    made = Clip(codec="libvpx-vp9") if source == ".webm" else Clip()
    path = write_clip(tmp_path / f"in{source}", made)
    target = default_output(path, "p", codec=codec)

    copy(path, target, codec=codec)

    assert target == tmp_path / f"in_p{ending}"
    seen = read(target)
    assert seen.info.codec == decoder
    assert len(seen.times) == 12
    assert seen.report.is_complete
