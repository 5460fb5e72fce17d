"""What `instavid data from-video` kept of clips and why not the rest, for people and programs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from instagan.data.layout import DomainLetter
from instavid.datasets.view_rules import Reason

EXPLAINED: dict[Reason, str] = {
    "guessed": "not found in this frame, only carried over from others",
    "small": "lower than --min-size",
    "unsure": "found with less confidence than --conf",
    "cut off": "reaches beyond the edge of the frame",
    "hidden": "behind another, or not to be told from it",
    "doubtful": "the segmenter is not sure whether it is one",
    "blurred": "more than --max-blur",
    "alike": "differs from a better one in no more than --alike",
    "surplus": "more than --per-track, and most like another of its object",
}
"""In the order in which they are looked for: a view counts for the first."""


@dataclass
class ClipCount:
    """What was seen in a clip; added to while it is read."""

    clip: str
    """As it was given."""
    frames: int = 0
    scenes: int = 0
    seen: int = 0
    """Views: times that an object was in a frame."""
    tracks: set[int] = field(default_factory=set)
    left_out: Counter[Reason] = field(default_factory=Counter)
    is_complete: bool = True
    """False when some of it could not be decoded."""

    @property
    def kept(self) -> int:
        """Return the number of views that were kept."""
        return self.seen - self.left_out.total()

    def to_json(self) -> dict[str, Any]:
        """Return the counts."""
        return {
            "clip": self.clip,
            "complete": self.is_complete,
            "frames": self.frames,
            "scenes": self.scenes,
            "tracks": len(self.tracks),
            "views": self.seen,
            "kept": self.kept,
            "left_out": _all_reasons(self.left_out),
        }

    def line(self) -> str:
        """Return the counts in words."""
        return (
            f"{self.clip}: frames {self.frames}, scenes {self.scenes}, objects {len(self.tracks)}, "
            f"views {self.seen}, kept {self.kept}"
        )


@dataclass(frozen=True)
class SceneShare:
    """Where the pictures of a scene went."""

    name: str
    same_as: str
    """The first scene that shows the same, often itself."""
    split: str
    pictures: int


@dataclass(frozen=True)
class Harvest:
    """All that is to say of a domain made of clips."""

    root: Path
    domain: DomainLetter
    clips: tuple[ClipCount, ...]
    scenes: tuple[SceneShare, ...]
    """Those of which there is a picture."""
    is_stopped: bool = False
    """Whether reading was stopped before the end."""
    warnings: tuple[str, ...] = ()

    @property
    def left_out(self) -> Counter[Reason]:
        """Return how many views of all clips were left out for which reason."""
        return sum((count.left_out for count in self.clips), Counter[Reason]())

    @property
    def kept(self) -> int:
        """Return how many views of all clips were kept, each a mask."""
        return sum(count.kept for count in self.clips)

    @property
    def seen(self) -> int:
        """Return how many views there were."""
        return sum(count.seen for count in self.clips)

    @property
    def is_complete(self) -> bool:
        """Return whether all clips could be decoded to their ends."""
        return all(count.is_complete for count in self.clips)

    def pictures(self, split: str) -> int:
        """Return how many pictures went to train or test."""
        return sum(scene.pictures for scene in self.scenes if scene.split == split)

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON object; `schema` counts incompatible changes."""
        return {
            "schema": 1,
            "data": str(self.root),
            "domain": self.domain,
            "stopped": self.is_stopped,
            "views": self.seen,
            "kept": self.kept,
            "left_out": _all_reasons(self.left_out),
            "pictures": {"train": self.pictures("train"), "test": self.pictures("test")},
            "clips": [count.to_json() for count in self.clips],
            "scenes": [vars(scene) for scene in self.scenes],
            "warnings": list(self.warnings),
        }

    def table(self) -> str:
        """Return what a person wants to see: each clip, then a line for each reason."""
        rows = [(reason, self.left_out[reason], why) for reason, why in EXPLAINED.items()]
        train, test = self.pictures("train"), self.pictures("test")
        kept = f"in {train} pictures of train{self.domain} and {test} of test{self.domain}"
        lines = [count.line() for count in self.clips]
        lines += [f"{name:9}{count:7}  {why}" for name, count, why in rows if count]
        return "\n".join([*lines, f"{'kept':9}{self.kept:7}  {kept}"])


def _all_reasons(counts: Mapping[Reason, int]) -> dict[str, int]:
    return {reason: counts.get(reason, 0) for reason in EXPLAINED}
