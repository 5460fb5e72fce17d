"""What `instavid bench` is asked for."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class BenchSettings:
    """The options of `instavid bench`; see its help."""

    against: str | None = None
    only: Literal["generator", "stages", "step"] | None = None
    size: tuple[int, int] = (200, 200)
    """(height, width) of what the networks see, px."""
    masks: tuple[int, ...] = (1, 2, 4)
    width: int = 64
    blocks: int = 9
    batch: int | None = None
    rounds: int = 15
    device: str = "auto"
    threads: int | None = None
    clip: str | None = None
    frames: int = 48
    seg_model: str | None = None
    imgsz: int | None = None
