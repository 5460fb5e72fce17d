"""Judges a segmenter, and the identities that it leads to, on rendered scenes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import tee

from instavid.defaults import FORESIGHT_SECONDS
from instavid.errors import UsageError
from instavid.following import Listening, usual_follower
from instavid.interfaces import Segmenter
from instavid.meadow.render import Rendered
from instavid.meadow.sampling import sample_scene
from instavid.meadow.source import MeadowSource
from instavid.meadow.world import KINDS, Kind
from instavid.metrics.identity import Sighting, count_crossings, count_switches, tracks_of
from instavid.metrics.segmentation import SegmentationCounts, compare_frame
from instavid.types import Instances, Mask, TrackedFrame

_HERDS: tuple[tuple[Kind, ...], ...] = (("sheep",), ("giraffe",), KINDS)
_FORESIGHT = round(FORESIGHT_SECONDS * 25)
_SLIVER = 0.0005
"""Share of the frame, 115 px of 640x360; who shows less need not be found, nor keep a track."""


@dataclass(frozen=True)
class JudgedScenes:
    """What scenes to judge on: 3 to 6 sheep, giraffes or both, by the remainder of seed by 3."""

    seeds: Sequence[int]
    frames: int = 200
    """Per scene, at 25 per second."""
    height: int = 360
    """Px."""
    width: int = 640
    """Px."""

    def __post_init__(self) -> None:
        if not self.seeds or min(*self.seeds, 0) < 0:
            raise UsageError(f"need seeds from 0 on, got {list(self.seeds)}")
        self.source(self.seeds[0])

    def source(self, seed: int) -> MeadowSource:
        """Return one of the scenes, to be read frame by frame."""
        kinds = _HERDS[seed % len(_HERDS)]
        scene = sample_scene(seed, kinds=kinds, aspect=self.width / self.height)
        return MeadowSource(scene, self.frames, self.height, self.width)


@dataclass(frozen=True)
class FacingCounts:
    """Of how many tracked instances it was known which way they face, summed over frames."""

    right: int = 0
    wrong: int = 0
    unknown: int = 0

    def __add__(self, other: "FacingCounts") -> "FacingCounts":
        return FacingCounts(
            self.right + other.right, self.wrong + other.wrong, self.unknown + other.unknown
        )


@dataclass(frozen=True)
class SceneCounts:
    """What was counted in one scene."""

    seed: int
    segmentation: SegmentationCounts
    tracked: int
    """True instances that a track covers, summed over frames."""
    switches: int
    crossings: int
    facing: FacingCounts


def judge_scene(segmenter: Segmenter, source: MeadowSource, *, conf: float) -> SceneCounts:
    """Segment and follow one scene, and count.

    Args:
        segmenter: Best reports weak detections too, as for `SegmentThenTrack`.
        source: Gives frames and truth.
        conf: Confidence from which a detection counts, and a track begins, 0 to 1.
    """
    listening = Listening(segmenter)
    follower = usual_follower(listening, conf=conf, batch=1, foresight=_FORESIGHT)
    truly = {animal.identity: animal.facing for animal in source.scene.animals}
    ahead, beside = tee(source.with_truth())
    counts, facing, clip = SegmentationCounts(), FacingCounts(), list[Sighting]()
    for tracked, (_, rendered) in zip(
        follower.follow(frame for frame, _ in ahead), beside, strict=True
    ):
        counts += _compare(rendered, _sure(listening.heard.popleft(), conf))
        clip.append(_sighting(rendered, tracked))
        facing += _facings(clip[-1], tracked, truly)
    return SceneCounts(
        seed=source.scene.seed,
        segmentation=counts,
        tracked=sum(len(sighting.track_ids) for sighting in clip),
        switches=count_switches(clip, width=source.width),
        crossings=count_crossings(clip, width=source.width),
        facing=facing,
    )


def _compare(rendered: Rendered, found: Instances) -> SegmentationCounts:
    large = [index for index, mask in enumerate(rendered.masks) if not _is_sliver(mask, rendered)]
    slivers = [mask for mask in rendered.masks if _is_sliver(mask, rendered)]
    return compare_frame(rendered.instances().only(large), found, unjudged=slivers)


def _is_sliver(mask: Mask, rendered: Rendered) -> bool:
    return mask.area < _SLIVER * rendered.elements.size


def _sure(found: Instances, conf: float) -> Instances:
    return found.only([index for index, score in enumerate(found.scores) if score >= conf])


def _facings(sighting: Sighting, tracked: TrackedFrame, truly: Mapping[int, int]) -> FacingCounts:
    """Compare which way tracked instances are said to face with which way the animals do."""
    said = {instance.track_id: instance.facing for instance in tracked.instances}
    products = [said[track] * truly[who] for who, track in sighting.track_ids.items()]
    return FacingCounts(*(products.count(outcome) for outcome in (1, -1, 0)))


def _sighting(rendered: Rendered, tracked: TrackedFrame) -> Sighting:
    truth = dict(zip(rendered.identities, rendered.masks, strict=True))
    large = {who: mask for who, mask in truth.items() if not _is_sliver(mask, rendered)}
    tracks = {instance.track_id: instance.mask for instance in tracked.instances}
    return Sighting(
        {identity: mask.window for identity, mask in truth.items()}, tracks_of(large, tracks)
    )
