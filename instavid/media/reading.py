"""Demuxing and decoding that goes on past damage, and counts it."""

from collections import deque
from collections.abc import Iterator
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from instavid.media.carried import CarriedStreams
from instavid.media.copying.gathering import Gatherer
from instavid.media.decoders import decoder_of
from instavid.media.landing import KeyFrame
from instavid.media.rationals import to_fraction
from instavid.media.report import Tally

_MAX_READ_ERRORS = 16
"""Broken stretches in a row after which a container is taken to have ended."""


class Reader:
    """Gives the pictures of one stream, and the packets of the others to be carried."""

    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream,
        carried: CarriedStreams,
        *,
        gatherer: Gatherer,
    ) -> None:
        """Begin to demux; nothing is read yet.

        Args:
            container: Open, and kept open by the caller.
            stream: The video to decode.
            carried: Takes the packets of all other streams.
            gatherer: Takes note of those of the video.
        """
        self.tally = Tally(tagged_seconds=_seconds(stream.metadata.get("DURATION", "")))
        self._container = container
        self._stream = stream
        self._decoder = decoder_of(stream)
        self._index = stream.index
        self._carried = carried
        self._gatherer = gatherer
        self._packets: Iterator[Packet[Stream]] = container.demux()
        self._goal: KeyFrame | None = None
        self.latest_pts: int | None = None
        """The latest time of showing among the packets of the video that were read, ticks."""
        self._read_errors_in_a_row = 0
        self._time_bases = {s.index: to_fraction(s.time_base) for s in container.streams}
        # AVI stores the order of decoding only; in that order, the times are those of showing.
        self._stamps: deque[int | None] | None = deque() if container.format.name == "avi" else None

    def step(self) -> list[av.VideoFrame] | None:
        """Read one packet; return the pictures that came of it, or None at the end."""
        if self.tally.has_ended:
            return None
        try:
            packet = next(self._packets, None)
        except av.error.InvalidDataError as error:
            return self._after_read_error(error, is_worth_retrying=True)
        except av.error.FFmpegError as error:
            return self._after_read_error(error, is_worth_retrying=False)
        self._read_errors_in_a_row = 0
        if packet is None:
            self.tally.has_ended = True
            self._gatherer.end()
            return []
        if packet.size:
            self._count(packet)
        # Not packet.stream_index: it is 0 in the empty packet that flushes a decoder.
        if packet.stream.index == self._index:
            if packet.size:
                self._gatherer.note(packet)
            return [] if self._passes(packet) else self._decode(packet)
        if packet.size:
            self._carried.put(packet)
        return []

    @property
    def passes_over(self) -> bool:
        """Return whether packets of the video are read without decoding them."""
        return self._goal is not None

    def pass_over(self, goal: KeyFrame) -> None:
        """Decode nothing before a key frame that is still to be read, and begin anew with it."""
        self._decoder.flush_buffers()
        self._goal = goal

    def _passes(self, packet: "Packet[Any]") -> bool:
        if self._goal is not None and KeyFrame(packet.pts or 0, packet.size) == self._goal:
            self._goal = None
        return self._goal is not None

    def seek(self, pts: int) -> bool:
        """Go on at the last key frame before a time, in ticks of the video, counting anew.

        Returns:
            Whether the container can do that; if not, where it goes on is unknown.
        """
        self._packets = self._container.demux()
        self.tally = Tally(tagged_seconds=self.tally.tagged_seconds)
        try:
            self._container.seek(pts, stream=self._stream, backward=True)
        except av.error.FFmpegError:
            return False
        self._decoder.flush_buffers()
        self._gatherer.restart()
        return True

    def forget_damage(self) -> None:
        """Begin to count damage anew: what lies before does not matter."""
        tally = self.tally
        tally.decode_errors = tally.corrupt_packets = tally.corrupt_frames = 0
        tally.read_error = ""

    def accepts(self, picture: av.VideoFrame, first: av.VideoFrame) -> bool:
        """Count a picture; False if its size or format is no longer that of the first one."""
        if (picture.width, picture.height) != (first.width, first.height):
            self.tally.change = f"{picture.width}x{picture.height}"
        elif picture.format.name != first.format.name:
            self.tally.change = picture.format.name
        else:
            self.tally.frames += 1
            self.tally.corrupt_frames += picture.is_corrupt
        return not self.tally.change

    def _decode(self, packet: "Packet[Any] | None") -> list[av.VideoFrame]:
        if self._stamps is not None and packet is not None and packet.size:
            self._stamps.append(packet.dts)
        try:
            pictures = self._decoder.decode(packet)
        except av.error.EOFError:  # the decoder was flushed already
            return []
        except av.error.FFmpegError:
            self.tally.decode_errors += 1
            self._gatherer.spoil()
            if self._stamps:
                self._stamps.pop()
            return []
        if self._stamps is not None:
            for picture in pictures:
                picture.pts = self._stamps.popleft() if self._stamps else None
        return pictures

    def _after_read_error(
        self, error: Exception, *, is_worth_retrying: bool
    ) -> list[av.VideoFrame]:
        self.tally.read_error = getattr(error, "strerror", None) or str(error)
        self._read_errors_in_a_row += 1
        self._gatherer.spoil()
        if is_worth_retrying and self._read_errors_in_a_row < _MAX_READ_ERRORS:
            self._packets = self._container.demux()
            return []
        self.tally.has_ended = True
        return self._decode(None)

    def _count(self, packet: "Packet[Any]") -> None:
        tally, index = self.tally, packet.stream_index
        is_video = index == self._index
        tally.ends_in_a_piece = packet.is_corrupt
        tally.end_byte = (packet.pos or 0) + packet.size
        if is_video:
            tally.packets += 1
            if packet.pts is not None:
                self.latest_pts = max(packet.pts, self.latest_pts or packet.pts)
            tally.discarded += packet.is_discard
            tally.corrupt_packets += packet.is_corrupt
        stamp = packet.pts if packet.pts is not None else packet.dts
        time_base = self._time_bases.get(index)
        if stamp is None or time_base is None:
            return
        end = float((stamp + (packet.duration or 0)) * time_base)
        tally.end_seconds = max(end, tally.end_seconds or end)
        if is_video:
            tally.video_end_seconds = max(end, tally.video_end_seconds or end)


def _seconds(text: str) -> float | None:
    """Read Matroska's DURATION tag.

    >>> _seconds("00:01:05.500000000"), _seconds("")
    (65.5, None)
    """
    try:
        hours, minutes, seconds = (float(part) for part in text.split(":"))
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds
