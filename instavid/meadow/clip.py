"""Writes a scene as a video file with sound."""

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from instavid.meadow.sound import SAMPLE_RATE, sound
from instavid.meadow.source import MeadowSource
from instavid.meadow.world import Scene
from instavid.media.encoders import choose_encoder
from instavid.media.output_path import check_output, container_name

_AUDIO_CODECS = {"webm": "libopus"}


def write_clip(
    path: str | Path,
    scene: Scene,
    *,
    seconds: float,
    height: int,
    width: int,
    fps: Fraction = Fraction(25),
    overwrite: bool = False,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Render a scene into a file; its name appears only when it is whole.

    Args:
        path: The file to write; its ending names the container.
        scene: What to show.
        seconds: How long.
        height: Height, px.
        width: Width, px.
        fps: Frames per second.
        overwrite: Whether an existing file may be replaced.
        on_frame: Called after each frame with the number done and the number in all.

    Returns:
        The number of frames.

    Raises:
        UsageError: The size or the rate is not positive.
        OutputError: The path cannot be written to, or names no container.
        OutputExistsError: The file exists and `overwrite` was not given.
    """
    target = check_output(path, overwrite=overwrite)
    source = MeadowSource(scene, round(seconds * fps), height, width, fps)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with av.open(str(unfinished), "w", format=container_name(target)) as container:
            _write(container, source, on_frame)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    return source.frames


def _write(
    container: OutputContainer, source: MeadowSource, on_frame: Callable[[int, int], None]
) -> None:
    video, audio = _add_streams(container, source)
    written = 0
    for frame in source:
        rgb = frame.rgb()
        picture = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        picture.pts, picture.time_base = frame.pts, frame.time_base
        container.mux(video.encode(picture))
        # Sound keeps pace with the pictures, so that the muxer has nothing to hold back.
        until = round((frame.pts + 1) * frame.time_base * SAMPLE_RATE)
        container.mux(audio.encode(_audio_frame(source.scene, written, until - written)))
        written = until
        on_frame(frame.index + 1, source.frames)
    container.mux(video.encode(None))
    container.mux(audio.encode(None))


def _add_streams(
    container: OutputContainer, source: MeadowSource
) -> tuple[VideoStream, AudioStream]:
    encoder = choose_encoder("auto", container=container.format.name)
    added = container.add_stream(encoder.name, rate=source.fps, options=encoder.options)
    video = cast(VideoStream, added)
    video.width, video.height = source.width, source.height
    # 4:2:0 needs even sizes.
    video.pix_fmt = "yuv444p" if source.width % 2 or source.height % 2 else "yuv420p"
    video.time_base = 1 / Fraction(source.fps)
    codec = _AUDIO_CODECS.get(container.format.name, "aac")
    audio = cast(AudioStream, container.add_stream(codec, rate=SAMPLE_RATE, layout="stereo"))
    return video, audio


def _audio_frame(scene: Scene, start: int, count: int) -> av.AudioFrame:
    samples = np.ascontiguousarray(sound(scene, start=start, count=count).reshape(1, -1))
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
    return frame
