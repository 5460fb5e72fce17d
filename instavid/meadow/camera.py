"""The camera: where it is when, and where it sees what stands or lies in the world.

World coordinates in metres: x to the right, y up, z away from the camera; the ground is y = 0.
Screen coordinates in pixels, corner of the frame at (0, 0); the middle of a pixel is at a half.
"""

from dataclasses import dataclass
from math import pi, sin

import numpy as np

from instavid.meadow.geometry import Matrix

FOCAL = 1.2
"""Focal length in heights of the frame: half as high a frame sees as much, half as large."""
EYE_M = 1.7
"""Height of the camera above the ground."""


@dataclass(frozen=True)
class Swing:
    """Something that goes to and fro for ever."""

    amount: float
    period_s: float
    phase: float
    """Radians at time 0."""

    def at(self, seconds: float) -> float:
        """Return its value at a time, within -amount to amount."""
        return self.amount * sin(2 * pi * seconds / self.period_s + self.phase)


@dataclass(frozen=True)
class Camera:
    """A camera that pans, trucks sideways and dollies, all slowly."""

    truck_m: Swing
    dolly_m: Swing
    pan: Swing
    """Shift of the picture, as the tangent of an angle."""
    horizon: float
    """Height of the horizon from the top, in heights of the frame."""

    def view(self, seconds: float, *, height: int, width: int) -> "View":
        """Return what it sees from at a time, on a frame of some size, px."""
        focal_px = FOCAL * height
        return View(
            x=self.truck_m.at(seconds),
            z=self.dolly_m.at(seconds),
            focal_px=focal_px,
            centre_px=width / 2 - focal_px * self.pan.at(seconds),
            horizon_px=self.horizon * height,
        )


@dataclass(frozen=True)
class View:
    """A camera at one time on frames of one size."""

    x: float
    z: float
    focal_px: float
    centre_px: float
    """Column straight ahead."""
    horizon_px: float

    def ground(self) -> Matrix:
        """Return the homography from (x, z) on the ground to the screen."""
        f, c = self.focal_px, self.centre_px
        return np.array(
            [
                [f, c, -f * self.x - c * self.z],
                [0.0, self.horizon_px, f * EYE_M - self.horizon_px * self.z],
                [0.0, 1.0, -self.z],
            ]
        )

    def upright(self, x: float, z: float) -> Matrix:
        """Return the map from a sheet that stands at (x, z), its foot at (0, 0), to the screen."""
        k = self.focal_px / (z - self.z)
        left = self.centre_px + k * (x - self.x)
        return np.array([[k, 0.0, left], [0.0, -k, self.horizon_px + k * EYE_M], [0.0, 0.0, 1.0]])

    def heaven(self, drift: float) -> Matrix:
        """Return the map from directions, in tangents from the horizon, to the screen."""
        f = self.focal_px
        return np.array(
            [[f, 0.0, self.centre_px + f * drift], [0.0, -f, self.horizon_px], [0, 0, 1.0]]
        )
