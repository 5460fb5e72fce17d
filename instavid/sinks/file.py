"""Encodes frames into a file, beside copies of the input's other streams."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av

from instavid.errors import OutputError, StageError
from instavid.media.carried import CarriedStreams, StreamNote
from instavid.media.containers import HOLD_CHAPTERS, ISO_MEDIA, LOSE_TAGS
from instavid.media.encoders import choose_encoder
from instavid.media.encoding import Converter, encode
from instavid.media.encoding_plan import EncodingPlan, plan_encoding
from instavid.media.fields import FieldMarker
from instavid.media.info import VideoInfo
from instavid.media.ledger import Ledger, open_ledger
from instavid.media.output_file import OutputFile
from instavid.media.output_path import check_output, container_name
from instavid.media.tags import with_provenance
from instavid.media.trial import try_out
from instavid.picture import frame_from_planes
from instavid.types import Frame


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
        strict: bool = False,
        verifiable: bool = False,
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
            options: More options of the encoder; `movflags` is for MP4 and MOV instead.
            overwrite: Whether an existing file may be replaced.
            provenance: Key-value pairs to add to the file's comment.
            inputs: Files that must not be overwritten in any case.
            strict: Whether it is an error that the container or the encoder cannot hold something.
            verifiable: Whether to note what is written, so that the file can be held against it.
        """
        self._target = check_output(path, overwrite=overwrite, inputs=inputs)
        container = container_name(self._target)
        asked = dict(options or {})
        movflags = asked.pop("movflags", None)
        encoder = choose_encoder(codec, container=container, crf=crf, preset=preset, options=asked)
        self.plan: EncodingPlan = plan_encoding(
            like,
            encoder,
            container=container,
            pix_fmt=pix_fmt,
            timescale=carry.common_timescale(like.time_base) if carry else None,
            movflags=movflags,
        )
        try_out(self.plan)
        self._carry = carry
        self._strict = strict
        self._provenance = dict(provenance or {})
        self._convert = Converter(self.plan)
        self._mark = FieldMarker(self.plan) if self.plan.marks_fields else None
        self._frames = self._shift = 0
        self._ledger = open_ledger(self.plan) if verifiable else None
        self._last_pts: int | None = None
        self._result: SinkResult | None = None

    @property
    def result(self) -> SinkResult | None:
        """Return what was written; None before the end, and when nothing was."""
        return self._result

    @property
    def ledger(self) -> Ledger | None:
        """Return what was written, where this was to be noted; complete once the file is."""
        return self._ledger

    def __enter__(self) -> Self:
        tags = with_provenance(self._carry.metadata if self._carry else {}, self._provenance)
        if self._ledger is not None:
            self._ledger.tags = tags
            self._ledger.chapters = tuple(self._carry.chapters) if self._carry else ()
        self._file = OutputFile(
            self._target, self.plan, carry=self._carry, tags=tags, ledger=self._ledger
        )
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
        if self._frames == 0:
            self._file.discard()
            if kind is None:
                raise OutputError(f"Cannot write {self._target}: no frame came to be encoded.")
        elif kind is None:
            self._finish(is_whole=True)
        elif issubclass(kind, (KeyboardInterrupt, SystemExit)):
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
        except av.error.FFmpegError as error:
            raise self._file.failure(error) from error
        self._frames += 1

    def _encode(self, picture: av.VideoFrame | None) -> None:
        packets = encode(self._file.video, picture)
        if self._ledger is not None:
            self._ledger.pictures.note_decoding(packets)
        self._file.mux(packets)
        self._file.write_carried(self._shift * self.plan.info.time_base)

    def _start_shift(self, frame: Frame) -> int:
        """Return by how many ticks all streams must move: MP4 hides what starts below zero."""
        if self.plan.info.is_cut:
            return -frame.pts
        hides = self.plan.container in ISO_MEDIA
        return -frame.pts if hides and frame.pts < 0 else 0

    def _to_encode(self, frame: Frame) -> av.VideoFrame:
        picture = self._convert(frame_from_planes(frame.planes, frame.picture))
        picture.pts = self._output_pts(frame)
        picture.time_base = self.plan.time_base
        picture.duration = round(frame.duration * frame.time_base / self.plan.time_base)
        return self._mark(picture) if self._mark else picture

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
            bytes=path.stat().st_size,
            kept=tuple(carry.kept) if carry else (),
            dropped=tuple(carry.dropped) if carry else (),
            warnings=(*self._losses(), *self._warnings()),
        )

    def _losses(self) -> list[str]:
        """Return a sentence for each thing of the input that this file cannot hold."""
        said, container = list(self.plan.warnings), self.plan.container
        said += [f"Dropped: {note}." for note in self._carry.dropped] if self._carry else []
        if self._carry is not None and self._carry.chapters and container not in HOLD_CHAPTERS:
            said.append(f"{container} holds no chapters: they were dropped.")
        if self._provenance and container in LOSE_TAGS:
            said.append(f"{container} holds no tags: nothing says how it was made.")
        return said

    def _warnings(self) -> list[str]:
        """Return what else there is to say of the file at its end."""
        said = []
        if self._file.refused:
            said.append(f"{self._file.refused} packets of other streams were out of order.")
        if self._shift and not self.plan.info.is_cut:
            seconds = float(Fraction(self._shift) * self.plan.info.time_base)
            said.append(f"The video began before zero: all streams start {seconds:g} s later.")
        return said
