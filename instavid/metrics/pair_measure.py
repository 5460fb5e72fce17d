"""Scores a translator on known pictures by what a panel of networks makes of the results."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from instavid.metrics.judging import Verdict
from instavid.metrics.pair_scenes import Scene, transfigure_stills
from instavid.metrics.pair_tally import ObjectPair, PairTally, Silhouette
from instavid.metrics.panel import Impression, Panel
from instavid.metrics.stills import Still
from instavid.painting import Casting

T = TypeVar("T")


@dataclass(frozen=True)
class PairMeter:
    """Measures; holds at most `batch` pictures at a time."""

    casting: Casting
    panel: Panel
    working_size: tuple[int, int] | None = None
    """(height, width) that the casting's translator brings crops to, px, if any."""
    as_crops: bool = False
    """Pictures are translated as a whole, not cut by the casting's margins."""
    feather: int = 4
    batch: int = 8
    on_scene: Callable[[Scene, list[Verdict]], None] = lambda scene, verdicts: None
    """Told what was made of the objects of each scene; nothing if nobody was asked."""
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
        new_masks = [scene.new_masks for scene in scenes]
        on_copies = self._look(stills)
        on_results = self.panel.look([scene.composite.frame for scene in scenes], new_masks)
        for scene, masks, on_copy, on_result in zip(
            scenes, new_masks, on_copies, on_results, strict=True
        ):
            tally.pictures += 1
            tally.samples_changed_outside += scene.samples_changed_outside
            tally.context.add(scene, working_size=self.working_size)
            tally.translated.add(on_result)
            tally.copied.add(on_copy)
            verdicts = list(on_result.detected or on_result.classified)
            given: list[Verdict | None] = [*verdicts] or [None] * len(masks)
            tally.objects += [
                ObjectPair(Silhouette.of(old), Silhouette.of(new), verdict)
                for old, new, verdict in zip(scene.still.masks, masks, given, strict=True)
            ]
            self.on_scene(scene, verdicts)
            self.on_picture()

    def _add_targets(self, tally: PairTally, stills: list[Still]) -> None:
        for still, on_real in zip(stills, self._look(stills), strict=True):
            tally.real.add(on_real)
            tally.real_ratios += [Silhouette.of(mask).height_over_width for mask in still.masks]
            self.on_picture()

    def _look(self, stills: list[Still]) -> list[Impression]:
        return self.panel.look([still.frame for still in stills], [still.masks for still in stills])


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
