"""Scenes of clips: which are the same one, and which are set apart for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import lil_array
from scipy.sparse.csgraph import connected_components

from instagan.data.layout import hash_of_name
from instavid.core.fingerprints import alike_among, fingerprint
from instavid.defaults import ALIKE_BITS
from instavid.metrics.thinning import Thinned
from instavid.types import ByteArray

_LOOKS = 16
_FLAT = 8.0  # standard deviation, grey levels: black frames of all films look alike


@dataclass(frozen=True)
class Scene:
    """A stretch between two cuts of a clip."""

    name: str
    looks: tuple[int, ...]
    """Fingerprints of some frames, evenly spread."""


@dataclass
class SceneWatch:
    """Gathers what a scene looks like while its frames go by; memory does not grow with them."""

    name: str
    _looks: Thinned[int] = field(default_factory=lambda: Thinned(_LOOKS))

    def see(self, thumb: ByteArray) -> None:
        """Take note of a frame by its thumbnail, (36, 64, 3) uint8, brightness first."""
        gray = thumb[..., 0]
        if gray.std() < _FLAT:
            return
        if self._looks.takes_next:
            self._looks.add(fingerprint(np.ascontiguousarray(gray)))
        else:
            self._looks.skip()

    def scene(self) -> Scene:
        """Return the scene as it was seen so far."""
        return Scene(self.name, tuple(self._looks.chosen()))


def unite_scenes(scenes: Sequence[Scene]) -> dict[str, str]:
    """Find scenes that show the same: one clip stored twice, or a camera that is cut back to.

    Args:
        scenes: With different names.

    Returns:
        For each name, the name of the first scene that shows the same, often its own.
    """
    owners = np.array([n for n, scene in enumerate(scenes) for _ in scene.looks], np.intp)
    looks = np.array([look for scene in scenes for look in scene.looks], np.uint64)
    alike = lil_array((len(scenes), len(scenes)), dtype=bool)
    for owner, look in zip(owners, looks, strict=True):
        alike[owner, np.unique(owners[alike_among(int(look), looks, bits=ALIKE_BITS)])] = True
    _, labels = connected_components(alike, directed=False)
    first: dict[int, str] = {}
    return {
        scene.name: first.setdefault(int(label), scene.name)
        for scene, label in zip(scenes, labels, strict=True)
    }


def choose_test(sizes: Mapping[str, int], share: float) -> frozenset[str]:
    """Choose the scenes that are set apart for tests, in an order that their names decide.

    Scenes go to test as long as no more than the share of all pictures is there. Where every scene
    is larger, the smallest goes, unless it has more than twice the share: with so few scenes, no
    test is honest that leaves enough to train on.

    Args:
        sizes: Pictures of each scene, by name.
        share: Of the pictures that should be in test, 0 to 1.

    >>> sorted(choose_test({"a": 60, "b": 5, "c": 40, "d": 4}, 0.1))
    ['b', 'd']
    >>> choose_test({"a": 60, "b": 40}, 0.1)
    frozenset()
    """
    room = share * sum(sizes.values())
    chosen, taken = set[str](), 0
    for name in sorted(sizes, key=hash_of_name):
        if taken + sizes[name] <= room:
            chosen.add(name)
            taken += sizes[name]
    if not chosen and len(sizes) > 1:
        smallest = min(sizes, key=lambda name: (sizes[name], name))
        if sizes[smallest] <= 2 * room:
            chosen.add(smallest)
    return frozenset(chosen)
