"""Small videos made with PyAV, and what reading one gives, for the tests of sources and sinks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.codec.context import Flags

from instavid.media.info import VideoInfo
from instavid.media.report import DecodeReport
from instavid.picture import Planes
from instavid.sinks.file import FileSink
from instavid.sinks.result import SinkResult
from instavid.sources.file import FileSource

TWELVE = tuple(range(12))


@dataclass(frozen=True)
class Clip:
    """How to make a video."""

    codec: str = "libx264"
    pts: Sequence[int] = TWELVE
    time_base: Fraction = Fraction(1, 25)
    last_duration: int = 1
    size: tuple[int, int] = (64, 48)
    """(width, height), px."""
    pixel_format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    muxer_options: dict[str, str] = field(default_factory=dict)
    display_matrix: Sequence[int] | None = None
    audio: str | None = None
    language: str = "deu"
    """Of the sound."""
    subtitle: str | None = None
    chapters: tuple[str, ...] = ()
    cover: bool = False
    attachment: bytes = b""
    tags: dict[str, str] = field(default_factory=dict)
    sample_aspect_ratio: Fraction = Fraction(1)
    colours: tuple[int, int, int, int] = (1, 1, 1, 1)
    """range, space, transfer, primaries."""


def picture(clip: Clip, index: int) -> av.VideoFrame:
    """Return picture `index`: steps of brightness that no codec mistakes for another."""
    frame = av.VideoFrame(*clip.size, clip.pixel_format)
    deep = frame.format.components[0].bits > 8
    for number, plane in enumerate(frame.planes):
        value = 40 + (index * 15 + number * 30) % 160
        samples = np.full(plane.buffer_size // (2 if deep else 1), value * (4 if deep else 1))
        plane.update(samples.astype("<u2" if deep else "u1").tobytes())
    frame.pts, frame.time_base = clip.pts[index], clip.time_base
    gap = clip.pts[index + 1] - clip.pts[index] if index + 1 < len(clip.pts) else 0
    frame.duration = gap or clip.last_duration
    return frame


def write_clip(path: Path, clip: Clip = Clip()) -> Path:
    """Write a video with all that its description names."""
    with av.open(str(path), "w", container_options=clip.muxer_options) as container:
        _write(container, clip)
    return path


def _write(container: Any, clip: Clip) -> None:
    video = container.add_stream(clip.codec, rate=25, options=clip.options)
    video.width, video.height = clip.size
    video.pix_fmt = clip.pixel_format
    context = video.codec_context
    context.time_base = clip.time_base
    context.flags |= Flags.frame_duration
    context.sample_aspect_ratio = clip.sample_aspect_ratio
    context.color_range, context.colorspace, context.color_trc, context.color_primaries = (
        clip.colours
    )
    if clip.display_matrix is not None:
        video.set_display_matrix(clip.display_matrix)
    audio = _add_audio(container, clip)
    subtitle = container.add_mux_stream(clip.subtitle) if clip.subtitle else None
    if subtitle is not None:
        subtitle.metadata["language"] = "fra"
    cover = _add_cover(container) if clip.cover else []
    if clip.attachment:
        container.add_attachment("font.ttf", "font/ttf", clip.attachment)
    container.set_chapters(
        [
            {"id": n, "start": n * 100, "end": n * 100 + 100, "time_base": Fraction(1, 1000),
             "metadata": {"title": title}}
            for n, title in enumerate(clip.chapters)
        ]
    )  # fmt: skip
    container.metadata.update(clip.tags)
    container.mux(cover)
    for index in range(len(clip.pts)):
        container.mux(video.encode(picture(clip, index)))
    container.mux(video.encode(None))
    if audio is not None:
        container.mux(audio.encode(_noise(clip, audio)) + audio.encode(None))
    if subtitle is not None:
        container.mux(_subtitle_packet(subtitle))


def _add_audio(container: Any, clip: Clip) -> Any:
    if clip.audio is None:
        return None
    stream = container.add_stream(clip.audio, rate=48000)
    stream.layout = "mono"
    stream.metadata["language"] = clip.language
    return stream


def _noise(clip: Clip, stream: Any) -> av.AudioFrame:
    seconds = (clip.pts[-1] - clip.pts[0]) * clip.time_base + Fraction(1, 25)
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (1, int(48000 * seconds)))
    planar = stream.format.name
    values = samples.astype("f4") if planar.startswith("flt") else (samples * 9999).astype("i2")
    frame = av.AudioFrame.from_ndarray(values, format=planar, layout="mono")
    frame.sample_rate = 48000
    frame.pts, frame.time_base = int(48000 * clip.pts[0] * clip.time_base), Fraction(1, 48000)
    return frame


def _add_cover(container: Any) -> list[Any]:
    stream = container.add_stream("mjpeg", rate=1)
    stream.width = stream.height = 32
    stream.pix_fmt = "yuvj420p"
    stream.disposition = 1024
    frame = picture(Clip(size=(32, 32), pixel_format="yuvj420p"), 0)
    frame.time_base = Fraction(1)
    return [*stream.encode(frame), *stream.encode(None)]


def _subtitle_packet(stream: Any) -> "av.Packet":
    packet = av.Packet(b"\x00\x05Hello")
    packet.pts = packet.dts = 100
    packet.duration, packet.time_base, packet.stream = 200, Fraction(1, 1000), stream
    return packet


@dataclass(frozen=True)
class Seen:
    """What a source gave."""

    info: VideoInfo
    times: tuple[tuple[Fraction, Fraction], ...]
    """(start, length) of each frame, s."""
    planes: tuple[Planes, ...]
    report: DecodeReport


def read(path: str | Path) -> Seen:
    """Read a video to its end."""
    with FileSource(path) as source:
        frames = list(source)
        times = tuple((f.pts * f.time_base, f.duration * f.time_base) for f in frames)
        return Seen(source.info, times, tuple(f.planes for f in frames), source.report())


def copy(path: str | Path, target: Path, **arguments: Any) -> tuple[SinkResult, DecodeReport]:
    """Send every frame from a source to a sink."""
    with FileSource(path) as source:
        sink = FileSink(target, like=source.info, carry=source.carried, **arguments)
        with sink:
            for frame in source:
                sink.write(frame)
        assert sink.result is not None
        return sink.result, source.report()


def packets(path: str | Path, kind: str, *, number: int = 0) -> list[tuple[Fraction, bytes]]:
    """Return (start in s, payload) of the packets of one stream."""
    with av.open(str(path)) as container:
        stream = [s for s in container.streams if s.type == kind][number]
        base = Fraction(stream.time_base.numerator, stream.time_base.denominator)
        return [
            ((packet.pts or 0) * base, bytes(packet))
            for packet in container.demux(stream)
            if packet.size and not packet.is_discard
        ]


def same_samples(left: Sequence[Planes], right: Sequence[Planes]) -> bool:
    """Return whether all planes of all frames are bit-equal."""
    return len(left) == len(right) and all(
        len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
        for a, b in zip(left, right, strict=True)
    )
