"""Decodes a video file, URL or synthetic source, and demuxes everything that is beside it."""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from instavid.core.clock import Clock, Timed
from instavid.errors import InputError
from instavid.media.carried import CarriedStreams, carried_streams
from instavid.media.info import VideoInfo, describe
from instavid.media.opening import MAX_PIXELS, locate, main_video_stream, open_input
from instavid.media.pixels import Canoniser
from instavid.media.reading import Reader
from instavid.media.report import DecodeReport, judge
from instavid.picture import Planes
from instavid.types import Frame

_log = logging.getLogger(__name__)

# Matroska with negative time stamps gives its first pictures without any.
_PATIENCE = 32


class FileSource:
    """Yields the frames of one input, once, in presentation order.

    Entering opens the input and decodes its first picture, so that `info` is what the pictures
    are and an input without any is refused at once.

    Raises:
        InputNotFoundError: On making it, when there is no such file.
        InputError: On making it, for a folder; on entering, when nothing can be decoded.
        UsageError: On making it, for a kind of URL that is not supported.
    """

    def __init__(
        self,
        path_or_url: str | Path,
        *,
        format: str | None = None,
        options: dict[str, str] | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        """Check that the input is there.

        Args:
            path_or_url: A file, a URL, or `lavfi:` and a graph of FFmpeg's.
            format: FFmpeg's name of the container format, where it cannot be guessed.
            options: Options of the demuxer.
            max_pixels: Largest picture to decode, width times height.
        """
        self._place = locate(path_or_url, format=format)
        self._options = options
        self._max_pixels = max_pixels
        self._container: InputContainer | None = None
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._waiting: deque[av.VideoFrame] = deque()

    def __enter__(self) -> Self:
        self._container = open_input(self._place, options=self._options)
        try:
            self._prepare(self._container)
        except BaseException:
            self._close()
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
        self._close()

    @property
    def info(self) -> VideoInfo:
        """Return the description of the video; the source must have been entered."""
        return self._info

    @property
    def carried(self) -> CarriedStreams:
        """Return the other streams; the source must have been entered."""
        return self._carried

    def stop(self) -> None:
        """End the iteration after the picture in hand; safe from any thread."""
        self._stopped.set()

    def report(self) -> DecodeReport:
        """Return how complete the pictures were so far; final once the iteration has ended."""
        return judge(self._reader.tally, self._info, repairs=self._clock.repairs)

    def __iter__(self) -> Iterator[Frame]:
        self._carried.start()
        for index, timed in enumerate(self._timed()):
            yield self._frame(index, timed)

    def _prepare(self, container: InputContainer) -> None:
        stream = main_video_stream(container, self._place.shown, max_pixels=self._max_pixels)
        self._carried = carried_streams(container, but=stream)
        self._reader = Reader(container, stream, self._carried)
        if not self._read_more():
            raise InputError(
                f"Cannot read {self._place.shown}: no picture of its {stream.codec_context.name} "
                "video could be decoded. The file is damaged or only a header."
            )
        self._first = self._waiting[0]
        self._info = describe(self._place.shown, container, stream, self._first)
        self._clock = self._make_clock(stream)
        self._canoniser = Canoniser()
        for warning in self._info.warnings:
            _log.warning("%s: %s", self._place.shown, warning)

    def _make_clock(self, stream: VideoStream) -> Clock[Planes]:
        rate = self._info.average_frame_rate or Fraction(25)
        patience = 0 if stream.start_time is None else _PATIENCE
        return Clock(
            tick=1 / (rate * self._info.time_base),
            time_base=self._info.time_base,
            patience=patience,
        )

    def _timed(self) -> Iterator[Timed[Planes]]:
        for picture in self._pictures():
            planes = self._canoniser.planes(picture, self._info.picture)
            yield from self._clock.push(planes, picture.pts, picture.duration or 0)
        yield from self._clock.flush()

    def _pictures(self) -> Iterator[av.VideoFrame]:
        while not self._stopped.is_set() and self._read_more():
            picture = self._waiting.popleft()
            if not self._reader.accepts(picture, self._first):
                return
            yield picture

    def _read_more(self) -> bool:
        """Decode until a picture waits; False at the end."""
        while not self._waiting:
            with self._lock:
                if self._container is None or self._stopped.is_set():
                    return False
                pictures = self._reader.step()
            if pictures is None:
                return False
            self._waiting.extend(pictures)
        return True

    def _frame(self, index: int, timed: Timed[Planes]) -> Frame:
        return Frame(
            index=index,
            pts=timed.pts,
            duration=timed.duration,
            time_base=self._info.time_base,
            planes=timed.item,
            picture=self._info.picture,
        )

    def _close(self) -> None:
        with self._lock:
            if self._container is not None:
                self._container.close()
                self._container = None
