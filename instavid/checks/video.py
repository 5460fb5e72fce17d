"""Probes of what reads and writes video: PyAV, its encoders, a round trip."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from instavid.checks.probing import Finding, Status, one_line

if TYPE_CHECKING:
    from instavid.media.info import VideoInfo

NEEDED = ("libx264",)
WELCOME = (
    "libx265",
    "libsvtav1",
    "libaom-av1",
    "libvpx-vp9",
    "ffv1",
    "h264_nvenc",
    "hevc_nvenc",
    "av1_nvenc",
    "h264_qsv",
    "h264_vaapi",
    "h264_videotoolbox",
)
# Hardware encoders refuse very small pictures.
_HEIGHT, _WIDTH = 192, 320
_LARGEST_ERROR = 12.0


def pyav() -> Iterator[Finding]:
    """Look at PyAV and the FFmpeg inside."""
    import av

    yield Finding("pyav", "ok", f"{av.__version__} with FFmpeg {av.ffmpeg_version_info}")


def encoders() -> Iterator[Finding]:
    """Encode a frame with each encoder that matters."""
    for name in (*NEEDED, *WELCOME):
        state = _state(name)
        bad: Status = "problem" if name in NEEDED else "note"
        yield Finding(f"encoder {name}", "ok" if state == "usable" else bad, state)


def round_trip() -> Iterator[Finding]:
    """Write a short video as `instavid run` does, read it again, and compare."""
    import numpy as np

    from instavid.sinks.file import FileSink
    from instavid.sources.file import FileSource
    from instavid.testing import make_frame, textured

    picture = textured(_HEIGHT, _WIDTH)
    with tempfile.TemporaryDirectory(prefix="instavid-") as folder:
        path = Path(folder) / "check.mp4"
        with _quiet_stderr(), FileSink(path, like=_info(), codec=NEEDED[0]) as sink:
            for index in range(3):
                sink.write(make_frame(picture, index=index))
        with FileSource(path) as source:
            shown = [frame.rgb() for frame in source]
    if len(shown) != 3:
        yield Finding("round trip", "problem", f"wrote 3 frames and read {len(shown)}")
        return
    error = float(np.abs(shown[0].astype(np.float32) - picture).mean())
    good = error < _LARGEST_ERROR
    detail = f"3 frames written and read, mean error {error:.1f} of 255"
    yield Finding("round trip", "ok" if good else "problem", detail)


def _state(name: str) -> str:
    """Return usable, absent, or why an encoder that is listed does not work."""
    import av
    from av.codec.codec import UnknownCodecError

    from instavid.media.encoders import choose_encoder
    from instavid.media.encoding_plan import plan_encoding
    from instavid.media.trial import try_out

    try:
        av.Codec(name, "w")
    except UnknownCodecError:
        return "absent"
    try:
        with _quiet_stderr():
            encoder = choose_encoder(name, container="matroska")
            try_out(plan_encoding(_info(), encoder, container="matroska"))
    except Exception as error:  # one encoder must not hide the others
        cause = error.__cause__ or error
        return f"listed but not usable ({getattr(cause, 'strerror', None) or one_line(cause)})"
    return "usable"


def _info() -> "VideoInfo":
    from instavid.media.info import VideoInfo
    from instavid.picture import PictureFormat

    return VideoInfo(
        name="check",
        container="matroska",
        codec="rawvideo",
        picture=PictureFormat("yuv420p", _WIDTH, _HEIGHT),
        time_base=Fraction(1, 25),
        average_frame_rate=Fraction(25),
    )


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Silence file descriptor 2: libx265 and SVT-AV1 write their banners straight to it."""
    saved = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
