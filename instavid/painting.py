"""From objects in frames to painted crops: the one way in which pipeline and measures go."""

from collections.abc import Sequence
from dataclasses import dataclass

from instavid.core.composite import Painted
from instavid.core.crops import CropPlan, cut_crop, plan_crops
from instavid.errors import StageError
from instavid.interfaces import Translator
from instavid.types import Crop, Frame, Patch, TrackedInstance


@dataclass(frozen=True)
class Casting:
    """A translator and the objects that it is to change."""

    translator: Translator
    labels: frozenset[str] | None = None
    """Class names it applies to; None: every instance."""
    margins: tuple[float, float, float, float] = (0.25, 0.25, 0.25, 0.25)
    """What a crop adds at (top, bottom, left, right), in object heights."""
    working_aspect: float = 1.0
    """Width over height of the translator's working size."""

    def takes(self, instance: TrackedInstance) -> bool:
        """Return whether this casting changes an instance."""
        return self.labels is None or instance.label in self.labels


def plan_frame(
    frame: Frame, instances: Sequence[TrackedInstance], casting: Casting
) -> list[CropPlan]:
    """Return the crops of one frame.

    Args:
        frame: The frame.
        instances: Those that the casting is to change, in slot order.
        casting: Whose margins and aspect count.
    """
    height, width = frame.picture.upright_size
    return plan_crops(
        instances,
        margins=casting.margins,
        aspect=casting.working_aspect / frame.picture.upright_sample_aspect,
        frame_width=width,
        frame_height=height,
    )


def paint(planned: Sequence[tuple[Frame, CropPlan]], translator: Translator) -> list[Painted]:
    """Cut and translate the crops of any number of frames together.

    Args:
        planned: Each crop with its frame.
        translator: Is not called when there is no crop.

    Returns:
        One for each crop, in order.

    Raises:
        StageError: The translator gave other shapes back than it got.
    """
    crops = [cut_crop(frame, plan) for frame, plan in planned]
    patches = translator.translate(crops) if crops else []
    _check_patches(crops, patches)
    return [
        Painted(plan, crop, patch)
        for (_, plan), crop, patch in zip(planned, crops, patches, strict=True)
    ]


def _check_patches(crops: Sequence[Crop], patches: Sequence[Patch]) -> None:
    """Raise StageError unless a translator kept its promise."""
    given = [(crop.rgb.shape, crop.masks.shape) for crop in crops]
    made = [(patch.rgb.shape, patch.masks.shape) for patch in patches]
    if given != made:
        raise StageError(
            f"the translator made {made[:3]} (rgb, masks) of {len(crops)} crops {given[:3]}"
        )
