"""Encodes frames into a file, beside copies of the input's other streams."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import av

from instavid.errors import OutputError, StageError
from instavid.media.carried import CarriedStreams
from instavid.media.copying.coded_stream import CodedStream
from instavid.media.copying.joining import COPY_LIKE, encoder_like, join
from instavid.media.destinations import destination
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.fallback import EncoderWish
from instavid.media.info import VideoInfo
from instavid.media.ledger import Ledger, open_ledger
from instavid.media.output_file import OutputFile
from instavid.media.output_pipe import OutputPipe
from instavid.media.packet_files import KeptFile
from instavid.media.remux import rehearse
from instavid.media.segments import SegmentPlace
from instavid.media.tags import with_provenance
from instavid.media.usable import plan_usable
from instavid.outputs import OtherFile
from instavid.sinks.losses import losses
from instavid.sinks.result import SinkResult
from instavid.sinks.video_writer import VideoWriter
from instavid.types import Frame


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
        inputs: Iterable[str | Path | OtherFile] = (),
        option: str = "-o",
        strict: bool = False,
        container: str | None = None,
        verifiable: bool = False,
        coded: CodedStream | str = "no packets come with the frames",
    ) -> None:
        """Check everything that can go wrong before the first frame; write nothing yet.

        Args:
            path: The file to write; its ending names the container. Or a pipe.
            like: The video that the frames come from.
            carry: The streams to copy, of a source that is open as long as this sink is.
            codec: FFmpeg's name of an encoder; "auto" is libx264 where the container takes it, and
                "copy-like" the input's codec, whose packets are copied where nothing changes.
            crf: Quality of the encoder, in its own scale; None for a nearly lossless default.
            preset: Speed of the encoder, in its own words.
            pix_fmt: Pixel format to encode in; None for that of the frames or the nearest.
            options: More options of the encoder; `movflags` is for MP4 and MOV instead.
            overwrite: Whether an existing file may be replaced.
            provenance: Key-value pairs to add to the file's comment.
            inputs, option: As for `check_target`.
            strict: Whether it is an error that the container or the encoder cannot hold something.
            container: For a pipe, FFmpeg's name of the muxer; None for what suits the input.
            verifiable: Whether to note what is written, so that the file can be held against it.
            coded: For "copy-like": the video in its packets, from which frames know their origin,
                or why there are none.
        """
        wants_copies = codec == COPY_LIKE
        self._target = destination(
            path,
            container=container,
            like=like.container,
            codec=codec,
            overwrite=overwrite,
            inputs=inputs,
            option=option,
        )
        container = self._target.container
        if wants_copies:
            codec = encoder_like(coded, container)
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
        if wants_copies:
            self._plan_copies(coded)
        self._carry = carry
        self._strict = strict
        self._provenance = dict(provenance or {})
        self._ledger = open_ledger(self.plan) if verifiable else None
        self._result: SinkResult | None = None
        self._place: SegmentPlace | None = None

    def _plan_copies(self, coded: CodedStream | str) -> None:
        joined = join(self.plan, coded)
        if isinstance(joined, str):
            self._notices.append(f"Nothing is copied: {joined}.")
        else:
            self.plan = joined

    @property
    def _losses(self) -> list[str]:
        return losses(self.plan, self._carry, is_tagged=bool(self._provenance))

    def keep_segments(self, place: SegmentPlace) -> None:
        """Encode in segments that are kept until the file is whole; for before it is entered."""
        self._place = place

    def tell(self, provenance: Mapping[str, str]) -> None:
        """Add to the file's comment; for before it is entered."""
        self._provenance.update(provenance)

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
        return (*self.plan.info.warnings, *self._losses, *self._notices)

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
        self._video = VideoWriter(self._file, self.plan, ledger=self._ledger, place=place)
        lost = [*self.plan.info.warnings, *self._losses]
        if self._strict and lost:
            self._file.discard()
            raise OutputError(
                f"{self._target} would not hold everything: {' '.join(lost)} "
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
            self._video.close()

    def _end(self, kind: type[BaseException] | None, error: BaseException | None) -> None:
        frames = self._video.frames
        if frames == 0 or (kind is not None and frames == self._video.replayed):
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
        with self._explained():
            self._video.write(frame)

    def replay(self, frame: Frame, *, is_last: bool) -> None:
        """Do as `write` with a frame that an earlier run has encoded, but copy what came of it.

        Args:
            frame: As it came from the source.
            is_last: Whether the next one is to be encoded.

        Raises:
            OutputError: The disk is full.
        """
        with self._explained():
            self._video.replay(frame, is_last=is_last)

    def copy_next(self, *, begins: int) -> None:
        """Do as `replay` with a frame that nobody decodes again.

        Args:
            begins: When the first frame of all is shown, ticks of the source.

        Raises:
            OutputError: The disk is full.
        """
        with self._explained():
            self._video.copy_next(begins=begins)

    def copy_rest(self, *, begins: int, frames: int) -> None:
        """Do so with all that are left; the next frame is to be encoded.

        Args:
            begins: As for `copy_next`.
            frames: How many there are in all.

        Raises:
            OutputError: The disk is full.
        """
        with self._explained():
            self._video.copy_rest(begins=begins, frames=frames)

    def end_segment(self) -> KeptFile:
        """End the segment with the frame before; return the file that holds it.

        Raises:
            OutputError: The disk is full.
        """
        with self._explained():
            return self._video.end_segment()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say in words what went wrong in writing."""
        try:
            yield
        except (av.error.FFmpegError, OSError) as error:
            raise self._file.failure(error) from error

    def _finish(self, *, is_whole: bool) -> None:
        """Flush the encoder, close the file, and give it its name."""
        try:
            self._video.finish()
            path = self._file.finish(is_whole=is_whole)
        except (av.error.FFmpegError, OSError) as error:
            self._set_result(self._file.abandon())
            raise self._file.failure(error) from error
        except KeyboardInterrupt:
            self._give_up()
            raise
        self._set_result(path)

    def _give_up(self) -> None:
        """Keep what is in the file, and not what the encoder holds."""
        if self._video.muxed:
            self._set_result(self._file.abandon(), frames=self._video.muxed)
        else:
            self._file.discard()

    def _set_result(self, path: Path, *, frames: int | None = None) -> None:
        carry = self._carry
        self._result = SinkResult(
            path=path,
            frames=self._video.frames if frames is None else frames,
            bytes=self._target.size(path),
            encoder=self.plan.encoder.name,
            copied=self._video.copied,
            kept=tuple(carry.kept) if carry else (),
            dropped=tuple(carry.dropped) if carry else (),
            warnings=(*self._losses, *self._warnings()),
            is_file=self._target.is_file,
        )

    def _warnings(self) -> list[str]:
        """Return what else there is to say of the file at its end."""
        said = list(self._notices)
        if self.plan.joint is not None and not self._video.copied:
            said.append("Nothing was copied: no closed group of pictures stayed as it was.")
        if self._file.refused:
            said.append(f"{self._file.refused} packets of other streams were out of order.")
        seconds = float(self._video.shift_seconds)
        if seconds and not self.plan.info.is_cut:
            said.append(f"The video began before zero: all streams start {seconds:g} s later.")
        if moved := self._file.moved_seconds:
            said.append(
                f"{self.plan.container} holds no time below zero, where {self.plan.encoder.name} "
                f"begins to decode: all streams start {float(moved):g} s later."
            )
        return said
