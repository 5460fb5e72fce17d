"""Known pictures after a translator has painted their objects anew, as the pipeline would."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from instagan.windows import Window
from instavid.core.composite import TOUCHED, Composite, Painted, composite
from instavid.core.crops import CropPlan
from instavid.core.masks import placed
from instavid.metrics.stills import Still
from instavid.painting import Casting, paint, plan_frame
from instavid.types import Mask, TrackedInstance


@dataclass(frozen=True)
class Scene:
    """A picture before and after."""

    still: Still
    painted: tuple[Painted, ...]
    composite: Composite

    @property
    def new_masks(self) -> list[Mask]:
        """Return the generated silhouettes, in the order of the true ones."""
        found = {
            member.track_id: placed(inside, piece.plan.window)
            for piece in self.painted
            for member, inside in zip(piece.plan.members, piece.patch.masks, strict=True)
        }
        return [found[track_id] for track_id in sorted(found)]

    @property
    def samples_changed_outside(self) -> int:
        """Return how many samples differ where nothing was to be touched."""
        untouched = (self.composite.matte & TOUCHED) == 0
        pairs = zip(self.still.frame.planes, self.composite.frame.planes, strict=True)
        return sum(int(np.count_nonzero((old != new) & untouched)) for old, new in pairs)


def transfigure_stills(
    stills: Sequence[Still], casting: Casting, *, as_crops: bool, feather: int
) -> list[Scene]:
    """Plan, cut, paint and composite some pictures, their crops translated together.

    Args:
        stills: The pictures; all their objects are changed.
        casting: The translator, its margins and aspect.
        as_crops: Each picture is one crop already, with nothing to cut from it.
        feather: Width of the soft edge, px.
    """
    plans = [_whole(still) if as_crops else _cut(still, casting) for still in stills]
    planned = [
        (still.frame, plan) for still, some in zip(stills, plans, strict=True) for plan in some
    ]
    pieces = iter(paint(planned, casting.translator))
    scenes = []
    for still, some in zip(stills, plans, strict=True):
        painted = tuple(next(pieces) for _ in some)
        scenes.append(Scene(still, painted, composite(still.frame, painted, feather=feather)))
    return scenes


def _instances(still: Still) -> tuple[TrackedInstance, ...]:
    return tuple(
        TrackedInstance(track_id, mask, label="", score=1.0)
        for track_id, mask in enumerate(still.masks, start=1)
    )


def _cut(still: Still, casting: Casting) -> list[CropPlan]:
    return plan_frame(still.frame, _instances(still), casting)


def _whole(still: Still) -> list[CropPlan]:
    height, width = still.frame.picture.upright_size
    instances = _instances(still)
    return [CropPlan(Window(0, 0, width, height), instances)] if instances else []
