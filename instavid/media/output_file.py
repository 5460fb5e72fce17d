"""An output file in the making: under another name until it is whole."""

import logging
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from instavid.errors import OutputError
from instavid.media.carried import CarriedStreams
from instavid.media.destinations import Destination
from instavid.media.encoding import add_video_stream, open_encoder, stream_header
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.ledger import Ledger
from instavid.media.negative_times import goes_by_showing, keep_times, moves_streams
from instavid.media.remux import Remuxer

_log = logging.getLogger(__name__)


class OutputFile:
    """A container with the video stream and the carried ones, open from the start.

    Raises:
        OutputError: The file cannot be made; later, it cannot be written to.
    """

    def __init__(
        self,
        target: Destination,
        plan: EncodingPlan,
        *,
        carry: CarriedStreams | None,
        tags: Mapping[str, str],
        ledger: Ledger | None = None,
    ) -> None:
        """Open the container and write its header.

        Args:
            target: Where it goes.
            plan: What to encode.
            carry: The streams to copy.
            tags: Tags of the container.
            ledger: Takes note of what the file gets.
        """
        self._target = target
        self._remuxer: Remuxer | None = None
        self._plan, self._has_others = plan, carry is not None and bool(carry.streams)
        self._first_decoding: int | None = None
        try:
            self._container: OutputContainer = av.open(
                target.open(),
                "w",
                format=plan.container,
                container_options={
                    **plan.muxer_options,
                    **keep_times(plan.container, has_others=self._has_others),
                },
            )
            if ledger is not None:
                ledger.has_others = self._has_others
            self.video = self._add_streams(plan, carry, ledger)
            self._container.metadata.update(tags)
            if carry is not None and carry.chapters:
                self._container.set_chapters(carry.chapters)
            open_encoder(self.video)
            if plan.joint is not None:
                self.video.codec_context.extradata = stream_header(self.video, plan)
            self._container.start_encoding()
        except BaseException as error:
            self.discard()
            if isinstance(error, av.error.FFmpegError):
                raise self.failure(error) from error
            raise

    @property
    def refused(self) -> int:
        """Return how many packets of carried streams the muxer did not take."""
        return self._remuxer.refused if self._remuxer else 0

    @property
    def moved_seconds(self) -> Fraction:
        """Return by how much the muxer moves all streams, as the video is decoded before zero."""
        container, first = self._plan.container, self._first_decoding or 0
        moves = moves_streams(container, has_others=self._has_others)
        if not moves or goes_by_showing(container):
            return Fraction(0)
        return -min(0, first) * self._plan.time_base

    def mux(self, packets: "Iterable[Packet[Any]]") -> None:
        """Write packets of the video, in order."""
        for packet in packets:
            if self._first_decoding is None:
                self._first_decoding = packet.dts
            self._container.mux_one(packet)

    def write_carried(self, shift_seconds: Fraction) -> None:
        """Write the packets of other streams that were read by now, moved in time."""
        if self._remuxer is not None:
            self._remuxer.write_waiting(shift_seconds)

    def flush(self) -> None:
        """Pass on what was muxed by now, where nobody else does."""
        self._target.flush()

    def finish(self, *, is_whole: bool) -> Path:
        """Close the file and give it its name, or a partial one; return that."""
        if self._remuxer is not None:
            self._remuxer.finish()
        self._container.close()
        return self._target.finish(is_whole=is_whole)

    def abandon(self) -> Path:
        """Leave what is on the disk under a partial name; return that."""
        self._close_anyway()
        return self._target.abandon()

    def discard(self) -> None:
        """Leave nothing."""
        if hasattr(self, "_container"):
            self._close_anyway()
        self._target.discard()

    def failure(self, error: Exception) -> OutputError:
        """Return the error to raise for what FFmpeg or the system said while writing."""
        return self._target.failure(error)

    def _add_streams(
        self, plan: EncodingPlan, carry: CarriedStreams | None, ledger: Ledger | None
    ) -> VideoStream:
        """Add all streams in the order of the input."""
        if carry is not None:
            self._remuxer = Remuxer(carry, self._container, format=plan.container, ledger=ledger)
            self._remuxer.add_before_video()
        video = add_video_stream(self._container, plan)
        video.metadata.update(plan.info.metadata)
        video.disposition = Disposition(plan.info.disposition)
        if ledger is not None:
            ledger.streams.append(None)
        if self._remuxer is not None:
            self._remuxer.add_after_video()
        return video

    def _close_anyway(self) -> None:
        """Close the file; writing the index may fail for want of room as well."""
        try:
            self._container.close()
        except av.error.FFmpegError as error:
            _log.debug("closing %s: %s", self._target, error)
