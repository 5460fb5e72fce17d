"""The options of `instavid eval pair`, and what of them can be refused at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from instagan.config import Direction
from instavid.classifiers.published import find_published
from instavid.errors import UsageError
from instavid.metrics.pair_figures import FIGURES


@dataclass(frozen=True)
class PairSettings:
    """What to measure, and by whom; see the help of the command."""

    pair: str
    data: str
    judge: str | None = None
    classifier: str | None = None
    inception: str | None = None
    direction: Direction = "AtoB"
    split: str = "test"
    hold_out: float | None = None
    imgsz: int | None = None
    limit: int | None = None
    crops: bool = False
    device: str = "auto"
    batch: int = 8
    feather: int = 4
    sharpen: float | None = None
    sheet: str | None = None
    plots: str | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.judge is None and self.classifier is None:
            raise UsageError("nobody to ask: give --judge, --classifier, or both")

    def inception_weights(self) -> Path | None:
        """Return the file that KID takes Inception's weights from; None: no KID.

        Raises:
            ModelError: The file that was asked for is not there.
        """
        return find_published("inception_v3", self.inception)

    def refuse_unmeasured(self, figures: Iterable[str]) -> None:
        """Raise UsageError if one of the figures will not be measured with these settings."""
        given = {
            "": True,
            "--judge": self.judge is not None,
            "--classifier": self.classifier is not None,
            "--inception": self.inception_weights() is not None,
        }
        for name in figures:
            if not given[FIGURES[name]]:
                raise UsageError(f"{name} is not measured without {FIGURES[name]}")
