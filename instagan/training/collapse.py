"""The guard against masks that collapse: empty, or as large as the picture, for long."""

from collections.abc import Mapping

from instagan.config import DIRECTIONS, Direction
from instagan.errors import CollapseError

SMALLEST, LARGEST = 0.002, 0.9


class CollapseGuard:
    """Counts the steps in a row in which a direction's masks are next to nothing or everything.

    A short row is normal early on; a long one never recovered in the reports of others.
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
            terms: "AtoB_mask_area" and "BtoA_mask_area", shares of the picture, 0 to 1.
            steps: length of the stretch.
            now: the step it ends at, for the message.

        Raises:
            CollapseError: they were out of bounds for `window` steps; 0 never raises.
        """
        for direction in DIRECTIONS:
            area = terms[f"{direction}_mask_area"]
            is_bad = not SMALLEST <= area <= LARGEST
            self.bad_steps[direction] = self.bad_steps[direction] + steps if is_bad else 0
            if self.window and self.bad_steps[direction] >= self.window:
                raise CollapseError(
                    f"Masks of {direction} cover {area:.1%} of the picture at step {now}, and were "
                    f"below {SMALLEST:.1%} or above {LARGEST:.0%} for {self.window} steps: they "
                    "have collapsed; lower the discriminator's rate or raise the cycle weight"
                )
