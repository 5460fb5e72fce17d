"""From an open container to pictures in order, each with a time that can be written."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from instavid.coded import Origin
from instavid.core.clock import Clock, Timed
from instavid.errors import InputError
from instavid.media.carried import CarriedStreams
from instavid.media.copying.coded_stream import sets_of
from instavid.media.copying.gathering import Gatherer
from instavid.media.info import FieldOrder, VideoInfo
from instavid.media.landing import KeyFrame, Witness
from instavid.media.pixels import Canoniser
from instavid.media.reading import Reader
from instavid.media.report import Tally
from instavid.picture import PictureFormat, Planes
from instavid.sources.deinterlacing import deinterlaced

Decoded = tuple[Planes, Origin | None]
"""Samples, and the coded picture that they are, where that is known."""

# Matroska with negative time stamps gives its first pictures without any.
_PATIENCE = 32


class Decoding:
    """Reads one container; any thread may end it."""

    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream,
        carried: CarriedStreams,
        *,
        gathers: bool,
        is_stopped: Callable[[], bool],
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            container: Open; closed by `close`.
            stream: The video to decode.
            carried: Takes the packets of all other streams.
            gathers: Whether to keep the packets that pictures come from.
            is_stopped: Whether to end.
        """
        self._container: InputContainer | None = container
        self._stream = stream
        self._gatherer = Gatherer(sets_of(stream), is_on=gathers)
        self._reader = Reader(container, stream, carried, gatherer=self._gatherer)
        self._is_stopped = is_stopped
        self._canoniser = Canoniser()
        self._lock = threading.Lock()
        self._waiting: deque[av.VideoFrame] = deque()

    @property
    def tally(self) -> Tally:
        """Return what was read so far."""
        return self._reader.tally

    @property
    def repairs(self) -> int:
        """Return how many time stamps were repaired; for when pictures have their times."""
        return self._clock.repairs

    @property
    def first(self) -> av.VideoFrame:
        """Return the first picture, once it was read."""
        return self._first

    def read_first(self) -> bool:
        """Decode the first picture; return whether there is any."""
        if not self._read_more():
            return False
        self._first = self._waiting[0]
        self.delay = max(0, self._gatherer.kept - 1)
        """Packets that the decoder took before it gave the first picture, where they are kept."""
        return True

    def describe_as(self, info: VideoInfo) -> None:
        """Take note of how pictures are to come, and at about what rate."""
        rate = info.average_frame_rate or Fraction(25)
        self._picture: PictureFormat = info.picture
        self._clock: Clock[Decoded] = Clock(
            tick=1 / (rate * info.time_base),
            time_base=info.time_base,
            patience=0 if self._stream.start_time is None else _PATIENCE,
        )

    def stop_gathering(self) -> None:
        """Keep no packets from now on."""
        self._gatherer.turn_off()

    def timed(self, *, woven: FieldOrder = "progressive") -> Iterator[Timed[Decoded]]:
        """Yield the pictures that are to come.

        Args:
            woven: Their field order, where whole pictures are to be made of interlaced ones.
        """
        pictures = self._pictures()
        if woven != "progressive":
            pictures = deinterlaced(pictures, woven)
        for picture in pictures:
            planes = self._canoniser.planes(picture, self._picture)
            decoded = planes, self._gatherer.origin(picture)
            yield from self._clock.push(decoded, picture.pts, picture.duration or 0)
        yield from self._clock.flush()

    def seek(self, pts: int, *, at_most: int | None = None) -> bool:
        """Go on at the last key frame before a time, in ticks; what was read is forgotten.

        Args:
            pts: Where to.
            at_most: When the next picture may be shown at the latest.

        Returns:
            Whether that was possible; if not, where it goes on is unknown.
        """
        self._waiting.clear()
        if not self._reader.seek(pts):
            return False
        if at_most is None:
            return True
        landed = self._waiting[0].pts if self._read_more() else None
        return landed is not None and landed <= at_most

    def forget_damage(self) -> None:
        """Begin to count damage anew: what lies before does not matter."""
        self._reader.forget_damage()

    def is_ahead(self, key: KeyFrame) -> bool:
        """Return whether a key frame is still to be read."""
        last = self._reader.latest_pts
        return last is not None and key.pts > last

    def pass_over(
        self, key: KeyFrame, wanted: Witness, pictures: Iterator[Timed[Decoded]], *, frames: int
    ) -> Iterator[None]:
        """Decode nothing before a key frame, and go on behind a known picture.

        Args:
            key: It is ahead.
            wanted: The picture.
            pictures: From `timed`.
            frames: How many pictures there are up to it.

        Yields:
            About as often as there are pictures, so that what was read of the other streams can be
            written meanwhile.

        Raises:
            InputError: The picture does not come.
        """
        self._waiting.clear()
        self._reader.pass_over(key)
        while self._reader.passes_over:
            before = self.tally.packets
            if not self._read_more(once=True):
                break
            if self.tally.packets > before:
                yield
        for decoded, timed in enumerate(pictures, start=1):
            yield
            if timed.pts == wanted.pts:
                self.tally.frames += frames - decoded
                return
        raise InputError("it has changed")

    def close(self) -> None:
        """Close the container, once no packet is being read."""
        with self._lock:
            if self._container is not None:
                self._container.close()
                self._container = None

    def _pictures(self) -> Iterator[av.VideoFrame]:
        while not self._is_stopped() and self._read_more():
            picture = self._waiting.popleft()
            if not self._reader.accepts(picture, self._first):
                return
            yield picture

    def _read_more(self, *, once: bool = False) -> bool:
        """Decode until a picture waits, or one packet; False at the end."""
        while not self._waiting:
            with self._lock:
                if self._container is None or self._is_stopped():
                    return False
                pictures = self._reader.step()
            if pictures is None:
                return False
            self._waiting.extend(pictures)
            if once:
                break
        return True
