"""Encodes frames into a file, beside copies of the input's other streams."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from av.packet import Packet

from instavid.errors import OutputError, StageError
from instavid.media.carried import CarriedStreams, StreamNote
from instavid.media.containers import HOLD_CHAPTERS, ISO_MEDIA, LOSE_TAGS
from instavid.media.destinations import destination
from instavid.media.encoding import Converter, encode
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.fallback import EncoderWish
from instavid.media.fields import FieldMarker
from instavid.media.info import VideoInfo
from instavid.media.ledger import Ledger, open_ledger
from instavid.media.output_file import OutputFile
from instavid.media.output_pipe import OutputPipe
from instavid.media.packet_files import KeptFile
from instavid.media.remux import rehearse
from instavid.media.segments import SegmentedEncoder, SegmentPlace
from instavid.media.tags import with_provenance
from instavid.media.usable import plan_usable
from instavid.picture import frame_from_planes
from instavid.types import Frame


@dataclass(frozen=True)
class SinkResult:
    """What was written."""

    path: Path
    """Where it is: the name that was asked for, or the partial one after an interruption."""
    frames: int
    bytes: int
    encoder: str = ""
    """Which one was at work."""
    kept: tuple[StreamNote, ...] = ()
    """Other streams of the input that are in the output."""
    dropped: tuple[StreamNote, ...] = ()
    """Other streams of the input that are not, each with its reason."""
    warnings: tuple[str, ...] = ()
    is_file: bool = True
    """False for a pipe: what was sent is the reader's."""

    @property
    def what_is_left(self) -> str:
        """Return in words what an interrupted run has given."""
        if self.is_file:
            return f"{self.frames} frames are kept in {self.path}"
        return f"{self.frames} frames went to {self.shown}"

    @property
    def shown(self) -> str:
        """Return what messages call it."""
        return "standard output" if self.path == Path("-") else str(self.path)


class FileSink:
    """Writes one video file; its name appears only when it is whole.

    After an interruption (KeyboardInterrupt, SystemExit), for want of memory or on a full disk,
    what was encoded is left as `<stem>.partial<ending>`, playable where possible; after other
    exceptions nothing is.

    Raises:
        UsageError: On making it: encoder, option, pixel format or container do not fit together.
        UnavailableError: On making it: the encoder does not run on this machine, and no software
            encoder may stand in.
        OutputError: On making it: the path cannot be written to, or is an input. Later: the disk
            is full, or no frame came.
        OutputExistsError: On making it: the file exists and `overwrite` was not given.
    """

    def __init__(
        self,
        path: str | Path | OutputPipe,
        *,
        like: VideoInfo,
        carry: CarriedStreams | None = None,
        codec: str = "auto",
        crf: float | None = None,
        preset: str | None = None,
        pix_fmt: str | None = None,
        options: dict[str, str] | None = None,
        overwrite: bool = False,
        provenance: Mapping[str, str] | None = None,
        inputs: Iterable[str | Path] = (),
        strict: bool = False,
        container: str | None = None,
        verifiable: bool = False,
    ) -> None:
        """Check everything that can go wrong before the first frame; write nothing yet.

        Args:
            path: The file to write; its ending names the container. Or a pipe.
            like: The video that the frames come from.
            carry: The streams to copy, of a source that is open as long as this sink is.
            codec: FFmpeg's name of an encoder; "auto" is libx264 where the container takes it.
            crf: Quality of the encoder, in its own scale; None for a nearly lossless default.
            preset: Speed of the encoder, in its own words.
            pix_fmt: Pixel format to encode in; None for that of the frames or the nearest.
            options: More options of the encoder; `movflags` is for MP4 and MOV instead.
            overwrite: Whether an existing file may be replaced.
            provenance: Key-value pairs to add to the file's comment.
            inputs: Files that must not be overwritten in any case.
            strict: Whether it is an error that the container or the encoder cannot hold something.
            container: For a pipe, FFmpeg's name of the muxer; None for what suits the input.
            verifiable: Whether to note what is written, so that the file can be held against it.
        """
        self._target = destination(
            path,
            container=container,
            like=like.container,
            codec=codec,
            overwrite=overwrite,
            inputs=inputs,
        )
        container = self._target.container
        asked = dict(options or {})
        movflags = asked.pop("movflags", None)
        self.plan: EncodingPlan = plan_usable(
            EncoderWish(codec, crf, preset, pix_fmt, asked),
            like,
            container=container,
            timescale=carry.common_timescale(like.time_base) if carry else None,
            movflags=self._target.movflags(movflags),
            is_strict=strict,
        )
        self._notices = []
        if codec == "auto" and like.is_hdr and self.plan.encoder.name == "libx265":
            self._notices.append("The video is HDR: encoded with libx265, which -c would change.")
        self._carry = carry
        self._strict = strict
        self._provenance = dict(provenance or {})
        self._convert = Converter(self.plan)
        self._mark = FieldMarker(self.plan) if self.plan.marks_fields else None
        self._frames = self._replayed = self._shift = 0
        self._ledger = open_ledger(self.plan) if verifiable else None
        self._last_pts: int | None = None
        self._result: SinkResult | None = None
        self._place: SegmentPlace | None = None
        self._segments: SegmentedEncoder | None = None

    def keep_segments(self, place: SegmentPlace) -> None:
        """Encode in segments that are kept until the file is whole; for before it is entered."""
        self._place = place

    @property
    def writes_file(self) -> bool:
        """Return whether the result is a file, and not what goes through a pipe."""
        return self._target.is_file

    @property
    def result(self) -> SinkResult | None:
        """Return what was written; None before the end, and when nothing was."""
        return self._result

    @property
    def ledger(self) -> Ledger | None:
        """Return what was written, where this was to be noted; complete once the file is."""
        return self._ledger

    def foresee(self) -> tuple[str, ...]:
        """Return a sentence for each thing of the input that the file will not hold.

        Writes nothing. What becomes of the other streams is in the notes of the carried ones then.
        """
        if self._carry is not None:
            rehearse(self._carry, format=self.plan.container)
        return (*self.plan.info.warnings, *self._losses())

    def __enter__(self) -> Self:
        tags = with_provenance(self._carry.metadata if self._carry else {}, self._provenance)
        place = self._place
        if place is not None:
            # Where the next run clears away what is left of one that was killed.
            self._target.lie_in(place.folder)
        if self._ledger is not None:
            self._ledger.tags = tags
            self._ledger.chapters = tuple(self._carry.chapters) if self._carry else ()
        self._file = OutputFile(
            self._target, self.plan, carry=self._carry, tags=tags, ledger=self._ledger
        )
        self._segments = SegmentedEncoder(self.plan, self._file.video, place) if place else None
        losses = [*self.plan.info.warnings, *self._losses()]
        if self._strict and losses:
            self._file.discard()
            raise OutputError(
                f"{self._target} would not hold everything: {' '.join(losses)} "
                "Try another container, such as .mkv, or go without --strict."
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None:
        try:
            self._end(kind, error)
        finally:
            if self._segments is not None:
                self._segments.close()

    def _end(self, kind: type[BaseException] | None, error: BaseException | None) -> None:
        if self._frames == 0 or (kind is not None and self._frames == self._replayed):
            # What an earlier run made is still there, and more of it.
            self._file.discard()
            if kind is None:
                raise OutputError(f"Cannot write {self._target}: no frame came to be encoded.")
        elif kind is None:
            self._finish(is_whole=True)
        elif issubclass(kind, (KeyboardInterrupt, SystemExit, MemoryError)):
            self._finish(is_whole=False)
        elif isinstance(error, OutputError):
            self._set_result(self._file.abandon())
        else:
            self._file.discard()

    def write(self, frame: Frame) -> None:
        """Encode one frame, and copy the packets of other streams that were read by now.

        Raises:
            OutputError: The disk is full.
            StageError: The frame has another format or time base than the sink was made for.
        """
        if frame.picture != self.plan.picture or frame.time_base != self.plan.info.time_base:
            raise StageError(
                f"Frame {frame.index} is {frame.picture} in {frame.time_base}, but the sink was "
                f"made for {self.plan.picture} in {self.plan.info.time_base}."
            )
        if self._frames == 0:
            self._shift = self._start_shift(frame)
        picture = self._to_encode(frame)
        if self._ledger is not None:
            self._ledger.pictures.add(picture)
        try:
            self._encode(picture)
        except (av.error.FFmpegError, OSError) as error:
            raise self._file.failure(error) from error
        self._frames += 1

    def replay(self, frame: Frame, *, is_last: bool) -> None:
        """Do as `write` with a frame that an earlier run has encoded, but copy what came of it.

        Args:
            frame: As it came from the source.
            is_last: Whether the next one is to be encoded.

        Raises:
            OutputError: The disk is full.
        """
        assert self._segments is not None, "only what was kept in segments can be replayed"
        if self._frames == 0:
            self._shift = self._start_shift(frame)
        pts = self._output_pts(frame)
        if self._ledger is not None:
            self._ledger.pictures.add_unseen(pts, self._output_duration(frame))
        try:
            self._mux(self._segments.replay(rest=is_last))
        except (av.error.FFmpegError, OSError) as error:
            raise self._file.failure(error) from error
        self._replayed += 1
        self._frames += 1

    def end_segment(self) -> KeptFile:
        """End the segment with the frame before; return the file that holds it.

        Raises:
            OutputError: The disk is full.
        """
        assert self._segments is not None, "there are no segments unless they are kept"
        try:
            kept, packets = self._segments.end_segment()
            self._mux(packets)
        except (av.error.FFmpegError, OSError) as error:
            raise self._file.failure(error) from error
        return kept

    def _encode(self, picture: av.VideoFrame | None) -> None:
        segments = self._segments
        self._mux(segments.encode(picture) if segments else encode(self._file.video, picture))

    def _mux(self, packets: "Iterable[Packet[Any]]") -> None:
        packets = list(packets)
        if self._ledger is not None:
            self._ledger.pictures.note_decoding(packets)
        self._file.mux(packets)
        self._file.write_carried(self._shift * self.plan.info.time_base)
        self._file.flush()

    def _start_shift(self, frame: Frame) -> int:
        """Return by how many ticks all streams must move, where nothing may start below zero."""
        if self.plan.info.is_cut:
            return -frame.pts
        # MP4 hides what does, and NUT refuses it.
        is_wrong = self.plan.container in (*ISO_MEDIA, "nut") and frame.pts < 0
        return -frame.pts if is_wrong else 0

    def _to_encode(self, frame: Frame) -> av.VideoFrame:
        picture = self._convert(frame_from_planes(frame.planes, frame.picture))
        picture.pts = self._output_pts(frame)
        picture.time_base = self.plan.time_base
        picture.duration = self._output_duration(frame)
        return self._mark(picture) if self._mark else picture

    def _output_duration(self, frame: Frame) -> int:
        return round(frame.duration * frame.time_base / self.plan.time_base)

    def _output_pts(self, frame: Frame) -> int:
        pts = frame.pts + self._shift
        if self.plan.time_base != frame.time_base:
            pts = round(pts * frame.time_base / self.plan.time_base)
            if self._last_pts is not None:
                pts = max(pts, self._last_pts + 1)
        self._last_pts = pts
        return pts

    def _finish(self, *, is_whole: bool) -> None:
        """Flush the encoder, close the file, and give it its name."""
        try:
            self._encode(None)
            path = self._file.finish(is_whole=is_whole)
        except (av.error.FFmpegError, OSError) as error:
            self._set_result(self._file.abandon())
            raise self._file.failure(error) from error
        self._set_result(path)

    def _set_result(self, path: Path) -> None:
        carry = self._carry
        self._result = SinkResult(
            path=path,
            frames=self._frames,
            bytes=self._target.size(path),
            encoder=self.plan.encoder.name,
            kept=tuple(carry.kept) if carry else (),
            dropped=tuple(carry.dropped) if carry else (),
            warnings=(*self._losses(), *self._warnings()),
            is_file=self._target.is_file,
        )

    def _losses(self) -> list[str]:
        """Return a sentence for each thing of the input that this file cannot hold."""
        said, container = list(self.plan.warnings), self.plan.container
        if self._carry is not None:
            said += [f"Dropped: {note}." for note in self._carry.dropped]
            said += [f"Lost: {n}." for n in self._carry.kept if n.converted_to and n.reason]
            said += self._carry.losses
        if self._carry is not None and self._carry.chapters and container not in HOLD_CHAPTERS:
            said.append(f"{container} holds no chapters: they were dropped.")
        if self._provenance and container in LOSE_TAGS:
            said.append(f"{container} holds no tags: nothing says how it was made.")
        return said

    def _warnings(self) -> list[str]:
        """Return what else there is to say of the file at its end."""
        said = list(self._notices)
        if self._file.refused:
            said.append(f"{self._file.refused} packets of other streams were out of order.")
        if self._shift and not self.plan.info.is_cut:
            seconds = float(Fraction(self._shift) * self.plan.info.time_base)
            said.append(f"The video began before zero: all streams start {seconds:g} s later.")
        if moved := self._file.moved_seconds:
            said.append(
                f"{self.plan.container} holds no time below zero, where {self.plan.encoder.name} "
                f"begins to decode: all streams start {float(moved):g} s later."
            )
        return said
