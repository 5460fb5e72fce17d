"""The part of a video that is asked for: from a moment on, up to another."""

import re
from dataclasses import dataclass
from fractions import Fraction

_CLOCK = re.compile(r"(?:(\d+):)?([0-5]?\d):([0-5]?\d(?:\.\d*)?)")
_SECONDS = re.compile(r"(\d+\.\d*|\.\d+)s?|(\d+)s")
_FRAMES = re.compile(r"(\d+)f?")
# Players show milliseconds, rounded; a frame at 33.36667 s is meant by 33.367.
_ROUNDING = Fraction(1, 2000)


@dataclass(frozen=True)
class Moment:
    """A point of a video, or a length: a number of frames, or of seconds."""

    frames: int | None = None
    seconds: Fraction | None = None

    def is_reached(self, frames: int, seconds: Fraction) -> bool:
        """Return whether as many frames and seconds as given are as far as this moment."""
        if self.frames is not None:
            return frames >= self.frames
        assert self.seconds is not None, "a moment is given in frames or in seconds"
        return seconds >= self.seconds - _ROUNDING

    def in_seconds(self, frame_rate: Fraction) -> Fraction:
        """Return about where this is in a video of that many frames per second."""
        if self.seconds is not None:
            return self.seconds
        assert self.frames is not None, "a moment is given in frames or in seconds"
        return self.frames / frame_rate


def parse_moment(text: str) -> Moment:
    """Read a whole number of frames, seconds with a point or an s, or [hh:]mm:ss[.mmm].

    Raises:
        ValueError: It is none of these.

    >>> parse_moment("250"), parse_moment("12.5")
    (Moment(frames=250, seconds=None), Moment(frames=None, seconds=Fraction(25, 2)))
    >>> parse_moment("10s") == parse_moment("00:00:10") == parse_moment("0:10.000")
    True
    """
    if match := _FRAMES.fullmatch(text):
        return Moment(frames=int(match[1]))
    if match := _SECONDS.fullmatch(text):
        return Moment(seconds=Fraction(match[1] or match[2]))
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = match.groups()
        return Moment(seconds=3600 * int(hours or 0) + 60 * int(minutes) + Fraction(seconds))
    raise ValueError(
        f"'{text}' is no point in time: give frames (250), seconds (10.0 or 10s) or 01:30.5"
    )


@dataclass(frozen=True)
class TimeSpan:
    """From the first frame that has reached `start` up to the first that has reached the end.

    Frames are counted, and seconds measured, from the video's first frame.

    Raises:
        ValueError: Both an end and a duration are given, or nothing lies between start and end.
    """

    start: Moment | None = None
    end: Moment | None = None
    duration: Moment | None = None
    """How far the end is from the first frame that is taken."""

    def __post_init__(self) -> None:
        if self.end is not None and self.duration is not None:
            raise ValueError("give an end or a duration, not both")
        for name, moment in (("end", self.end), ("duration", self.duration)):
            if moment is not None and 0 in (moment.frames, moment.seconds):
                raise ValueError(f"the {name} is 0: nothing would be left")
        if self.start is not None and self.end is not None and _is_backward(self.start, self.end):
            raise ValueError("the end does not lie after the start")

    @property
    def is_all(self) -> bool:
        """Return whether nothing is left out."""
        return self.start is None and self.end is None and self.duration is None

    @property
    def counts_frames(self) -> bool:
        """Return whether it must be known how many frames lie before the start."""
        return any(m is not None and m.frames is not None for m in (self.start, self.end))

    def has_begun(self, frames: int, seconds: Fraction) -> bool:
        """Return whether a frame, by its number and time, has reached the start."""
        return self.start is None or self.start.is_reached(frames, seconds)

    def has_ended(
        self, frames: int, seconds: Fraction, *, taken: int, taken_seconds: Fraction
    ) -> bool:
        """Return whether a frame has reached the end.

        Args:
            frames: Frames before it in the video.
            seconds: Its time.
            taken: Frames before it that were taken.
            taken_seconds: Its time after the first one that was taken.
        """
        if self.duration is not None:
            return self.duration.is_reached(taken, taken_seconds)
        return self.end is not None and self.end.is_reached(frames, seconds)

    def expected_seconds(self, whole: Fraction, frame_rate: Fraction) -> Fraction:
        """Return about how long this part of a video of a known length is."""
        start = min(whole, self.start.in_seconds(frame_rate) if self.start else Fraction(0))
        end = whole
        if self.end is not None:
            end = self.end.in_seconds(frame_rate)
        elif self.duration is not None:
            end = start + self.duration.in_seconds(frame_rate)
        return max(Fraction(0), min(end, whole) - start)


WHOLE = TimeSpan()
"""All of a video."""


def _is_backward(start: Moment, end: Moment) -> bool:
    """Return whether the end is not after the start, as far as that can be said of two units."""
    if start.frames is not None and end.frames is not None:
        return end.frames <= start.frames
    if start.seconds is not None and end.seconds is not None:
        return end.seconds <= start.seconds
    return False
