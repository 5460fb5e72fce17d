"""Reads a camera through OpenCV, stamped with the time at which each picture came."""

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Self

import cv2
import numpy as np

from instavid.errors import InputError
from instavid.media.info import VideoInfo
from instavid.picture import PictureFormat, Planes
from instavid.types import ByteArray, Frame

_TICKS_PER_SECOND = 90_000
_FAILURES_ALLOWED = 5
"""Reads in a row that may fail before a camera counts as gone."""


class CameraSource:
    """Yields what a camera sees, as planar RGB; the stamps are its wall clock, from 0.

    Raises:
        InputError: On entering, when there is no such camera or it gives no picture; while
            reading, when it stops giving pictures.
    """

    def __init__(
        self, index: int, *, size: tuple[int, int] | None = None, fps: float | None = None
    ) -> None:
        """Remember what to open.

        Args:
            index: Number of the camera, from 0.
            size: (width, height) to ask for, px; cameras may give another one.
            fps: Frames per second to ask for.
        """
        self._index = index
        self._size = size
        self._fps = fps
        self._camera: Any = None
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        self._camera = _open_quietly(self._index)
        try:
            self._ask_for_settings()
            first = self._read()
            if first is None:
                raise InputError(
                    f"Camera {self._index} gives no picture. Is it connected, free and allowed?"
                )
            self._info = self._describe(first)
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._release()

    @property
    def info(self) -> VideoInfo:
        """Return the description of the pictures; the source must have been entered."""
        return self._info

    def stop(self) -> None:
        """End the iteration after the picture in hand; safe from any thread."""
        self._stopped.set()

    def __iter__(self) -> Iterator[Frame]:
        index, last, started = 0, -1, time.monotonic()
        while not self._stopped.is_set():
            bgr = self._read()
            if bgr is None:
                if self._stopped.is_set():
                    return
                raise InputError(f"Camera {self._index} was lost after {index} pictures.")
            last = max(last + 1, round((time.monotonic() - started) * _TICKS_PER_SECOND))
            yield self._frame(index, last, bgr)
            index += 1

    def _frame(self, index: int, pts: int, bgr: ByteArray) -> Frame:
        rate = self._info.average_frame_rate or Fraction(30)
        return Frame(
            index=index,
            pts=pts,
            duration=round(_TICKS_PER_SECOND / rate),
            time_base=self._info.time_base,
            planes=_planes(bgr),
            picture=self._info.picture,
        )

    def _ask_for_settings(self) -> None:
        if self._size is not None:
            self._camera.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
            self._camera.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
        if self._fps is not None:
            self._camera.set(cv2.CAP_PROP_FPS, self._fps)

    def _read(self) -> ByteArray | None:
        """Return the next picture, (h, w, 3) uint8 BGR; None when none comes."""
        for _ in range(_FAILURES_ALLOWED):
            with self._lock:
                if self._camera is None:
                    return None
                is_read, bgr = self._camera.read()
            if is_read:
                picture: ByteArray = bgr
                return picture
        return None

    def _describe(self, first: ByteArray) -> VideoInfo:
        height, width = first.shape[:2]
        fps = self._camera.get(cv2.CAP_PROP_FPS)
        return VideoInfo(
            name=f"camera {self._index}",
            container="camera",
            codec="camera",
            picture=PictureFormat("gbrp", width, height),
            time_base=Fraction(1, _TICKS_PER_SECOND),
            average_frame_rate=Fraction(fps).limit_denominator(1001) if fps > 0 else None,
        )

    def _release(self) -> None:
        with self._lock:
            if self._camera is not None:
                self._camera.release()
                self._camera = None


def _open_quietly(index: int) -> Any:
    """Open a camera without OpenCV's own complaints on stderr; ours says it in one line."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        camera = cv2.VideoCapture(index)
    finally:
        cv2.utils.logging.setLogLevel(level)
    if not camera.isOpened():
        raise InputError(f"There is no camera {index}, or another program is using it.")
    return camera


def _planes(bgr: ByteArray) -> Planes:
    """Split (h, w, 3) uint8 BGR into read-only planes in the order of gbrp."""
    planes = tuple(np.ascontiguousarray(bgr[:, :, channel]) for channel in (1, 0, 2))
    for plane in planes:
        plane.flags.writeable = False
    return planes
