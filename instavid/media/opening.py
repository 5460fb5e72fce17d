"""Opening an input: what kind it is, what FFmpeg may touch, and one clear line when it fails."""

import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from instavid.errors import InputError, InputNotFoundError, UsageError
from instavid.media.input_pipe import InputPipe

MAX_PIXELS = 8192 * 8192
TIMEOUT_SECONDS = 10.0
STANDARD_INPUT = "/dev/stdin"

_URL = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")
_SCHEMES = ("http", "https", "rtsp", "rtmp", "udp", "tcp")

# Real containers only: playlists and scripts (hls, concat, image2 patterns ...) would make FFmpeg
# open other files than the one that was named.
_CONTAINERS = (
    "mov,matroska,avi,flv,live_flv,mpegts,mpeg,mpegvideo,m4v,h264,hevc,vvc,av1,obu,ivf,vc1,dirac,"
    "asf,ogg,nut,mxf,gxf,dv,gif,apng,mjpeg,mjpeg_2000,yuv4mpegpipe,rm,wtv,dxa,bink,smk,swf,"
    "ipmovie,roq,nsv,nuv,pva,r3d,vivo,filmstrip,xwma,"
    "mp3,wav,w64,aac,ac3,eac3,flac,aiff,caf,amr,tta,ape,wv,au,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe,webp_anim"
)


@dataclass(frozen=True)
class Place:
    """Where an input is, in the words of FFmpeg and in those of the user."""

    shown: str
    """What messages call it."""
    file: str
    """What FFmpeg is given."""
    format: str | None
    options: dict[str, str]
    is_local: bool
    is_pipe: bool = False
    """Whether it can be read only once and in order."""


def locate(path_or_url: str | Path, *, format: str | None = None) -> Place:
    """Tell files, URLs and `lavfi:` sources apart.

    Raises:
        InputNotFoundError: There is no such file.
        InputError: It is a directory.
        UsageError: It is a URL of a kind that is not supported.
    """
    text = str(path_or_url)
    path = Path(text)
    if text == "-":
        return _standard_input(format)
    if text.startswith("lavfi:") and not path.exists():
        return Place(text, text.removeprefix("lavfi:"), "lavfi", {}, False)
    url = _URL.match(text)
    if url and not path.exists():
        if url[1].lower() not in _SCHEMES:
            allowed = ", ".join(_SCHEMES)
            raise UsageError(f"Cannot read {text}: '{url[1]}' is not one of {allowed}.")
        return Place(text, text, format, {}, False)
    if path.is_dir():
        raise InputError(f"Cannot read {text}: it is a folder. Give one video file.")
    if not path.exists():
        raise InputNotFoundError(f"Cannot read {text}: no such file. Check the path.")
    # An absolute path, because FFmpeg takes 12:30.mp4 for a protocol.
    return _local(text, str(path.absolute()), format, is_pipe=path.is_fifo())


def _local(shown: str, file: str, format: str | None, *, is_pipe: bool) -> Place:
    options = {"protocol_whitelist": "file"}
    if format is None:
        options["format_whitelist"] = _CONTAINERS
    return Place(shown, file, format, options, True, is_pipe)


def _standard_input(format: str | None) -> Place:
    """Return standard input: a pipe, or a file that the shell has opened."""
    shown = "standard input"
    try:
        mode = os.fstat(0).st_mode
    except OSError as error:
        raise InputError(f"Cannot read {shown}: it is closed.") from error
    if os.isatty(0):
        raise UsageError(f"Cannot read {shown}: it is a terminal. Send a video into it.")
    return _local(shown, STANDARD_INPUT, format, is_pipe=not stat.S_ISREG(mode))


def open_pipe(place: Place, *, is_stopped: Callable[[], bool]) -> InputPipe | None:
    """Open what can be read only once and in order; return None for anything else.

    Args:
        place: The input.
        is_stopped: Whether to give up waiting for it.

    Raises:
        InputError: It cannot be opened.
    """
    if not place.is_pipe:
        return None
    try:
        from_where = 0 if place.file == STANDARD_INPUT else place.file
        return InputPipe(from_where, shown=place.shown, is_stopped=is_stopped)
    except OSError as error:
        raise InputError(f"Cannot read {place.shown}: {_reason(error)}.") from error


def open_input(
    place: Place, *, options: dict[str, str] | None = None, pipe: InputPipe | None = None
) -> InputContainer:
    """Open an input for reading.

    Args:
        place: Which one.
        options: Of the demuxer.
        pipe: Where its bytes come from, where that is no file.

    Raises:
        InputError: FFmpeg cannot read it, or not in time.
    """
    merged = {**place.options, **(options or {})}
    if pipe is not None:
        return _open_piped(place, pipe, merged)
    timeout = None if place.is_local or place.format == "lavfi" else TIMEOUT_SECONDS
    try:
        try:
            return av.open(place.file, format=place.format, options=merged, timeout=timeout)
        except UnicodeDecodeError:  # tags that are not UTF-8; PyAV 19 copes by itself
            return av.open(
                place.file,
                format=place.format,
                options=merged,
                timeout=timeout,
                metadata_errors="surrogateescape",
            )
    except av.error.ExitError as error:
        raise InputError(
            f"Cannot read {place.shown}: no answer within {TIMEOUT_SECONDS:g} s."
        ) from error
    except (av.error.FFmpegError, ValueError) as error:
        raise InputError(f"Cannot read {place.shown}: {_reason(error)}.") from error


def _open_piped(place: Place, pipe: InputPipe, options: dict[str, str]) -> InputContainer:
    try:
        container: InputContainer = av.open(
            pipe, "r", format=place.format, options=options, **_any_tags()
        )
        return container
    except (av.error.FFmpegError, ValueError) as error:
        is_foreign = _is_no_video(error) or isinstance(error, EOFError)
        reason = pipe.why_unreadable() if is_foreign else _reason(error)
        raise InputError(f"Cannot read {place.shown}: {reason}.") from error


def _any_tags() -> dict[str, Any]:
    """Return what lets in tags that are not UTF-8: of a pipe there is no second try.

    PyAV 19 does it by itself, and no longer knows the argument.
    """
    is_old = int(av.__version__.split(".")[0]) < 19
    return {"metadata_errors": "surrogateescape"} if is_old else {}


def _prominence(stream: VideoStream) -> tuple[bool, int]:
    """Order streams as the ffmpeg command does; FFmpeg's own "best" goes by bit rate."""
    context = stream.codec_context
    size = context.width * context.height if context is not None else 0
    return bool(stream.disposition & Disposition.default), size


def _reason(error: Exception) -> str:
    if _is_no_video(error):
        return "not a video file, or damaged at its start; try to play it elsewhere"
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]


def _is_no_video(error: Exception) -> bool:
    # A container outside the whitelist is an "invalid argument".
    return isinstance(error, (av.error.InvalidDataError, av.error.ArgumentError))


def main_video_stream(
    container: InputContainer, shown: str, *, max_pixels: int = MAX_PIXELS
) -> VideoStream:
    """Return the stream that a player would show, never a cover picture.

    Raises:
        InputError: There is none, it has no decoder here, or its pictures are too large.
    """
    videos = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not videos:
        kinds = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
        raise InputError(f"Cannot read {shown}: it has no video stream, only {kinds}.")
    stream = max(videos, key=_prominence)
    if stream.codec_context is None:
        raise InputError(f"Cannot read {shown}: there is no decoder for its video here.")
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > max_pixels:
        raise InputError(
            f"Cannot read {shown}: its pictures of {width}x{height} are larger than the limit of "
            f"{max_pixels} pixels."
        )
    # The same limit for sizes that change later, or that the header does not tell.
    stream.codec_context.options = {"max_pixels": str(max_pixels)}
    # Not "AUTO": with frame threads PyAV cannot get at the pictures behind a damaged packet at the
    # end (truncated_60pct.mp4: 105 instead of 107), and leaves errors uncounted.
    stream.codec_context.thread_type = "SLICE"
    return stream
