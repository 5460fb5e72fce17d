"""What makes packets of pictures: an encoder, or whatever spares it some of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import av
from av.packet import Packet
from av.video.stream import VideoStream

from instavid.coded import Origin
from instavid.media.encoding import encode
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.reopening import EncoderSeries
from instavid.picture import Planes

MakePicture = Callable[[Planes, int, int], av.VideoFrame]
"""Makes what an encoder takes of planes, time stamp and duration."""


@dataclass(frozen=True)
class Uncoded:
    """A picture that is to have a packet."""

    planes: Planes
    pts: int
    duration: int
    origin: Origin | None
    """Where it comes from, unchanged; None once it was changed."""
    make: MakePicture

    @cached_property
    def picture(self) -> av.VideoFrame:
        """Return it as an encoder takes it, made when this is first asked for."""
        return self.make(self.planes, self.pts, self.duration)


class Coder(Protocol):
    """Takes pictures in presentation order, and gives one packet for each, sooner or later."""

    def encode(self, uncoded: Uncoded) -> "list[Packet[Any]]":
        """Take the next picture; return the packets that are settled by now."""
        ...

    def pause(self) -> "list[Packet[Any]]":
        """Return the packets of what was encoded; no later one is predicted from them."""
        ...

    def finish(self) -> "list[Packet[Any]]":
        """Return the packets of all that is left, at the end."""
        ...

    def pass_by(self, pts: int, duration: int) -> None:
        """Take note of a picture whose packet comes from elsewhere."""
        ...

    @property
    def copied(self) -> int:
        """Return how many pictures were copied as the input has them."""
        ...

    @property
    def gives_all_at_pause(self) -> bool:
        """Return whether `pause` leaves no picture without a packet."""
        ...

    def close(self) -> None:
        """Let go of the encoders."""
        ...


class PlainCoder:
    """Encodes every picture."""

    copied = 0
    gives_all_at_pause = True

    def __init__(self, plan: EncodingPlan, stream: VideoStream, *, pauses: bool = False) -> None:
        """Prepare.

        Args:
            plan: What to encode.
            stream: Of the output, its encoder open.
            pauses: Whether there will be pauses, each of which takes a new encoder.
        """
        self._series = EncoderSeries(plan, stream) if pauses else None
        self._encoder = None if pauses else stream

    def encode(self, uncoded: Uncoded) -> "list[Packet[Any]]":
        """Encode a picture, the first one after a pause with a new encoder.

        Raises:
            UnavailableError: A new encoder would not fit the header that the output has.
        """
        if self._encoder is None:
            assert self._series is not None, "an encoder that was flushed encodes no more"
            self._encoder = self._series.next()
        return list(encode(self._encoder, uncoded.picture))

    def pause(self) -> "list[Packet[Any]]":
        """Flush the encoder."""
        encoder, self._encoder = self._encoder, None
        return [] if encoder is None else list(encode(encoder, None))

    def finish(self) -> "list[Packet[Any]]":
        """Flush the encoder."""
        return self.pause()

    def pass_by(self, pts: int, duration: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Let go of the encoders."""
        if self._series is not None:
            self._series.close()
