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
from instavid.media.info import VideoInfo
from instavid.media.rationals import to_fraction
from instavid.media.report import DecodeReport

_MAX_READ_ERRORS = 16
"""Broken stretches in a row after which a container is taken to have ended."""
_TOLERANCE = 2.5
"""Frames by which a container may end before its duration."""
_TAGGED_TOLERANCE = 1.5
"""The same where the duration is that of the video stream: the length of one frame is unknown."""
# Where the duration in the header is a fact; elsewhere FFmpeg guesses it from the bit rate.
_HONEST_CONTAINERS = ("mov,mp4", "matroska", "avi", "nut", "flv")


class Reader:
    """Gives the pictures of one stream, and the packets of the others to be carried."""

    def __init__(
        self, container: InputContainer, stream: VideoStream, carried: CarriedStreams
    ) -> None:
        self._container = container
        self._stream = stream
        self._index = stream.index  # not to be asked of a stream whose container was closed
        self._carried = carried
        self._packets: Iterator[Packet[Stream]] = container.demux()
        self._ends: dict[int, int] = {}
        self._time_bases = {s.index: to_fraction(s.time_base) for s in container.streams}
        self._tagged_seconds = _seconds(stream.metadata.get("DURATION", ""))
        self._packet_count = self._discarded = self._read_errors_in_a_row = 0
        self._read_error = self._changed = ""
        self._ended = False
        # AVI stores the order of decoding only; shown in that order of time, pictures are right.
        self._stamps: deque[int | None] | None = deque() if _has_no_pts(container) else None
        self.frames = self.decode_errors = self.corrupt_frames = 0

    def step(self) -> list[av.VideoFrame] | None:
        """Read one packet; return the pictures that came of it, or None at the end."""
        if self._ended:
            return None
        try:
            packet = next(self._packets, None)
        except av.error.InvalidDataError as error:
            return self._after_read_error(error, worth_retrying=True)
        except av.error.FFmpegError as error:
            return self._after_read_error(error, worth_retrying=False)
        self._read_errors_in_a_row = 0
        if packet is None:
            self._ended = True
            return []
        if packet.size:
            self._note_end(packet)
        # Not packet.stream_index: it is 0 in the empty packet that flushes a decoder.
        if packet.stream.index == self._index:
            return self._decode(packet)
        if packet.size:
            self._carried.put(packet)
        return []

    def accepts(self, picture: av.VideoFrame, first: av.VideoFrame) -> bool:
        """Count a picture; False if its size or format is no longer that of the first one."""
        if (picture.width, picture.height) != (first.width, first.height):
            self._changed = f"to {picture.width}x{picture.height}"
        elif picture.format.name != first.format.name:
            self._changed = f"to {picture.format.name}"
        if self._changed:
            return False
        self.frames += 1
        self.corrupt_frames += picture.is_corrupt
        return True

    def report(self, info: VideoInfo, *, repairs: int) -> DecodeReport:
        """Judge what was read against what the header promised."""
        missing = self._is_short(info)
        damage = self._damage(missing)
        repaired = [f"{repairs} time stamps were missing or out of order."] if repairs else []
        return DecodeReport(
            frames=self.frames,
            frames_expected=self._frames_expected(info),
            decode_errors=self.decode_errors,
            corrupt_frames=self.corrupt_frames,
            repaired_time_stamps=repairs,
            is_complete=self._ended and not damage,
            warnings=(*info.warnings, *damage, *repaired),
        )

    def _decode(self, packet: "Packet[Any] | None") -> list[av.VideoFrame]:
        if self._stamps is not None and packet is not None and packet.size:
            self._stamps.append(packet.dts)
        try:
            pictures = self._stream.decode(packet)
        except av.error.EOFError:  # the decoder was flushed already
            return []
        except av.error.FFmpegError:
            self.decode_errors += 1
            if self._stamps:
                self._stamps.pop()
            return []
        if self._stamps is not None:
            for picture in pictures:
                picture.pts = self._stamps.popleft() if self._stamps else None
        return pictures

    def _after_read_error(self, error: Exception, *, worth_retrying: bool) -> list[av.VideoFrame]:
        self._read_error = getattr(error, "strerror", None) or str(error)
        self._read_errors_in_a_row += 1
        if worth_retrying and self._read_errors_in_a_row < _MAX_READ_ERRORS:
            self._packets = self._container.demux()
            return []
        self._ended = True
        return self._decode(None)

    def _note_end(self, packet: "Packet[Any]") -> None:
        index = packet.stream_index
        if index == self._index:
            self._packet_count += 1
            self._discarded += packet.is_discard
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None:
            self._ends[index] = max(self._ends.get(index, stamp), stamp + (packet.duration or 0))

    def _end_seconds(self, index: int) -> float | None:
        time_base = self._time_bases.get(index)
        if time_base is None or index not in self._ends:
            return None
        return float(self._ends[index] * time_base)

    def _damage(self, missing: bool) -> list[str]:
        said = []
        if missing:
            said.append("The file ends before its header says so: it is cut off.")
        if self._read_error:
            said.append(f"Part of the file could not be read ({self._read_error}).")
        if self._changed:
            said.append(
                f"The pictures change {self._changed} after {self.frames} frames; "
                "the rest was left out."
            )
        if self.decode_errors:
            said.append(f"{self.decode_errors} damaged packets were skipped.")
        if self.corrupt_frames:
            said.append(f"{self.corrupt_frames} pictures were decoded with damage in them.")
        return said

    def _is_short(self, info: VideoInfo) -> bool:
        """Return whether both the count and the duration say that the end is missing.

        One alone is no proof: headers count frames that were never stored.
        """
        by_count = self._is_short_by_count(info)
        by_time = self._is_short_by_time(info)
        verdicts = [verdict for verdict in (by_count, by_time) if verdict is not None]
        return self._ended and bool(verdicts) and all(verdicts)

    def _is_short_by_count(self, info: VideoInfo) -> bool | None:
        if info.frame_count_from_header is None:
            return None
        return self._packet_count < info.frame_count_from_header - 1

    def _is_short_by_time(self, info: VideoInfo) -> bool | None:
        promised, reached = self._promised_and_reached_seconds(info)
        if promised is None or reached is None:
            return None
        frame_seconds = float(1 / (info.average_frame_rate or 25))
        if self._tagged_seconds is not None:
            tolerance = _TAGGED_TOLERANCE * frame_seconds
        else:
            tolerance = max(_TOLERANCE * frame_seconds, 0.1)
        return reached < promised - tolerance

    def _promised_and_reached_seconds(self, info: VideoInfo) -> tuple[float | None, float | None]:
        if self._tagged_seconds is not None:
            return self._tagged_seconds, self._end_seconds(self._index)
        if not info.container.startswith(_HONEST_CONTAINERS):
            return None, None
        ends = [end for index in self._ends if (end := self._end_seconds(index)) is not None]
        return info.duration_seconds_from_header, max(ends, default=None)

    def _frames_expected(self, info: VideoInfo) -> int | None:
        if info.frame_count_from_header is not None:
            return info.frame_count_from_header - self._discarded
        promised, _ = self._promised_and_reached_seconds(info)
        if promised is None or info.average_frame_rate is None:
            return None
        return round(promised * info.average_frame_rate)


def _has_no_pts(container: InputContainer) -> bool:
    return container.format.name == "avi"


def _seconds(text: str) -> float | None:
    """Read Matroska's DURATION tag.

    >>> _seconds("00:01:05.500000000"), _seconds("")
    (65.5, None)
    """
    parts = text.split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds
