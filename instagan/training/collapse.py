"""The guard against two ends of a training: masks that collapse, discriminators that diverge."""

from collections.abc import Mapping

from instagan.config import DIRECTIONS, Direction
from instagan.errors import CollapseError

SMALLEST, LARGEST = 0.002, 0.9
# Of a discriminator that says 0.5 of everything, 0.25 (eq. 3 with squares); first steps are wild.
_DIVERGED_LOSS, _SETTLING_STEPS = 5.0, 500


class CollapseGuard:
    """Counts the steps in a row in which a direction's masks are next to nothing or everything.

    A short row is normal early on; a long one never recovered in the reports of others. A
    discriminator without norm that diverges does so within a few steps, and then unlearns.
    """

    def __init__(self, window: int) -> None:
        self.window = window
        self.bad_steps: dict[Direction, int] = dict.fromkeys(DIRECTIONS, 0)

    @property
    def is_alarmed(self) -> bool:
        """Whether the masks of a direction are out of bounds at present."""
        return any(self.bad_steps.values())

    def check(self, terms: Mapping[str, float], *, steps: int, now: int) -> None:
        """Note the mean mask areas of a stretch of steps.

        Args:
            terms: of each direction "AtoB_mask_area", a share of the picture, 0 to 1, unless
                every step was skipped, and "AtoB_discriminator", the loss, unless no sample had
                an object.
            steps: length of the stretch.
            now: the step it ends at, for the message.

        Raises:
            CollapseError: the masks were out of bounds for `window` steps, or a discriminator has
                diverged; a window of 0 never raises.
        """
        if not self.window:
            return
        for direction in DIRECTIONS:
            loss = terms.get(f"{direction}_discriminator", 0.0)
            if loss > _DIVERGED_LOSS and now - steps >= _SETTLING_STEPS:
                raise CollapseError(
                    f"The discriminator of {direction} has diverged before step {now}: its loss is "
                    f"{loss:.3g}, where 0.25 is a coin's; resume with --clip, or with a lower one"
                )
            area = terms.get(f"{direction}_mask_area")
            if area is None:
                continue
            is_bad = not SMALLEST <= area <= LARGEST
            self.bad_steps[direction] = self.bad_steps[direction] + steps if is_bad else 0
            if self.bad_steps[direction] >= self.window:
                raise CollapseError(
                    f"Masks of {direction} cover {area:.1%} of the picture at step {now}, and were "
                    f"below {SMALLEST:.1%} or above {LARGEST:.0%} for {self.window} steps: they "
                    "have collapsed; lower the discriminator's rate or raise the cycle weight"
                )
