"""What `instavid eval segmenter` says."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from instavid.metrics.meadow_segmenter import FacingCounts, SceneCounts
from instavid.metrics.rates import Rate
from instavid.metrics.resampling import Estimate, ratio_over_groups
from instavid.metrics.segmentation import FOUND_IOU, SegmentationCounts


@dataclass(frozen=True)
class SegmenterReport:
    """Figures over all scenes, with 95 % intervals: over scenes, but Wilson's for switches.

    Switches are few: scenes without any would seem to be sure of themselves.
    """

    scenes: tuple[SceneCounts, ...]
    total: SegmentationCounts
    mean_iou: Estimate
    recall: Estimate
    false_per_frame: Estimate
    tracked: int
    crossings: int
    switches: int
    switches_per_1000: Estimate | None
    """Per 1,000 of `tracked`; None where nothing was."""
    facing: FacingCounts
    """Whether it was known which way tracked instances face."""

    def to_json(self) -> dict[str, Any]:
        """Return all of it for `json.dumps`; `schema` counts incompatible changes."""
        return {"schema": 1, **asdict(self)}

    def table(self) -> str:
        """Return the figures for people to read."""
        total = self.total
        rows = [
            ("mean mask IoU", self.mean_iou, f"{total.objects} instances, missed ones as 0"),
            ("recall", self.recall, f"at IoU {FOUND_IOU}"),
            ("false per frame", self.false_per_frame, f"{total.frames} frames"),
            (
                "switches per 1000",
                self.switches_per_1000,
                f"{self.switches} in {self.tracked} track-frames, {self.crossings} crossings",
            ),
        ]
        facing = self.facing
        told = [
            f"{outcome} {count / max(1, self.tracked):.1%}"
            for outcome, count in vars(facing).items()
        ]
        head = f"{len(self.scenes)} scenes, 95 % intervals"
        return "\n".join(
            [
                head,
                *(f"{name:18} {value or 'none'}  {note}" for name, value, note in rows),
                f"{'facing':18} {', '.join(told)}  of {self.tracked} track-frames",
            ]
        )


def report_on(scenes: Sequence[SceneCounts]) -> SegmenterReport:
    """Sum up what was counted in scenes.

    Raises:
        ValueError: There is no scene, nothing to find in them, or no track.
    """
    counts = [scene.segmentation for scene in scenes]
    objects, frames = [count.objects for count in counts], [count.frames for count in counts]
    tracked = sum(scene.tracked for scene in scenes)
    switches = sum(scene.switches for scene in scenes)
    return SegmenterReport(
        scenes=tuple(scenes),
        total=sum(counts, SegmentationCounts()),
        mean_iou=_over([count.iou_sum for count in counts], objects),
        recall=_over([count.found for count in counts], objects),
        false_per_frame=_over([count.false for count in counts], frames),
        tracked=tracked,
        crossings=sum(scene.crossings for scene in scenes),
        switches=switches,
        switches_per_1000=_per_1000(Rate(switches, tracked)) if tracked else None,
        facing=sum((scene.facing for scene in scenes), FacingCounts()),
    )


def _over(numerators: Sequence[float], denominators: Sequence[int]) -> Estimate:
    return ratio_over_groups(numerators, denominators, seed=0)


def _per_1000(rate: Rate) -> Estimate:
    low, high = rate.interval
    return Estimate(1000 * rate.share, 1000 * low, 1000 * high)
