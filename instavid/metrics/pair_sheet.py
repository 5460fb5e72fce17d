"""The contact sheet of a pair: the first pictures by name, failures included, none picked."""

from dataclasses import dataclass, field

import numpy as np

from instavid.metrics.judging import Verdict
from instavid.metrics.pair_scenes import Scene
from instavid.metrics.sheets import GREEN, RED, captioned, fitted, framed, grid
from instavid.types import ByteArray

PICTURES, COLUMNS, TILE = 32, 4, 144


@dataclass
class PairSheet:
    """Collects small tiles of the first 32 pictures that hold an object."""

    tiles: list[ByteArray] = field(default_factory=list)

    def add(self, scene: Scene, verdicts: list[Verdict]) -> None:
        """Keep the first crop of a picture, unless there are enough.

        Args:
            scene: The picture.
            verdicts: Of all its objects, see `PairMeter.on_scene`; those of the crop settle the
                colour of its frame, green when all of them were taken for the target.
        """
        if len(self.tiles) >= PICTURES or not scene.painted:
            return
        plan = scene.painted[0].plan
        mine = [verdicts[member.track_id - 1] for member in plan.members]
        hits = mine.count("target")
        both = [
            fitted(frame.rgb(plan.window), height=TILE, width=TILE)
            for frame in (scene.still.frame, scene.composite.frame)
        ]
        colour = GREEN if hits == len(mine) else RED
        tile = framed(np.hstack(both), colour)
        self.tiles.append(captioned(tile, f"{hits}/{len(mine)} {scene.still.name}"))

    def sheet(self) -> ByteArray:
        """Return the sheet, (H, W, 3) uint8: source and result of each picture side by side."""
        return grid(self.tiles, columns=COLUMNS)
