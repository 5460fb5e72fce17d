"""Giving only the part of a video that was asked for, with the sound that belongs to it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar

from instavid.core.clock import Timed
from instavid.core.timespan import TimeSpan
from instavid.media.carried import CarriedStreams
from instavid.media.info import VideoInfo
from instavid.media.rationals import to_fraction

Item = TypeVar("Item")

# By this much the sound may stand behind its pictures in a file, when it is laid out in chunks.
_SOUND_BEHIND_SECONDS = 3


class Cutter:
    """Passes on the pictures of a time span, and tells the other streams where it is."""

    def __init__(self, span: TimeSpan, info: VideoInfo, carried: CarriedStreams) -> None:
        """Prepare.

        Args:
            span: What is asked for.
            info: The whole video.
            carried: Its other streams; nobody may take from them before the first picture is out.
        """
        self.frames = 0
        """How many pictures were passed on."""
        self.has_ended = False
        """Whether the end of the span was reached, and not that of the video."""
        self._span = span
        self._info = info
        self._carried = carried

    def cut(
        self,
        pictures: Iterator[Timed[Item]],
        *,
        origin: int | None,
        on_end: Callable[[], None] = lambda: None,
    ) -> Iterator[Timed[Item]]:
        """Yield the pictures of the span.

        Args:
            pictures: From the start of the video, or from anywhere before the span where no frames
                are counted.
            origin: When the video's first picture is shown, ticks; None where that is the first
                one here.
            on_end: Called when the end of the span was seen, before what is read only for the
                sound of its last pictures.
        """
        time_base, begin = self._info.time_base, None
        for number, picture in enumerate(pictures):
            origin = picture.pts if origin is None else origin
            seconds = (picture.pts - origin) * time_base
            if begin is None:
                if not self._span.has_begun(number, seconds):
                    self._carried.begin_at(picture.pts * time_base)
                    continue
                begin = seconds
                self._carried.begin_at(picture.pts * time_base)
            if self._span.has_ended(
                number, seconds, taken=self.frames, taken_seconds=seconds - begin
            ):
                self.has_ended = True
                on_end()
                self._read_sound(pictures, end=picture.pts * time_base)
                return
            self.frames += 1
            self._carried.end_by((picture.pts + picture.duration) * time_base)
            yield picture
        self._carried.end_by(None)

    def _read_sound(self, pictures: Iterator[Timed[Item]], *, end: Fraction) -> None:
        """Read on until the sound that belongs to the span has come, if it does soon."""
        last = end + _SOUND_BEHIND_SECONDS
        while not self._carried.has_sound_up_to(end):
            picture = next(pictures, None)
            if picture is None or picture.pts * self._info.time_base > last:
                return

    def describe(self, first_pts: int) -> VideoInfo:
        """Return the description of the part that begins with a picture; its chapters move."""
        info = self._info
        whole, seconds = info.duration_seconds_from_header, None
        if whole is not None:
            rate = info.average_frame_rate or Fraction(25)
            seconds = self._span.expected_seconds(Fraction(whole), rate)
        begin = first_pts * info.time_base
        moved = [_moved(chapter, by=begin, to=seconds) for chapter in self._carried.chapters]
        self._carried.chapters = [chapter for chapter in moved if chapter]
        return replace(
            info,
            is_cut=True,
            frame_count_from_header=None,
            duration_seconds_from_header=None if seconds is None else float(seconds),
        )


def _moved(chapter: dict[str, Any], *, by: Fraction, to: Fraction | None) -> dict[str, Any] | None:
    """Return a chapter as it lies in the part of a video, None where it does not.

    Args:
        chapter: As PyAV gives it, in ticks of its own.
        by: Where the part begins, s.
        to: How long the part is, s; None where that is not known.
    """
    base = to_fraction(chapter["time_base"]) or Fraction(1)
    start = max(Fraction(0), chapter["start"] * base - by)
    end = chapter["end"] * base - by
    end = end if to is None else min(end, to)
    if end <= start:
        return None
    return {**chapter, "start": round(start / base), "end": round(end / base)}
