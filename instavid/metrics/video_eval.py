"""What `instavid eval video` measures, from its files to its report."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from statistics import fmean

import numpy as np

from instavid.errors import UsageError
from instavid.metrics.lockstep import Lockstep
from instavid.metrics.video_measure import MotionBetween, VideoMeter, motion_by_flow
from instavid.metrics.video_report import (
    Difference,
    MaskFlicker,
    Sharpness,
    VideoReport,
    WarpingError,
)
from instavid.sources.file import FileSource
from instavid.types import ByteArray, Frame

_NO_BIT = 31  # what a matte's pixels never have, see instavid.core.composite


@dataclass(frozen=True)
class VideoFiles:
    """What belongs together."""

    source: str
    """The video that was changed."""
    result: str
    """What became of it."""
    masks: str | None = None
    """What `instavid run --save-masks` wrote; None measures the whole frame."""
    reference: str | None = None
    """Another result, to compare sharpness with; None: the source."""


def evaluate_video(
    files: VideoFiles,
    *,
    motion: MotionBetween = motion_by_flow,
    on_start: Callable[[int | None], None] = lambda frames: None,
    on_frame: Callable[[], None] = lambda: None,
) -> VideoReport:
    """Measure one result.

    Args:
        files: The videos.
        motion: Tells how the source moves.
        on_start: Is told how many frames the source says it has.
        on_frame: Called after each.

    Raises:
        InputError: A file cannot be read.
        UsageError: The files do not belong together, or the masks are none.
    """
    meter = VideoMeter(motion=motion, has_mattes=files.masks is not None)
    given = [files.source, files.result, files.masks, files.reference]
    with ExitStack() as stack:
        videos = [stack.enter_context(FileSource(path)) for path in given if path is not None]
        _check_sizes(videos)
        if meter.has_mattes:
            _check_matte_format(videos[2])
        on_start(videos[0].info.frame_count_from_header)
        steps = Lockstep(videos)
        for source, result, *others in steps:
            matte = _matte(others[0], videos[2].info.name) if meter.has_mattes else None
            reference = others[-1] if files.reference is not None else None
            meter.add(source, result, matte=matte, reference=reference)
            on_frame()
        _check_lengths(steps)
        return _report(files, meter, steps.damage())


def _check_sizes(videos: Sequence[FileSource]) -> None:
    first, *others = (video.info for video in videos)
    height, width = first.picture.upright_size
    for info in others:
        if info.picture.upright_size != (height, width):
            found = info.picture.upright_size
            raise UsageError(
                f"{info.name} is {found[1]}x{found[0]} but {first.name} is {width}x{height}: "
                "they do not belong together"
            )


def _check_matte_format(video: FileSource) -> None:
    found = video.info.picture.pixel_format
    if found != "gray":
        raise UsageError(
            f"{video.info.name} is {found} and no matte: write one with 'instavid run --save-masks'"
        )


def _check_lengths(steps: Lockstep) -> None:
    if steps.longer is not None:
        raise UsageError(
            f"{steps.ended[0].info.name} ends after {steps.rows} frames, {steps.longer.info.name} "
            "goes on: they do not belong together"
        )


def _matte(frame: Frame, name: str) -> ByteArray:
    matte: ByteArray = frame.picture.orientation.upright(frame.planes[0]).astype(np.uint8)
    if (matte & _NO_BIT).any():
        raise UsageError(
            f"{name} holds grey levels that no matte has: keep what --save-masks wrote as it is"
        )
    return matte


def _report(files: VideoFiles, meter: VideoMeter, damage: Sequence[str]) -> VideoReport:
    luma, everything = meter.difference.luma, meter.difference.all
    sharp = meter.result_sharpness
    return VideoReport(
        **asdict(files),
        frames=meter.frames,
        pairs=meter.pairs,
        cuts=meter.cuts,
        region="object" if meter.has_mattes else "frame",
        warping_error=WarpingError(fmean(meter.result_errors), fmean(meter.source_errors))
        if meter.result_errors
        else None,
        grown_warping_error=fmean(meter.grown_errors) if meter.grown_errors else None,
        sharpness=Sharpness(fmean(sharp), fmean(meter.reference_sharpness)) if sharp else None,
        mask_flicker=_flicker(meter.mask_changes),
        old_mask_flicker=_flicker(meter.old_mask_changes),
        frames_lost=meter.frames_lost if meter.has_mattes else None,
        difference=None
        if meter.formats_differ
        else Difference(luma.largest, luma.mean, everything.largest, everything.mean),
        warnings=tuple(damage),
    )


def _flicker(changes: Sequence[float]) -> MaskFlicker | None:
    return MaskFlicker(fmean(changes), float(np.percentile(changes, 95))) if changes else None
