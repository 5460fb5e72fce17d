"""What a run did, counted frame by frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from instavid.types import TrackedInstance


@dataclass(frozen=True)
class PipelineReport:
    """Counts over a run."""

    frames: int = 0
    frames_changed: int = 0
    instances: int = 0
    """Instances changed, summed over frames."""
    carried: int = 0
    """Of these, those whose mask was carried over frames in which the segmenter missed them."""
    tracks: int = 0
    """Different tracks changed."""
    cuts: int = 0
    """Frames that began a new scene, the first one not counted."""
    resumed: int = 0
    """Frames of these that an earlier run had made, which this one went on from."""
    is_stopped: bool = False
    """Whether the run was stopped before the last frame."""
    changed_area: float = 0.0
    """Mean share of the picture that was touched, 0 to 1."""
    seconds: float = 0.0
    stage_seconds: dict[str, float] = field(default_factory=dict)
    """Time that each stage worked, without waiting for others; stages overlap."""

    @property
    def slowest_stage(self) -> str:
        """Return the stage that worked longest, which bounds the speed; empty if none did."""
        return slowest(self.stage_seconds)


def slowest(stage_seconds: Mapping[str, float]) -> str:
    """Return the stage that worked longest; empty if none did."""
    return max(stage_seconds, key=lambda name: stage_seconds[name], default="")


_COUNTED = ("frames", "frames_changed", "instances", "carried", "cuts")


@dataclass
class Tally:
    """Adds frames up; the only mutable part, owned by the loop that counts."""

    report: PipelineReport = field(default_factory=PipelineReport)
    changed_area_sum: float = 0.0
    tracks: set[int] = field(default_factory=set)

    def to_json(self) -> dict[str, Any]:
        """Return the counts so far, for a run that goes on from here; JSON keeps floats exactly."""
        counts = {name: getattr(self.report, name) for name in _COUNTED}
        return {
            "counts": counts,
            "changed_area_sum": self.changed_area_sum,
            "tracks": sorted(self.tracks),
        }

    @classmethod
    def from_json(cls, counted: Mapping[str, Any]) -> Self:
        """Go on counting from what `to_json` returned."""
        counts = counted["counts"]
        report = PipelineReport(**counts, resumed=counts["frames"])
        return cls(report, counted["changed_area_sum"], set(counted["tracks"]))

    def add(
        self, changed: Sequence[TrackedInstance], *, changed_share: float, is_cut: bool
    ) -> None:
        """Count one frame."""
        before = self.report
        self.changed_area_sum += changed_share
        self.tracks.update(instance.track_id for instance in changed)
        self.report = replace(
            before,
            frames=before.frames + 1,
            frames_changed=before.frames_changed + bool(changed),
            instances=before.instances + len(changed),
            carried=before.carried + sum(instance.carried for instance in changed),
            cuts=before.cuts + (is_cut and before.frames > 0),
        )

    def finish(
        self, *, is_stopped: bool, seconds: float, stage_seconds: dict[str, float]
    ) -> PipelineReport:
        """Return the counts with everything filled in."""
        return replace(
            self.report,
            tracks=len(self.tracks),
            changed_area=self.changed_area_sum / max(1, self.report.frames),
            is_stopped=is_stopped,
            seconds=seconds,
            stage_seconds=stage_seconds,
        )
