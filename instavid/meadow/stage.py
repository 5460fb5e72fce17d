"""Sets a scene for one moment: which surfaces are where on the screen, far to near.

Every surface has a number, its *element*, which is the same at all times of a scene, and one map
from itself to the screen; masks, depth order and optical flow all follow from these two.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from instavid.meadow.camera import EYE_M, View
from instavid.meadow.gait import LEGS, pose
from instavid.meadow.geometry import Matrix, scaling, translation
from instavid.meadow.giraffe import giraffe_rig
from instavid.meadow.landscape import Landscape, landscape
from instavid.meadow.rig import Rig, place_parts
from instavid.meadow.sheep import sheep_rig
from instavid.meadow.sprites import Sprite
from instavid.meadow.world import Animal, Kind, Scene

SKY, GROUND = 0, 1
_FIRST_PROP = 2
_DRIFT_PER_S = 0.0035
"""Speed of the clouds, tangents of an angle per second."""
_NEAREST_SEEN_M = 0.8
"""What stands nearer than this to the camera is behind it, or as good as."""

_RIGS: dict[Kind, Callable[[int], Rig]] = {"sheep": sheep_rig, "giraffe": giraffe_rig}


@dataclass(frozen=True)
class Surface:
    """A sprite and where it is."""

    element: int
    sprite: Sprite
    screen_from_local: Matrix
    wraps: bool = False


@dataclass(frozen=True)
class Setting:
    """A scene at one moment, for frames of one size."""

    view: View
    sky: Surface
    land: Landscape
    shadows: tuple[Matrix, ...]
    """Maps from the blot of radius 1 to the screen."""
    surfaces: tuple[Surface, ...]
    """What stands, far to near."""
    owners: dict[int, int]
    """Element to the identity of the animal that it is a part of."""

    def maps(self) -> dict[int, Matrix]:
        """Return the map from each element's surface to the screen."""
        standing = {s.element: s.screen_from_local for s in self.surfaces}
        sky = {SKY: self.sky.screen_from_local}
        return {**sky, GROUND: self.view.ground(), **standing}


@lru_cache(maxsize=48)
def rig_of(kind: Kind, seed: int) -> Rig:
    """Return the drawn parts of an animal."""
    return _RIGS[kind](seed)


def set_scene(scene: Scene, seconds: float, *, height: int, width: int) -> Setting:
    """Set a scene for one moment and a frame of a size, px."""
    view = scene.camera.view(seconds, height=height, width=width)
    land = landscape(scene.landscape)
    sky = Surface(SKY, land.sky, view.heaven(_DRIFT_PER_S * seconds), wraps=True)
    owners: dict[int, int] = {}
    placed: list[tuple[float, tuple[Surface, ...]]] = list(_props(land, view))
    shadows: list[Matrix] = []
    for animal in scene.animals:
        rig = rig_of(animal.kind, animal.seed)
        # Numbered by identity, not by place in the list: taking one away renumbers no other.
        first = _FIRST_PROP + len(land.props) + 32 * (animal.identity - 1)
        surfaces = _animal(animal, rig, seconds, view=view, first=first)
        owners |= {surface.element: animal.identity for surface in surfaces}
        placed.append((animal.z_m(seconds), surfaces))
        shadows += _shadows(animal, rig, seconds, view)
    placed.sort(key=lambda item: -item[0])
    standing = tuple(surface for _, surfaces in placed for surface in surfaces)
    return Setting(view, sky, land, tuple(shadows), standing, owners)


def _props(land: Landscape, view: View) -> Iterator[tuple[float, tuple[Surface, ...]]]:
    for number, prop in enumerate(land.props):
        if prop.z_m - view.z > _NEAREST_SEEN_M:
            here = view.upright(prop.x_m, prop.z_m) @ scaling(prop.size, abs(prop.size))
            yield prop.z_m, (Surface(_FIRST_PROP + number, prop.sprite, here, prop.wraps),)


def _stand(animal: Animal, seconds: float, view: View) -> Matrix:
    """Return the map from an animal's units to the screen."""
    here = view.upright(animal.x_m(seconds), animal.z_m(seconds))
    placed: Matrix = here @ scaling(animal.facing * animal.height_m, animal.height_m)
    return placed


def _animal(
    animal: Animal, rig: Rig, seconds: float, *, view: View, first: int
) -> tuple[Surface, ...]:
    stand = _stand(animal, seconds, view)
    placed = place_parts(rig, pose(animal, seconds, stride=rig.stride))
    return tuple(
        Surface(first + number, part.sprite, stand @ matrix)
        for number, (part, matrix) in enumerate(zip(rig.parts, placed, strict=True))
    )


def _shadows(animal: Animal, rig: Rig, seconds: float, view: View) -> Iterator[Matrix]:
    """Yield the blots under the trunk and under each foot, flat on the ground."""
    stand = _stand(animal, seconds, view)
    flat = EYE_M / (animal.z_m(seconds) - view.z)
    length, middle = rig.girth
    yield stand @ translation(middle, -0.01) @ scaling(length * 1.25, length * 0.85 * flat)
    placed = dict(
        zip(
            (part.name for part in rig.parts),
            place_parts(rig, pose(animal, seconds, stride=rig.stride)),
            strict=True,
        )
    )
    for leg in LEGS:
        knee = placed[f"{leg}_lower"]
        x, y = knee[:2, 2] - knee[:2, 1] * knee[1, 2]
        yield stand @ translation(x, min(0.0, y)) @ scaling(0.11, 0.10 * flat)
