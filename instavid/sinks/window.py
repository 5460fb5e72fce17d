"""Shows frames in a window as they come."""

import os
import socket
import sys
from typing import Self

import cv2
import numpy as np

from instavid.errors import UnavailableError
from instavid.types import Frame

_CLOSING_KEYS = (ord("q"), 27)
"""q and Esc."""
_X11_PORT = 6000


class WindowSink:
    """Shows upright frames; `closed_by_user` tells when q, Esc or the close button was used.

    Raises:
        UnavailableError: On making it, when this machine has no display or OpenCV no windows.
    """

    def __init__(self, title: str = "instavid") -> None:
        """Check that a window can be opened, which OpenCV would abort the process over."""
        problem = _display_problem()
        if problem:
            raise UnavailableError(f"Cannot open a window: {problem}. Write to a file with -o.")
        self.closed_by_user = False
        self.frames = 0
        """Frames shown."""
        self._title = title

    def __enter__(self) -> Self:
        cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
        return self

    def __exit__(self, *_: object) -> None:
        cv2.destroyAllWindows()

    def write(self, frame: Frame) -> None:
        """Show one frame; does nothing once the user has closed the window."""
        if self.closed_by_user:
            return
        cv2.imshow(self._title, np.ascontiguousarray(frame.rgb()[:, :, ::-1]))
        self.frames += 1
        key = cv2.waitKey(1) & 0xFF
        is_visible = cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        self.closed_by_user = key in _CLOSING_KEYS or not is_visible


def _display_problem() -> str:
    """Return why no window can be opened, empty if one can."""
    lines = (line.split() for line in cv2.getBuildInformation().splitlines())
    if ["GUI:", "NONE"] in list(lines):
        return "this OpenCV was built without windows (opencv-python-headless)"
    if not sys.platform.startswith("linux"):
        return ""
    display = os.environ.get("DISPLAY", "")
    if not display:
        return "there is no display (DISPLAY is not set)"
    return "" if _answers(display) else f"the display {display} does not answer"


def _answers(display: str) -> bool:
    """Return whether an X server listens where DISPLAY points."""
    host, _, rest = display.rpartition(":")
    number = rest.split(".")[0]
    if not number.isdigit():
        return False
    try:
        if host in ("", "unix"):
            with socket.socket(socket.AF_UNIX) as local:
                local.connect(f"/tmp/.X11-unix/X{number}")
        else:
            with socket.create_connection((host, _X11_PORT + int(number)), timeout=2):
                pass
    except OSError:
        return False
    return True
