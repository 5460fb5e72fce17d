"""A few frames from anywhere in a file, about where its index leads; for estimates only."""

import time
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, takewhile

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from instavid.core.adjusting import Adjustments
from instavid.errors import InputError
from instavid.media.info import VideoInfo
from instavid.media.opening import locate, main_video_stream, open_input
from instavid.media.pixels import Canoniser
from instavid.sources.adjusted import adjusted_info
from instavid.sources.deinterlacing import deinterlaced
from instavid.types import Frame


@dataclass(frozen=True)
class Peek:
    """What was found at one place of a video."""

    frames: tuple[Frame, ...]
    """Consecutive; none where nothing could be decoded."""
    seconds_per_frame: float
    """Of decoding, the first frame not counted; 0 where there was only one."""


def peek(
    place: str, info: VideoInfo, adjust: Adjustments, *, seconds: Fraction, count: int
) -> Peek:
    """Seek to about a time after the start, and decode some frames.

    Args:
        place: The video.
        info: Its description as it is; frames of another size end the peek.
        adjust: How to change the pictures; the frame rate is left alone.
        seconds: Where.
        count: Frames, at most.
    """
    try:
        with open_input(locate(place)) as container:
            stream = main_video_stream(container, place)
            return _decode(container, stream, info, adjust, seconds=seconds, count=count)
    except (InputError, av.error.FFmpegError):
        return Peek((), 0.0)


def _decode(
    container: InputContainer,
    stream: VideoStream,
    info: VideoInfo,
    adjust: Adjustments,
    *,
    seconds: Fraction,
    count: int,
) -> Peek:
    target = (stream.start_time or 0) + int(seconds / info.time_base)
    if seconds:
        container.seek(target, stream=stream, backward=True)
    frames: list[Frame] = []
    canoniser, began = Canoniser(), 0.0
    size, shown = (info.picture.width, info.picture.height), adjusted_info(info, adjust).picture
    pictures = (p for p in container.decode(stream) if p.pts is None or p.pts >= target)
    alike = takewhile(lambda p: (p.width, p.height) == size, islice(pictures, count))
    is_combed = adjust.deinterlace and info.is_interlaced
    whole = deinterlaced(alike, info.field_order) if is_combed else alike
    for index, picture in enumerate(whole):
        planes = canoniser.planes(picture, shown)
        pts = index if picture.pts is None else picture.pts
        duration = picture.duration or 0
        frames.append(Frame(index, pts, duration, info.time_base, planes, shown))
        began = began or time.perf_counter()
    spent = time.perf_counter() - began
    return Peek(tuple(frames), spent / (len(frames) - 1) if len(frames) > 1 else 0.0)
