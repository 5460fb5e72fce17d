"""Runs that are kept so that they can go on: a clip, things that come and go, and a crash."""

import hashlib
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from clips import Clip, write_clip

from instavid.followers.segment_track import SegmentThenTrack
from instavid.mattes import matte_format
from instavid.painting import Casting
from instavid.pipeline import Pipeline, Progress
from instavid.reports import PipelineReport
from instavid.resuming import RunKeeper
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource
from instavid.testing import PaintingTranslator, ScriptedSegmenter
from instavid.trackers.bytetrack import ByteTracker
from instavid.types import BoolArray

FRAMES, EVERY, BATCH = 50, 12, 4

_GAPS = (20, 24, 20, 37, 11, 20, 20, 64)


class CrashError(Exception):
    """The run broke off."""


def write_uneven_clip(path: Path, *, frames: int = FRAMES, **options: str) -> Path:
    """Write a clip of 64x48 with uneven gaps between its pictures, and with sound.

    Args:
        path: Where.
        frames: How many.
        options: Of the encoder.
    """
    pts = [sum(_GAPS[n % 8] for n in range(count)) for count in range(frames)]
    return write_clip(path, Clip(pts=pts, time_base=Fraction(1, 600), audio="aac", options=options))


def things(index: int) -> BoolArray:
    """Return the masks of two that cross, one of which is missed now and then."""
    masks = np.zeros((2, 48, 64), bool)
    masks[0, 10:30, index % 44 : index % 44 + 14] = True
    masks[1, 16:40, 44 - index % 40 : 58 - index % 40] = True
    return masks[:1] if index % 7 in (4, 5) else masks


def run(
    clip: Path,
    target: Path,
    *,
    crash_at: int | None = None,
    resume: bool = False,
    masks: Path | None = None,
    request: dict[str, Any] | None = None,
    every: int = EVERY,
    **encoding: Any,
) -> PipelineReport:
    """Transfigure a clip; break off after a number of frames.

    Raises:
        CrashError: It was to break off.
    """

    def crash(progress: Progress) -> None:
        if progress.frames == crash_at and progress.stage != "replay":
            raise CrashError

    follower = SegmentThenTrack(ScriptedSegmenter(things), ByteTracker(), batch=BATCH, foresight=5)
    pipeline = Pipeline(follower, [Casting(PaintingTranslator())], batch=BATCH)
    with FileSource(clip) as source:
        sink = FileSink(target, like=source.info, carry=source.carried, overwrite=True, **encoding)
        grey = None
        if masks is not None:
            picture = matte_format(source.info.picture)
            grey = FileSink(
                masks, like=replace(source.info, picture=picture), codec="ffv1", overwrite=True
            )
        keeper = RunKeeper(
            target,
            [sink, grey] if grey else [sink],
            request=request or {"--feather": 4},
            resume=resume,
            every=every,
            source=source,
        )
        with keeper, sink, grey or nullcontext():
            return pipeline.run(source, sink, mattes=grey, keeper=keeper, on_progress=crash)


def seen(path: Path) -> tuple[list[tuple[int | None, str]], dict[int, str]]:
    """Return the time and digest of each picture, and the digest of each other stream's packets."""
    with av.open(str(path)) as container:
        pictures = [
            (frame.pts, hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest())
            for frame in container.decode(video=0)
        ]
    others: dict[int, Any] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.size and packet.stream.type != "video":
                digest = others.setdefault(packet.stream_index, hashlib.sha256())
                digest.update(f"{packet.pts} {packet.dts}".encode() + bytes(packet))
    return pictures, {index: digest.hexdigest() for index, digest in others.items()}
