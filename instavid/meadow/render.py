"""Renders a scene: the picture and everything that is known about it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from instavid.meadow.ground import paint_ground
from instavid.meadow.sprites import paint
from instavid.meadow.stage import GROUND, SKY, Setting, Surface, set_scene
from instavid.meadow.world import Kind, Scene
from instavid.types import ByteArray, Instances, Mask

ElementMap = npt.NDArray[np.int16]
"""(H, W) int16, the element that each pixel shows."""


@dataclass(frozen=True)
class Rendered:
    """One picture of a scene and its truth; animals that show no pixel are left out."""

    rgb: ByteArray
    """(H, W, 3) uint8 RGB."""
    elements: ElementMap
    """(H, W) int16; see `stage`."""
    identities: tuple[int, ...]
    """Of the visible animals, ascending."""
    masks: tuple[Mask, ...]
    """What is seen of each; no pixel is in two."""
    labels: tuple[Kind, ...]
    depths: tuple[float, ...]
    """Distance of each, metres: the smaller hides the larger."""

    def instances(self) -> Instances:
        """Return the truth as a perfect segmenter would."""
        return Instances(self.masks, self.labels, (1.0,) * len(self.masks))


def render(scene: Scene, seconds: float, *, height: int, width: int) -> Rendered:
    """Render a scene.

    Args:
        scene: What there is.
        seconds: When, from 0.
        height: Height of the picture, px; what is seen does not depend on it.
        width: Width of the picture, px; a wider one sees more at both sides.
    """
    setting = set_scene(scene, seconds, height=height, width=width)
    rgb, elements = _paint(setting, height, width)
    shares = np.array(scene.light.rgb(seconds))
    table = (np.arange(256)[:, None] * shares).clip(0, 255).round().astype(np.uint8)
    shone = cv2.LUT(rgb, table[None]).astype(np.uint8, copy=False)
    return _describe(scene, seconds, shone, elements, setting)


def element_map(scene: Scene, seconds: float, *, height: int, width: int) -> ElementMap:
    """Return which element each pixel of a picture shows, (height, width) int16."""
    return _paint(set_scene(scene, seconds, height=height, width=width), height, width)[1]


def _paint(setting: Setting, height: int, width: int) -> tuple[ByteArray, ElementMap]:
    rgb = np.zeros((height, width, 3), np.uint8)
    elements = np.full((height, width), SKY, np.int16)
    _put(rgb, elements, setting.sky)
    paint_ground(rgb, setting.view, setting.land.grass, setting.land.mottle)
    elements[max(0, int(np.ceil(setting.view.horizon_px))) :] = GROUND
    # The blots lie on the ground: they hide nothing, and what stands hides them.
    for blot in setting.shadows:
        paint(rgb, setting.land.shadow, blot)
    for surface in setting.surfaces:
        _put(rgb, elements, surface)
    return rgb, elements


def _put(rgb: ByteArray, elements: ElementMap, surface: Surface) -> None:
    window, hides = paint(rgb, surface.sprite, surface.screen_from_local, wraps=surface.wraps)
    elements[window.slices][hides] = surface.element


def _describe(
    scene: Scene, seconds: float, rgb: ByteArray, elements: ElementMap, setting: Setting
) -> Rendered:
    owner = np.zeros(int(elements.max()) + 1, np.uint8)
    for element, identity in setting.owners.items():
        if element < owner.size:
            owner[element] = identity
    owners = owner[elements]
    seen = set(np.unique(owners).tolist())
    animals = [animal for animal in scene.animals if animal.identity in seen]
    return Rendered(
        rgb=rgb,
        elements=elements,
        identities=tuple(animal.identity for animal in animals),
        masks=tuple(Mask.from_full(owners == animal.identity) for animal in animals),
        labels=tuple(animal.kind for animal in animals),
        depths=tuple(animal.z_m(seconds) for animal in animals),
    )
