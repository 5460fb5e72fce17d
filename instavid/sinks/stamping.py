"""When frames are shown in an output, in its own ticks."""

from fractions import Fraction

from instavid.media.containers import ISO_MEDIA
from instavid.media.encoding_plan import EncodingPlan
from instavid.types import Frame


class Stamper:
    """Gives each frame, in order, its time stamp and duration."""

    def __init__(self, plan: EncodingPlan) -> None:
        """Begin with the first frame that comes."""
        self._plan = plan
        self._shift: int | None = None
        self._last_pts: int | None = None

    def __call__(self, frame: Frame) -> tuple[int, int]:
        """Return (time stamp, duration) of the next frame, ticks."""
        if self._shift is None:
            self._shift = self._start_shift(frame)
        return self._pts(frame, self._shift), round(
            frame.duration * frame.time_base / self._plan.time_base
        )

    @property
    def shift_seconds(self) -> Fraction:
        """Return by how much all streams must move."""
        return (self._shift or 0) * self._plan.info.time_base

    def _start_shift(self, frame: Frame) -> int:
        """Return by how many ticks all streams must move: MP4 hides what starts below zero."""
        if self._plan.info.is_cut:
            return -frame.pts
        hides = self._plan.container in ISO_MEDIA
        return -frame.pts if hides and frame.pts < 0 else 0

    def _pts(self, frame: Frame, shift: int) -> int:
        pts = frame.pts + shift
        if self._plan.time_base != frame.time_base:
            pts = round(pts * frame.time_base / self._plan.time_base)
            if self._last_pts is not None:
                pts = max(pts, self._last_pts + 1)
        self._last_pts = pts
        return pts
