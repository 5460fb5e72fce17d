"""instavid.sinks.window, with OpenCV's windows made of lists."""

import cv2
import numpy as np
import pytest

from instavid.errors import UnavailableError
from instavid.orientation import Orientation
from instavid.picture import PictureFormat
from instavid.sinks import window
from instavid.sinks.window import WindowSink
from instavid.testing import make_frame


@pytest.fixture
def screen(monkeypatch):
    """Let windows open nowhere; return what is shown, and the next key and visibility."""
    state = {"shown": [], "key": -1, "visible": 1.0}
    monkeypatch.setattr(window, "_display_problem", lambda: "")
    monkeypatch.setattr(cv2, "namedWindow", lambda *_: None)
    monkeypatch.setattr(cv2, "destroyAllWindows", lambda: state.update(closed=True))
    monkeypatch.setattr(cv2, "imshow", lambda title, picture: state["shown"].append(picture))
    monkeypatch.setattr(cv2, "waitKey", lambda _: state["key"])
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: state["visible"])
    return state


def test_frames_are_shown_upright_in_bgr(screen):
    rgb = np.zeros((16, 32, 3), np.uint8)
    rgb[:, :16, 0] = 255  # red on the left
    turned = PictureFormat("gbrp", 16, 32, orientation=Orientation(False, 1))

    with WindowSink() as sink:
        sink.write(make_frame(rgb, picture=turned))

    (shown,) = screen["shown"]
    assert shown.shape == (16, 32, 3)
    assert shown[0, 0].tolist() == [0, 0, 255]
    assert screen["closed"]


@pytest.mark.parametrize(
    ("key", "visible", "is_closed"),
    [
        (-1, 1.0, False),
        (ord("x"), 1.0, False),
        (ord("q"), 1.0, True),
        (27, 1.0, True),
        (-1, 0.0, True),
    ],
    ids=["no key", "another key", "q", "Esc", "close button"],
)
def test_user_can_close_the_window(screen, key, visible, is_closed):
    screen.update(key=key, visible=visible)
    frame = make_frame(np.zeros((16, 16, 3), np.uint8))

    with WindowSink() as sink:
        sink.write(frame)
        sink.write(frame)

    assert sink.closed_by_user == is_closed
    assert sink.frames == (1 if is_closed else 2)


@pytest.mark.parametrize(
    ("display", "expected"),
    [(None, "there is no display"), (":97", ":97 does not answer"), ("nonsense", "not answer")],
)
def test_machine_without_a_display_is_told_before_opencv_aborts(monkeypatch, display, expected):
    monkeypatch.setattr("sys.platform", "linux")
    if display is None:
        monkeypatch.delenv("DISPLAY", raising=False)
    else:
        monkeypatch.setenv("DISPLAY", display)

    with pytest.raises(UnavailableError, match=expected) as caught:
        WindowSink()

    assert "\n" not in str(caught.value)


def test_opencv_without_windows_is_told(monkeypatch):
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: "  GUI:                NONE\n")

    with pytest.raises(UnavailableError, match="opencv-python-headless"):
        WindowSink()
