"""Draws the patched hide of a giraffe on any silhouette."""

from dataclasses import dataclass

import numpy as np

from instavid.meadow.canvas import Colour, Sheet, dome, lit
from instavid.meadow.coats import hair, patchwork
from instavid.meadow.geometry import FloatArray

DENSITY = 420.0
"""Texels per unit (the height of the whole animal): sharp up to a giraffe 420 px tall."""
DARK = (0.05, 0.04, 0.035)


@dataclass(frozen=True)
class GiraffeLooks:
    """What differs from giraffe to giraffe."""

    patch: Colour
    seam: Colour
    patch_size: float
    """Mean size of a patch on the trunk, units."""
    leg: float
    """Height of the elbow, units."""
    reach: float
    """Length of the neck, units."""
    lean: float
    """How far the neck leans forward, radians from upright."""


def hide(
    rng: np.random.Generator,
    sheet: Sheet,
    alpha: FloatArray,
    looks: GiraffeLooks,
    *,
    patch: float,
    radius: float,
    ambient: float = 0.40,
) -> FloatArray:
    """Return the colours of patched hide on a silhouette, darker below."""
    d = sheet.density
    colours = patchwork(rng, sheet.shape, patch_px=patch * d, seam_px=patch * d * 0.17,
                        patch=looks.patch, seam=looks.seam)  # fmt: skip
    light = lit(dome(alpha, radius_px=radius * d), ambient=ambient) * 1.2
    return colours * (light * hair(rng, sheet.shape, length_px=5))[..., None]
