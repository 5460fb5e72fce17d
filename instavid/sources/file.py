"""Decodes a video file, URL or synthetic source, and demuxes everything that is beside it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

from av.container import InputContainer

from instavid.core.adjusting import AS_IT_IS, Adjustments
from instavid.core.clock import Timed
from instavid.core.timespan import WHOLE, TimeSpan
from instavid.errors import InputError, UsageError
from instavid.media.carried import CarriedStreams, carried_streams
from instavid.media.copying.coded_stream import CodedStream, coded_stream
from instavid.media.info import VideoInfo, describe
from instavid.media.input_pipe import InputPipe, out_of_reach_of_signals
from instavid.media.landing import KeyFrame, Witness, find_landing, witness
from instavid.media.opening import MAX_PIXELS, locate, main_video_stream, open_input, open_pipe
from instavid.media.pixels import Canoniser
from instavid.media.report import DecodeReport, Tally, judge
from instavid.media.stream_ends import MatroskaWalk, breaks_off
from instavid.media.transport_walk import TransportWalk, walk_file
from instavid.sources.adjusted import adjusted_info, advice, paced
from instavid.sources.cutting import Cutter
from instavid.sources.decoding import Decoded, Decoding
from instavid.types import Frame

_log = logging.getLogger(__name__)

# Where a seek leads to a key frame at or before the time, going by the container's index.
_SEEK_WELL = ("mov,mp4", "matroska")
# Ahead of the start by more than any reordering of pictures.
_SEEK_AHEAD_SECONDS = 2


class FileSource:
    """Yields the frames of one input, once, in presentation order.

    Entering opens the input and decodes its first picture, so that `info` is what the pictures
    are and an input without any is refused at once.

    Raises:
        InputNotFoundError: On making it, when there is no such file.
        InputError: On making it, for a folder; on entering, when nothing can be decoded.
        UsageError: On making it, for a kind of URL that is not supported; on entering, when the
            video ends before the span begins.
    """

    def __init__(
        self,
        path_or_url: str | Path,
        *,
        format: str | None = None,
        options: dict[str, str] | None = None,
        max_pixels: int = MAX_PIXELS,
        span: TimeSpan = WHOLE,
        adjust: Adjustments = AS_IT_IS,
        keeps_coded: bool = False,
        stop: threading.Event | None = None,
    ) -> None:
        """Check that the input is there.

        Args:
            path_or_url: A file, a URL, `lavfi:` and a graph of FFmpeg's, or `-` for standard input.
            format: FFmpeg's name of the container format, where it cannot be guessed.
            options: Options of the demuxer.
            max_pixels: Largest picture to decode, width times height.
            span: The part of it to give.
            adjust: How to change its pictures first.
            keeps_coded: Whether frames shall know what they came from, see `Frame.origin`.
            stop: Set it to give up waiting for a pipe that gives nothing.
        """
        self._place = locate(path_or_url, format=format)
        self._options = options
        self._max_pixels = max_pixels
        self._span = span
        self._adjust = adjust
        self._keeps_coded = keeps_coded
        self._held = ExitStack()
        self._pipe: InputPipe | None = None
        self._stopped = threading.Event()
        self._given_up = stop or self._stopped
        self._passed = 0

    def __enter__(self) -> Self:
        try:
            if self._place.is_pipe:
                out_of_reach_of_signals(self._open, give_up=self.stop)
            else:
                self._open()
        except BaseException:
            self._held.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None:
        self.stop()
        self._held.close()

    @property
    def info(self) -> VideoInfo:
        """Return the description of the video; the source must have been entered."""
        return self._info

    @property
    def described(self) -> VideoInfo:
        """Return the description of the whole input as it is, neither cut nor adjusted."""
        return self._described

    @property
    def carried(self) -> CarriedStreams:
        """Return the other streams; the source must have been entered."""
        return self._carried

    @property
    def coded(self) -> CodedStream | str:
        """Return how the video is coded, where frames know their origin; else why they do not."""
        return self._coded

    def stop(self) -> None:
        """End the iteration after the picture in hand; safe from any thread."""
        self._stopped.set()

    def report(self) -> DecodeReport:
        """Return how complete the pictures were so far; final once the iteration has ended."""
        report = self._judged()
        return replace(report, warnings=(*report.warnings, *advice(self._info)))

    def _judged(self) -> DecodeReport:
        cutter, repairs = self._cutter, self._decoding.repairs
        if self._pipe is not None:
            self._note_end(self._pipe.walk, received=self._pipe.received)
        if cutter is None:
            return judge(self._decoding.tally, self._whole, repairs=repairs)
        report = judge(
            self._tally_at_end or self._decoding.tally,
            self._whole,
            repairs=repairs,
            is_cut=True,
            has_ended=cutter.has_ended,
        )
        return replace(report, frames=cutter.frames)

    def witness(self, frame: Frame) -> Witness | None:
        """Return how to know a picture of this source again, for `landing`.

        None where that is not enough to go on from it: where pictures depend on more than the
        stream, or damage was seen by now, of which the account would be lost.
        """
        tally = self._decoding.tally
        is_plain = self._span.is_all and self._adjust.fps is None and not self._adjust.deinterlace
        is_sound = not (tally.decode_errors or tally.corrupt_frames or tally.read_error)
        if not (is_plain and is_sound and self._place.is_local and not self._place.is_pipe):
            return None
        if self._decoding.repairs or not self._whole.container.startswith(_SEEK_WELL):
            return None
        return witness(frame.pts, frame.planes)

    @property
    def begins(self) -> int:
        """Return when the first picture is shown, ticks, of a source that has a witness."""
        return self._decoding.first.pts or 0

    def landing(self, wanted: Witness) -> KeyFrame | None:
        """Return from where the pictures after a known one can be decoded alone, None for nowhere.

        Raises:
            InputError: The input can no longer be opened.
        """
        with open_input(self._place, options=self._options) as container:
            stream = main_video_stream(container, self._place.shown, max_pixels=self._max_pixels)
            canoniser = Canoniser()
            key = find_landing(
                container,
                stream,
                wanted,
                planes_of=lambda picture: canoniser.planes(picture, self._info.picture),
            )
        return key if key is not None and self._decoding.is_ahead(key) else None

    def pass_over(self, key: KeyFrame, wanted: Witness, *, frames: int) -> Iterator[None]:
        """Go on behind a known picture, all streams but the video read as ever.

        Arguments as for `Decoding.pass_over`, the key frame from `landing`.

        Raises:
            InputError: The picture does not come.
        """
        self._carried.start()
        self._passed = frames
        try:
            yield from self._decoding.pass_over(key, wanted, self._pictures_in_time, frames=frames)
        except InputError as error:
            raise InputError(f"Cannot read {self._place.shown} as before: {error}.") from error

    def __iter__(self) -> Iterator[Frame]:
        self._carried.start()
        for index, timed in enumerate(self._pictures_in_time, self._passed):
            yield self._frame(index, timed)
        is_file = self._place.is_local and not self._place.is_pipe
        if self._decoding.tally.has_ended and is_file and self._whole.container == "mpegts":
            self._note_end(walk_file(Path(self._place.file)), received=0)

    def _note_end(self, walk: MatroskaWalk | TransportWalk | None, *, received: int) -> None:
        """Note how a stream ended that does not say how long it is."""
        container, tally = self._whole.container, self._decoding.tally
        tally.breaks_off = breaks_off(container, tally, received=received, walk=walk)
        if isinstance(walk, TransportWalk) and container == "mpegts":
            tally.gaps = walk.gaps

    def _open(self) -> None:
        self._pipe = open_pipe(self._place, is_stopped=self._is_stopped)
        if self._pipe is not None:
            self._held.callback(self._pipe.close)
        container = open_input(self._place, options=self._options, pipe=self._pipe)
        self._held.callback(container.close)
        self._prepare(container)

    def _is_stopped(self) -> bool:
        return self._stopped.is_set() or self._given_up.is_set()

    def _prepare(self, container: InputContainer) -> None:
        stream = main_video_stream(container, self._place.shown, max_pixels=self._max_pixels)
        self._carried = carried_streams(container, but=stream, without=self._adjust.without)
        self._decoding = Decoding(
            container,
            stream,
            self._carried,
            gathers=self._keeps_coded,
            is_stopped=self._stopped.is_set,
        )
        self._held.callback(self._decoding.close)
        if not self._decoding.read_first():
            raise InputError(
                f"Cannot read {self._place.shown}: no picture of its {stream.codec_context.name} "
                f"video could be decoded. {self._why_no_picture()}"
            )
        first = self._decoding.first
        self._described = describe(self._place.shown, container, stream, first)
        self._info = self._whole = adjusted_info(self._described, self._adjust)
        self._coded: CodedStream | str = "the packets of the input were not kept"
        if self._keeps_coded:
            self._coded = coded_stream(
                stream, self._described, self._adjust, delay=self._decoding.delay
            )
        if isinstance(self._coded, str):
            self._decoding.stop_gathering()
        self._decoding.describe_as(self._info)
        self._cutter: Cutter | None = None
        self._tally_at_end: Tally | None = None
        self._pictures_in_time = self._timed()
        if not self._span.is_all:
            self._go_to_span()
        if self._adjust.fps is not None:
            self._pictures_in_time, self._info = paced(
                self._pictures_in_time, self._info, rate=self._adjust.fps
            )
        for warning in self._info.warnings:
            _log.warning("%s: %s", self._place.shown, warning)

    def _why_no_picture(self) -> str:
        if self._pipe is not None and self._pipe.is_mp4:
            return f"It is {self._pipe.why_unreadable()}."
        return "The file is damaged or only a header."

    def _go_to_span(self) -> None:
        """Decode up to the first picture of the span, or jump close to it and then decode."""
        self._cutter = Cutter(self._span, self._whole, self._carried)
        origin = self._decoding.first.pts if self._jump() else None
        pictures = self._cutter.cut(self._timed(), origin=origin, on_end=self._note_tally)
        first = next(pictures, None)
        if first is None:
            raise UsageError(
                f"Nothing of {self._place.shown} lies between the start and the end asked for: "
                f"it has {self._whole.length}."
            )
        self._decoding.forget_damage()
        self._info = self._cutter.describe(first.pts)
        self._pictures_in_time = chain([first], pictures)

    def _note_tally(self) -> None:
        self._tally_at_end = replace(self._decoding.tally)

    def _jump(self) -> bool:
        """Seek to before the start where that is sure to work; return whether it was done."""
        start, first = self._span.start, self._decoding.first.pts
        if (
            self._place.is_pipe
            or start is None
            or start.seconds is None
            or start.seconds <= _SEEK_AHEAD_SECONDS
            or self._span.counts_frames
            or first is None
            or not self._whole.container.startswith(_SEEK_WELL)
            # A subtitle that is still to be seen at the start stands far before it.
            or any(stream.type == "subtitle" for stream in self._carried.streams)
        ):
            return False
        ticks = int(start.seconds / self._whole.time_base)
        ahead = int(_SEEK_AHEAD_SECONDS / self._whole.time_base)
        if self._decoding.seek(first + ticks - ahead, at_most=first + ticks):
            return True
        self._decoding.seek(first)
        return False

    def _timed(self) -> Iterator[Timed[Decoded]]:
        """Return the pictures, without interlacing where that was asked for and is needed."""
        if not self._adjust.deinterlace:
            return self._decoding.timed()
        return self._decoding.timed(woven=self._described.field_order)

    def _frame(self, index: int, timed: Timed[Decoded]) -> Frame:
        planes, origin = timed.item
        return Frame(
            index=index,
            pts=timed.pts,
            duration=timed.duration,
            time_base=self._info.time_base,
            planes=planes,
            picture=self._info.picture,
            origin=origin,
        )
