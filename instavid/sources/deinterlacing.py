"""Whole pictures out of interlaced ones, one of each, with FFmpeg's bwdif."""

from collections import deque
from collections.abc import Iterator
from itertools import chain

import av
import av.filter

from instavid.media.info import FieldOrder


class Deinterlacer:
    """Rebuilds the lines of the later field of each picture; holds one picture back."""

    def __init__(self, first: av.VideoFrame, order: FieldOrder) -> None:
        """Prepare for pictures like the first one.

        Args:
            first: Tells their size and format.
            order: Which field was taken first.
        """
        self._graph = av.filter.Graph()
        source = self._graph.add_buffer(
            width=first.width,
            height=first.height,
            format=first.format,
            time_base=first.time_base,
        )
        options = f"mode=send_frame:parity={order}:deint=all"
        deinterlace = self._graph.add("bwdif", options)
        sink = self._graph.add("buffersink")
        source.link_to(deinterlace)
        deinterlace.link_to(sink)
        self._graph.configure()
        self._stamps: deque[tuple[int | None, int | None]] = deque()

    def push(self, picture: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
        """Take a picture, or None at the end; yield those that are done, with their own stamps."""
        if picture is not None:
            self._stamps.append((picture.pts, picture.duration))
        self._graph.push(picture)
        while self._stamps:
            try:
                done = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(done, av.VideoFrame), "bwdif gives pictures"
            # The filter counts in ticks of half the length.
            done.pts, duration = self._stamps.popleft()
            done.duration = duration or 0
            yield done


def deinterlaced(pictures: Iterator[av.VideoFrame], order: FieldOrder) -> Iterator[av.VideoFrame]:
    """Yield each picture without interlacing; arguments as for `Deinterlacer`."""
    first = next(pictures, None)
    if first is None:
        return
    deinterlacer = Deinterlacer(first, order)
    for picture in chain([first], pictures, [None]):
        yield from deinterlacer.push(picture)
