"""The video stream of an output: encoded, copied, or taken from an earlier run, in order."""

from array import array
from fractions import Fraction
from typing import Any

from av.packet import Packet

from instavid.media.coders import Coder, PlainCoder, Uncoded
from instavid.media.copying.copier import Copier
from instavid.media.encoding import PictureMaker
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.ledger import Ledger
from instavid.media.output_file import OutputFile
from instavid.media.packet_files import KeptFile
from instavid.media.segments import SegmentedCoder, SegmentPlace
from instavid.sinks.stamping import Stamper
from instavid.types import Frame


class VideoWriter:
    """Sends frames into an open file, and with them what was read of other streams by then.

    Raises:
        av.error.FFmpegError, OSError: From every method: the file cannot be written.
    """

    def __init__(
        self,
        file: OutputFile,
        plan: EncodingPlan,
        *,
        ledger: Ledger | None,
        place: SegmentPlace | None,
    ) -> None:
        """Prepare.

        Args:
            file: Where to.
            plan: What to encode.
            ledger: Takes note of all pictures.
            place: Where segments are kept until the file is whole, if they are.
        """
        self.frames = self.replayed = 0
        """Frames that were taken, and those of them that an earlier run has made."""
        self.muxed = 0
        """Frames that are in the file by now: an encoder holds some."""
        self._file, self._ledger = file, ledger
        self._make, self._stamper = PictureMaker(plan), Stamper(plan)
        coder: Coder = PlainCoder(plan, file.video, pauses=place is not None)
        if plan.joint is not None:
            coder = Copier(plan, plan.joint, file.video, self._make)
        self._segments = SegmentedCoder(coder, plan, file.video, place) if place else None
        self._coder: Coder | SegmentedCoder = self._segments or coder
        self._passed = array("q")  # times and durations in the order of decoding

    @property
    def copied(self) -> int:
        """Return how many frames were copied as the input has them."""
        return self._coder.copied

    @property
    def shift_seconds(self) -> Fraction:
        """Return by how much all streams start later than in the input."""
        return self._stamper.shift_seconds

    def write(self, frame: Frame) -> None:
        """Encode or copy a frame."""
        self._write(frame, *self._stamper(frame))

    def replay(self, frame: Frame, *, is_last: bool) -> None:
        """See `FileSink.replay`."""
        pts, duration = self._stamper(frame)
        packets = self._kept.replay(pts, duration, rest=is_last)
        if packets is None:
            self._write(frame, pts, duration)  # unchanged, for else it would have had its packet
        else:
            if self._ledger is not None:
                self._ledger.pictures.add_unseen(pts, duration)
            self._mux(packets)
            self.frames += 1
        self.replayed += 1

    def copy_next(self, *, begins: int) -> None:
        """See `FileSink.copy_next`."""
        self._copy(begins=begins, rest=False)

    def copy_rest(self, *, begins: int, frames: int) -> None:
        """See `FileSink.copy_rest`."""
        self._copy(begins=begins, rest=True)
        self.frames = self.replayed = frames
        if self._ledger is not None:
            for pts, duration in sorted(zip(self._passed[::2], self._passed[1::2], strict=True)):
                self._ledger.pictures.add_unseen(pts, duration)

    def end_segment(self) -> KeptFile:
        """End the segment with the frame before; return the file that holds it."""
        kept, packets = self._kept.end_segment()
        self._mux(packets)
        return kept

    def finish(self) -> None:
        """Write what is left."""
        self._mux(self._coder.finish())

    def close(self) -> None:
        """Let go of the encoders."""
        self._coder.close()

    @property
    def _kept(self) -> SegmentedCoder:
        assert self._segments is not None, "there are no segments unless they are kept"
        return self._segments

    def _copy(self, *, begins: int, rest: bool) -> None:
        self._stamper.begin(begins)
        packets = self._kept.copy(rest=rest)
        for packet in packets:
            self._stamper.pass_by(int(packet.pts or 0))
            if self._ledger is not None:
                self._passed.extend((int(packet.pts or 0), int(packet.duration or 0)))
        self._mux(packets)
        self.replayed += len(packets)
        self.frames += len(packets)

    def _write(self, frame: Frame, pts: int, duration: int) -> None:
        uncoded = Uncoded(frame.planes, pts, duration, frame.origin, self._make)
        if self._ledger is not None:
            self._ledger.pictures.add(uncoded.picture)
        self._mux(self._coder.encode(uncoded))
        self.frames += 1

    def _mux(self, packets: "list[Packet[Any]]") -> None:
        if self._ledger is not None:
            self._ledger.pictures.note_decoding(packets)
        self._file.mux(packets)
        self.muxed += len(packets)
        self._file.write_carried(self.shift_seconds)
        self._file.flush()
