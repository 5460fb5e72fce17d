"""instavid.sources.camera, with a camera made of numbers."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from instavid.errors import InputError
from instavid.sources.camera import CameraSource


class FakeCamera:
    """Stands in for cv2.VideoCapture."""

    def __init__(self, pictures):
        self.pictures = list(pictures)
        self.settings = {}
        self.is_released = False

    def isOpened(self):
        return True

    def set(self, key, value):
        self.settings[key] = value

    def get(self, key):
        return 30.0 if key == cv2.CAP_PROP_FPS else 0.0

    def read(self):
        return (True, self.pictures.pop(0)) if self.pictures else (False, None)

    def release(self):
        self.is_released = True


@pytest.fixture
def camera(monkeypatch) -> FakeCamera:
    blue = np.zeros((48, 64, 3), np.uint8)
    blue[:, :, 0] = 255
    fake = FakeCamera([blue] * 4)
    monkeypatch.setattr(cv2, "VideoCapture", lambda index: fake)
    return fake


def take(source, count):
    frames = iter(source)
    return [next(frames) for _ in range(count)]


def test_colours_come_out_right(camera):
    with CameraSource(0) as source:
        (frame,) = take(source, 1)

    assert frame.rgb()[0, 0].tolist() == [0, 0, 255]
    assert source.info.average_frame_rate == 30
    assert camera.is_released


def test_stamps_are_wall_clock_and_increase(camera):
    with CameraSource(0) as source:
        frames = take(source, 3)

    assert frames[0].time_base == Fraction(1, 90000)
    assert frames[0].pts < frames[1].pts < frames[2].pts < 90000 * 10


def test_size_and_rate_are_asked_for(camera):
    with CameraSource(0, size=(640, 480), fps=25):
        pass

    assert camera.settings == {
        cv2.CAP_PROP_FRAME_WIDTH: 640,
        cv2.CAP_PROP_FRAME_HEIGHT: 480,
        cv2.CAP_PROP_FPS: 25,
    }


def test_camera_that_is_lost_is_an_error(camera):
    with CameraSource(0) as source, pytest.raises(InputError, match="lost after 3 pictures"):
        list(source)

    assert camera.is_released


def test_camera_without_pictures_is_an_error_and_released(camera):
    camera.pictures.clear()

    with pytest.raises(InputError, match="Camera 0 gives no picture"), CameraSource(0):
        pass

    assert camera.is_released


def test_stop_ends_the_iteration(camera):
    with CameraSource(0) as source:
        frames = iter(source)
        next(frames)
        source.stop()

        assert list(frames) == []


def test_absent_camera_is_told_in_one_line(capfd):
    with pytest.raises(InputError, match="There is no camera 97") as caught, CameraSource(97):
        pass

    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""
