"""Measures a result frame by frame against its source; keeps one frame of each."""

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from instavid.core.composite import NEW_MASK, OLD_MASK, TOUCHED
from instavid.core.cuts import is_cut
from instavid.metrics.differences import DifferenceTally, OutsideDifference
from instavid.metrics.moments import Moment, look
from instavid.metrics.warping import (
    Motion,
    mask_change,
    mean_squared,
    measure_motion,
    sharpness,
    warp,
    was_in_frame,
    with_objects,
)
from instavid.types import BoolArray, ByteArray, Frame

MotionBetween = Callable[[Moment, Moment], Motion]


def motion_by_flow(before: Moment, now: Moment) -> Motion:
    """Measure the motion of the source."""
    return measure_motion(before.gray, now.gray)


@dataclass
class VideoMeter:
    """Adds frames up."""

    motion: MotionBetween = motion_by_flow
    """Tests and rendered scenes know it exactly."""
    has_mattes: bool = False
    frames: int = 0
    cuts: int = 0
    pairs: int = 0
    frames_lost: int = 0
    result_errors: list[float] = field(default_factory=list)
    source_errors: list[float] = field(default_factory=list)
    grown_errors: list[float] = field(default_factory=list)
    mask_changes: list[float] = field(default_factory=list)
    old_mask_changes: list[float] = field(default_factory=list)
    result_sharpness: list[float] = field(default_factory=list)
    reference_sharpness: list[float] = field(default_factory=list)
    difference: OutsideDifference = field(
        default_factory=lambda: OutsideDifference(DifferenceTally(), DifferenceTally())
    )
    formats_differ: bool = False
    _before: Moment | None = None

    def add(
        self,
        source: Frame,
        result: Frame,
        *,
        matte: ByteArray | None = None,
        reference: Frame | None = None,
    ) -> None:
        """Count one frame.

        Args:
            source: The frame before it was changed.
            result: The same frame afterwards, as large when upright.
            matte: (H, W) uint8, upright, see `instavid.core.composite`; None: all of the frame.
            reference: What sharpness is compared with; None: the source.
        """
        rgb, painted = source.rgb(), result.rgb()
        if matte is None:
            matte = np.full(rgb.shape[:2], OLD_MASK | NEW_MASK, np.uint8)
        compared = rgb if reference is None else reference.rgb()
        # A result of another kind may be compared wherever it is; the source only where both are.
        wanted = OLD_MASK | NEW_MASK if reference is None else NEW_MASK
        self._add_sharpness(painted, compared, (matte & wanted) == wanted)
        self._add_difference(source, result, (matte & TOUCHED) > 0)
        self._add_moment(look(source, rgb, painted, matte))

    def _add_sharpness(self, result: ByteArray, reference: ByteArray, where: BoolArray) -> None:
        grays = (cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in (result, reference))
        mine, theirs = (sharpness(gray.astype(np.uint8, copy=False), where) for gray in grays)
        if mine is not None and theirs is not None:
            self.result_sharpness.append(mine)
            self.reference_sharpness.append(theirs)

    def _add_difference(self, source: Frame, result: Frame, touched: BoolArray) -> None:
        if source.picture.pixel_format != result.picture.pixel_format:
            self.formats_differ = True
        else:
            self.difference.add(source, result, touched)

    def _add_moment(self, now: Moment) -> None:
        before, self._before = self._before, now
        self.frames += 1
        self.frames_lost += bool(now.old.any() and not now.new.any())
        if before is None:
            return
        if is_cut(before.thumb, now.thumb):
            self.cuts += 1
            return
        self.pairs += 1
        motion = self.motion(before, now)
        self._add_errors(before, now, motion)
        if self.has_mattes:
            self._add_shape(before, now, motion)

    def _add_errors(self, before: Moment, now: Moment, motion: Motion) -> None:
        where = now.old & now.new & motion.visible
        source = mean_squared(warp(before.source, motion.backward), now.source, where)
        result = mean_squared(warp(before.result, motion.backward), now.result, where)
        if source is not None and result is not None:
            self.source_errors.append(source)
            self.result_errors.append(result)

    def _add_shape(self, before: Moment, now: Moment, motion: Motion) -> None:
        carried = with_objects(motion.backward, now.old)
        for changes, old, new in (
            (self.mask_changes, before.new, now.new),
            (self.old_mask_changes, before.old, now.old),
        ):
            change = mask_change(old, new, carried)
            if change is not None:
                changes.append(change)
        stayed = warp(before.new.astype(np.float32), carried) > 0.5
        grown = now.new & ~now.old & stayed & was_in_frame(carried)
        error = mean_squared(warp(before.result, carried), now.result, grown)
        if error is not None:
            self.grown_errors.append(error)
