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
        self.begin(frame.pts)
        return self._pts(frame), round(frame.duration * frame.time_base / self._plan.time_base)

    def begin(self, first: int) -> None:
        """Take note, once, of when the first frame is shown, ticks of the source."""
        if self._shift is None:
            self._shift = self._start_shift(first)

    def pass_by(self, pts: int) -> None:
        """Take note of a time stamp that another run gave, ticks of the output."""
        self._last_pts = pts if self._last_pts is None else max(pts, self._last_pts)

    @property
    def shift_seconds(self) -> Fraction:
        """Return by how much all streams must move."""
        return (self._shift or 0) * self._plan.info.time_base

    def _start_shift(self, first: int) -> int:
        """Return by how many ticks all streams must move, where nothing may start below zero."""
        if self._plan.info.is_cut:
            return -first
        # MP4 hides what does, and NUT refuses it.
        is_wrong = self._plan.container in (*ISO_MEDIA, "nut") and first < 0
        return -first if is_wrong else 0

    def _pts(self, frame: Frame) -> int:
        pts = frame.pts + (self._shift or 0)
        if self._plan.time_base != frame.time_base:
            pts = round(pts * frame.time_base / self._plan.time_base)
            if self._last_pts is not None:
                pts = max(pts, self._last_pts + 1)
        self._last_pts = pts
        return pts
