"""What there is in a scene and how it moves; pure numbers, nothing is drawn here."""

from dataclasses import dataclass
from math import cos, exp, pi
from typing import Literal

from instavid.meadow.camera import Camera, Swing

Kind = Literal["sheep", "giraffe"]
KINDS: tuple[Kind, ...] = ("sheep", "giraffe")


@dataclass(frozen=True)
class Animal:
    """One animal and the way that it goes: to one side, slower and faster, nearer and farther."""

    kind: Kind
    identity: int
    """Counts from 1 within a scene."""
    seed: int
    """What it looks like."""
    height_m: float
    facing: int
    """1 to the right, -1 to the left."""
    start_m: float
    """Where it is at time 0, along its lap."""
    speed_mps: float
    pace: Swing
    """Share of the speed by which it goes faster and slower, 0 to 1."""
    depth_m: float
    """Distance from the camera's place, on average."""
    approach: Swing
    """Logarithm of the share by which that distance changes."""
    lap_m: float
    """After so much it comes again from the other side; wider than what the camera can see."""

    def travelled_m(self, seconds: float) -> float:
        """Return how far it has walked since time 0."""
        turn = 2 * pi / self.pace.period_s
        swung = cos(self.pace.phase) - cos(turn * seconds + self.pace.phase)
        return self.speed_mps * (seconds + self.pace.amount * swung / turn)

    def vigour(self, seconds: float) -> float:
        """Return its speed as a share of its mean speed, 0 to 2."""
        return 1 + self.pace.at(seconds)

    def x_m(self, seconds: float) -> float:
        """Return where it is, metres to the right."""
        along = self.start_m + self.travelled_m(seconds)
        return self.facing * ((along % self.lap_m) - self.lap_m / 2)

    def z_m(self, seconds: float) -> float:
        """Return how far away it is, metres."""
        return self.depth_m * exp(self.approach.at(seconds))


@dataclass(frozen=True)
class Light:
    """Slow changes of the light."""

    gain: Swing
    warmth: Swing
    mean_gain: float

    def rgb(self, seconds: float) -> tuple[float, float, float]:
        """Return what red, green and blue are multiplied by."""
        gain, warmth = self.mean_gain + self.gain.at(seconds), self.warmth.at(seconds)
        return gain * (1 + warmth), gain, gain * (1 - warmth)


@dataclass(frozen=True)
class Scene:
    """A meadow; the same scene at the same time and size is always the same picture."""

    seed: int
    animals: tuple[Animal, ...]
    camera: Camera
    light: Light
    landscape: int
    """Which grass, hills and sky; few, because they take a moment to draw."""

    def without(self, identity: int) -> "Scene":
        """Return the scene as it is when one animal is not there."""
        rest = tuple(animal for animal in self.animals if animal.identity != identity)
        return Scene(self.seed, rest, self.camera, self.light, self.landscape)
