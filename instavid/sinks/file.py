"""Encodes frames into a file, beside copies of the input's other streams."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from instavid.errors import OutputError, StageError
from instavid.media.carried import CarriedStreams, StreamNote
from instavid.media.containers import HOLD_CHAPTERS, ISO_MEDIA, LOSE_TAGS
from instavid.media.encoders import choose_encoder
from instavid.media.encoding import (
    Converter,
    EncodingPlan,
    add_video_stream,
    encode,
    plan_encoding,
)
from instavid.media.fields import FieldMarker
from instavid.media.info import VideoInfo
from instavid.media.output_path import (
    check_output,
    container_name,
    is_disk_full,
    move_into_place,
    partial_beside,
    temporary_beside,
)
from instavid.media.remux import Remuxer
from instavid.media.tags import with_provenance
from instavid.picture import frame_from_planes
from instavid.types import Frame

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SinkResult:
    """What was written."""

    path: Path
    """Where it is: the name that was asked for, or the partial one after an interruption."""
    frames: int
    bytes: int
    kept: tuple[StreamNote, ...] = ()
    """Other streams of the input that are in the output."""
    dropped: tuple[StreamNote, ...] = ()
    """Other streams of the input that are not, each with its reason."""
    warnings: tuple[str, ...] = ()


class FileSink:
    """Writes one video file; its name appears only when it is whole.

    After an interruption (KeyboardInterrupt, SystemExit) or on a full disk, what was encoded is
    left as `<stem>.partial<ending>`, playable where possible; after other exceptions nothing is.

    Raises:
        UsageError: On making it: encoder, option, pixel format or container do not fit together.
        UnavailableError: On making it: the encoder does not run on this machine.
        OutputError: On making it: the path cannot be written to, or is an input. Later: the disk
            is full, or no frame came.
        OutputExistsError: On making it: the file exists and `overwrite` was not given.
    """

    def __init__(
        self,
        path: str | Path,
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
    ) -> None:
        """Check everything that can go wrong before the first frame; write nothing yet.

        Args:
            path: The file to write; its ending names the container.
            like: The video that the frames come from.
            carry: The streams to copy, of a source that is open as long as this sink is.
            codec: FFmpeg's name of an encoder; "auto" is libx264 where the container takes it.
            crf: Quality of the encoder, in its own scale; None for a nearly lossless default.
            preset: Speed of the encoder, in its own words.
            pix_fmt: Pixel format to encode in; None for that of the frames or the nearest.
            options: More options of the encoder.
            overwrite: Whether an existing file may be replaced.
            provenance: Key-value pairs to add to the file's comment.
            inputs: Files that must not be overwritten in any case.
        """
        self._target = check_output(path, overwrite=overwrite, inputs=inputs)
        container = container_name(self._target)
        encoder = choose_encoder(
            codec, container=container, crf=crf, preset=preset, options=options
        )
        self.plan: EncodingPlan = plan_encoding(
            like,
            encoder,
            container=container,
            pix_fmt=pix_fmt,
            timescale=carry.common_timescale(like.time_base) if carry else None,
        )
        self._carry = carry
        self._provenance = dict(provenance or {})
        self._frames = 0
        self._result: SinkResult | None = None

    @property
    def result(self) -> SinkResult | None:
        """Return what was written; None before the end, and when nothing was."""
        return self._result

    def __enter__(self) -> Self:
        self._temporary = temporary_beside(self._target)
        try:
            self._open()
        except av.error.FFmpegError as error:
            self._discard()
            raise OutputError(f"Cannot write {self._target}: {error}.") from error
        except BaseException:
            self._discard()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None:
        if kind is None:
            self._complete()
        elif issubclass(kind, (KeyboardInterrupt, SystemExit)) and self._frames:
            self._finish(partial_beside(self._target))
        elif isinstance(error, OutputError) and self._frames:
            self._keep_unfinished()
        else:
            self._discard()

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
        try:
            self._mux(encode(self._stream, self._to_encode(frame)))
            self._write_carried()
        except av.error.OSError as error:
            raise self._write_error(error) from error
        self._frames += 1

    def _open(self) -> None:
        plan, carry = self.plan, self._carry
        self._output: OutputContainer = av.open(
            str(self._temporary),
            "w",
            format=plan.container,
            container_options=plan.muxer_options,
        )
        remuxer = Remuxer(carry, self._output, format=plan.container) if carry else None
        if remuxer is not None:
            remuxer.add_before_video()
        self._stream: VideoStream = add_video_stream(self._output, plan)
        if remuxer is not None:
            remuxer.add_after_video()
        self._remuxer = remuxer
        self._stream.metadata.update(plan.info.metadata)
        self._stream.disposition = Disposition(plan.info.disposition)
        self._convert = Converter(plan)
        self._mark = FieldMarker(plan) if plan.marks_fields else None
        self._shift = 0
        self._last_pts: int | None = None
        tags = with_provenance(carry.metadata if carry else {}, self._provenance)
        self._output.metadata.update(tags)
        if carry is not None and carry.chapters:
            self._output.set_chapters(carry.chapters)
        self._output.start_encoding()

    def _start_shift(self, frame: Frame) -> int:
        """Return by how many ticks all streams must move: MP4 hides what starts below zero."""
        hides = self.plan.container in ISO_MEDIA
        return -frame.pts if hides and frame.pts < 0 else 0

    def _to_encode(self, frame: Frame) -> av.VideoFrame:
        picture = self._convert(frame_from_planes(frame.planes, frame.picture))
        picture.pts = self._output_pts(frame)
        picture.time_base = self.plan.time_base
        picture.duration = frame.duration
        return self._mark(picture) if self._mark else picture

    def _output_pts(self, frame: Frame) -> int:
        pts = frame.pts + self._shift
        if self.plan.time_base != frame.time_base:
            pts = round(pts * frame.time_base / self.plan.time_base)
            if self._last_pts is not None:
                pts = max(pts, self._last_pts + 1)
        self._last_pts = pts
        return pts

    def _mux(self, packets: "list[Packet[VideoStream]]") -> None:
        for packet in packets:
            self._output.mux_one(packet)

    def _write_carried(self) -> None:
        if self._remuxer is not None:
            self._remuxer.write_waiting(Fraction(self._shift) * self.plan.info.time_base)

    def _complete(self) -> None:
        if not self._frames:
            self._discard()
            raise OutputError(f"Cannot write {self._target}: no frame came to be encoded.")
        try:
            self._finish(self._target)
        except OutputError:
            self._keep_unfinished()
            raise

    def _finish(self, path: Path) -> None:
        """Flush the encoder, close the file, and give it its name."""
        try:
            self._mux(encode(self._stream, None))
            self._write_carried()
            self._output.close()
            move_into_place(self._temporary, path)
        except (av.error.OSError, OSError) as error:
            raise self._write_error(error) from error
        self._set_result(path)

    def _keep_unfinished(self) -> None:
        """Leave what is on the disk; writing the index may fail for want of room as well."""
        try:
            self._output.close()
        except av.error.FFmpegError as error:
            _log.debug("closing %s: %s", self._temporary, error)
        path = partial_beside(self._target)
        self._temporary.replace(path)
        self._set_result(path)

    def _discard(self) -> None:
        output = getattr(self, "_output", None)
        if output is not None:
            try:
                output.close()
            except av.error.FFmpegError as error:
                _log.debug("closing %s: %s", self._temporary, error)
        self._temporary.unlink(missing_ok=True)

    def _write_error(self, error: OSError) -> OutputError:
        if is_disk_full(error):
            partial = partial_beside(self._target)
            return OutputError(
                f"Cannot write {self._target}: the disk is full after {self._frames} frames. "
                f"What was written is in {partial}."
            )
        return OutputError(f"Cannot write {self._target}: {error}.")

    def _set_result(self, path: Path) -> None:
        carry, warnings = self._carry, list(self.plan.warnings)
        if self._remuxer is not None and self._remuxer.refused:
            warnings.append(f"{self._remuxer.refused} packets of other streams were out of order.")
        if carry is not None and carry.chapters and self.plan.container not in HOLD_CHAPTERS:
            warnings.append(f"{self.plan.container} holds no chapters: they were dropped.")
        if self._provenance and self.plan.container in LOSE_TAGS:
            warnings.append(f"{self.plan.container} holds no tags: nothing says how it was made.")
        if self._shift:
            seconds = float(self._shift * self.plan.info.time_base)
            warnings.append(f"The video began before zero: all streams start {seconds:g} s later.")
        self._result = SinkResult(
            path=path,
            frames=self._frames,
            bytes=path.stat().st_size,
            kept=tuple(carry.kept) if carry else (),
            dropped=tuple(carry.dropped) if carry else (),
            warnings=tuple(warnings),
        )
