"""Scores a translator on known pictures by what a judge calls the results."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from instavid.interfaces import Segmenter
from instavid.metrics.judging import Question, Verdict, VerdictCount, judge
from instavid.metrics.pair_report import Shapes
from instavid.metrics.pair_scenes import Scene, transfigure_stills
from instavid.metrics.rates import Quartiles
from instavid.metrics.stills import Still
from instavid.painting import Casting
from instavid.types import Mask

T = TypeVar("T")


@dataclass
class PairTally:
    """What is added up, picture by picture; numbers only."""

    pictures: int = 0
    translated: VerdictCount = field(default_factory=VerdictCount)
    copied: VerdictCount = field(default_factory=VerdictCount)
    real: VerdictCount = field(default_factory=VerdictCount)
    collapsed: int = 0
    samples_changed_outside: int = 0
    new_ratios: list[float] = field(default_factory=list)
    source_ratios: list[float] = field(default_factory=list)
    target_ratios: list[float] = field(default_factory=list)
    area_ratios: list[float] = field(default_factory=list)

    def add_scene(self, scene: Scene, new_masks: list[Mask]) -> None:
        """Note what needs no judge."""
        self.pictures += 1
        self.samples_changed_outside += scene.samples_changed_outside
        self.collapsed += sum(not mask.area for mask in new_masks)
        self.new_ratios += [_height_over_width(mask) for mask in new_masks if mask.area]
        self.source_ratios += [_height_over_width(mask) for mask in scene.still.masks]
        self.area_ratios += [
            new.area / old.area for old, new in zip(scene.still.masks, new_masks, strict=True)
        ]

    def shapes(self) -> Shapes:
        """Return the spreads of what was noted of the silhouettes."""
        return Shapes(
            new=Quartiles.of(self.new_ratios),
            source=Quartiles.of(self.source_ratios),
            target=Quartiles.of(self.target_ratios),
            area=Quartiles.of(self.area_ratios),
        )


@dataclass(frozen=True)
class PairMeter:
    """Measures; holds at most `batch` pictures at a time."""

    casting: Casting
    judge: Segmenter
    """Reports every class, from a confidence of 0.25 or less on."""
    question: Question
    as_crops: bool = False
    """Pictures are translated as a whole, not cut by the casting's margins."""
    feather: int = 4
    batch: int = 8
    on_scene: Callable[[Scene, list[Verdict]], None] = lambda scene, verdicts: None
    on_picture: Callable[[], None] = lambda: None

    def measure(self, sources: Iterable[Still], targets: Iterable[Still]) -> PairTally:
        """Score the translations of all sources, the sources themselves and real targets.

        Args:
            sources: Pictures of what the translator changes.
            targets: Pictures of what it changes it into.
        """
        tally = PairTally()
        for stills in _chunks(sources, self.batch):
            self._add_sources(tally, stills)
        for stills in _chunks(targets, self.batch):
            self._add_targets(tally, stills)
        return tally

    def _add_sources(self, tally: PairTally, stills: list[Still]) -> None:
        scenes = transfigure_stills(
            stills, self.casting, as_crops=self.as_crops, feather=self.feather
        )
        on_copies = self.judge.segment([still.frame for still in stills])
        on_results = self.judge.segment([scene.composite.frame for scene in scenes])
        for scene, on_copy, on_result in zip(scenes, on_copies, on_results, strict=True):
            new_masks = scene.new_masks
            verdicts = judge(on_result, new_masks, self.question)
            tally.add_scene(scene, new_masks)
            tally.translated.add(verdicts)
            tally.copied.add(judge(on_copy, scene.still.masks, self.question))
            self.on_scene(scene, verdicts)
            self.on_picture()

    def _add_targets(self, tally: PairTally, stills: list[Still]) -> None:
        found = self.judge.segment([still.frame for still in stills])
        for still, on_real in zip(stills, found, strict=True):
            tally.real.add(judge(on_real, still.masks, self.question))
            tally.target_ratios += [_height_over_width(mask) for mask in still.masks]
            self.on_picture()


def _height_over_width(mask: Mask) -> float:
    return mask.window.height / mask.window.width


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
