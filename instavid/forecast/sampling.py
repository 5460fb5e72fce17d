"""A few stretches of consecutive frames, spread over a video."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count, groupby
from typing import Self

from instavid.core.adjusting import Adjustments
from instavid.core.timespan import TimeSpan
from instavid.interfaces import Follower
from instavid.media.info import VideoInfo
from instavid.picture import PictureFormat
from instavid.sources.adjusted import adjusted_info
from instavid.sources.peeking import peek
from instavid.types import Frame, TrackedFrame

_STRETCHES, _LONGEST = 5, 8
_MOST_BYTES = 400_000_000
"""The sample waits in memory, decoded."""


@dataclass(frozen=True)
class Sample:
    """Frames of one video, in stretches; satisfies `FrameSource`.

    The index of a frame is its place in the sample.
    """

    stretches: tuple[tuple[Frame, ...], ...]
    decode_seconds: float
    """Per frame."""

    @property
    def thinned(self) -> "Sample":
        """Return the first frame of each stretch."""
        return _numbered([stretch[:1] for stretch in self.stretches], self.decode_seconds)

    @property
    def frames(self) -> int:
        """Return how many frames there are in all."""
        return sum(map(len, self.stretches))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __iter__(self) -> Iterator[Frame]:
        for stretch in self.stretches:
            yield from stretch

    def stretch_of(self, frame: Frame) -> int:
        """Return the number of the stretch that a frame is in."""
        before = 0
        for number, stretch in enumerate(self.stretches):
            before += len(stretch)
            if frame.index < before:
                return number
        raise IndexError(f"frame {frame.index} is none of the {before} of the sample")


@dataclass(frozen=True)
class FollowedApart:
    """Follows each stretch of a sample without memory of the one before; satisfies `Follower`."""

    follower: Follower
    sample: Sample

    def follow(self, frames: Iterable[Frame]) -> Iterator[TrackedFrame]:
        """Yield one `TrackedFrame` per frame, in order."""
        for _, stretch in groupby(frames, self.sample.stretch_of):
            yield from self.follower.follow(stretch)


def take_sample(place: str, info: VideoInfo, span: TimeSpan, adjust: Adjustments) -> Sample:
    """Decode the sample, at even distances over the part that is asked for.

    Args:
        place: The video.
        info: Its description as it is, but with the duration of that part.
        span: That part. Where the length of the video is unknown, its beginning is the sample.
        adjust: How to change the pictures. Their rate stays: neighbours are those of the input.
    """
    length = _stretch_length(adjusted_info(info, adjust).picture)
    peeks = [
        peek(place, info, adjust, seconds=seconds, count=length)
        for seconds in _places(info, span, length)
    ]
    found = [p for p in peeks if p.frames]
    decode_seconds = sum(p.seconds_per_frame for p in found) / max(1, len(found))
    return _numbered([p.frames for p in found], decode_seconds)


def _numbered(stretches: Sequence[Sequence[Frame]], decode_seconds: float) -> Sample:
    numbers = count()
    return Sample(
        tuple(tuple(replace(f, index=next(numbers)) for f in frames) for frames in stretches),
        decode_seconds,
    )


def _stretch_length(picture: PictureFormat) -> int:
    frame_bytes = picture.width * picture.height * 3
    return max(1, min(_LONGEST, _MOST_BYTES // (_STRETCHES * frame_bytes)))


def _places(info: VideoInfo, span: TimeSpan, length: int) -> list[Fraction]:
    """Return where the stretches begin, seconds; they do not overlap."""
    rate = info.average_frame_rate or Fraction(25)
    first = span.start.in_seconds(rate) if span.start else Fraction(0)
    seconds = info.duration_seconds_from_header
    if not seconds:
        return [first]
    places = max(1, min(_STRETCHES, int(Fraction(seconds) * rate / length)))
    step = Fraction(seconds) / places
    # From the middle of each part, but so that a stretch ends within it.
    inset = min(step / 2, max(Fraction(0), step - length / rate))
    return [first + step * n + inset for n in range(places)]
