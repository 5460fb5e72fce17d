"""Which pictures of a domain are trained on and which are set apart, scene by scene."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from instagan.data.layout import DomainLetter
from instavid.datasets.harvest import SceneShare
from instavid.datasets.scenes import Scene, choose_test, unite_scenes
from instavid.datasets.splitting import FEW_SCENES, few_scenes
from instavid.datasets.views import View


@dataclass(frozen=True)
class Sharing:
    """Where each scene goes."""

    scenes: tuple[SceneShare, ...]
    """Those of which there is a picture, in order."""
    warnings: tuple[str, ...]

    def splits(self) -> dict[str, str]:
        """Return the split of each scene, by name."""
        return {scene.name: scene.split for scene in self.scenes}


def share_scenes(
    views: Sequence[View], scenes: Sequence[Scene], *, share: float, domain: DomainLetter
) -> Sharing:
    """Set scenes apart for tests; scenes that show the same stay together.

    Args:
        views: Those that are kept.
        scenes: All scenes that they are from, in order.
        share: Of the pictures that should be in test, 0 to 1; 0 for no test.
        domain: For the warnings.
    """
    sizes = Counter(view.scene_name for view in views)
    there = [scene for scene in scenes if sizes[scene.name]]
    first = unite_scenes(there)
    united: Counter[str] = Counter()
    for name, size in sizes.items():
        united[first[name]] += size
    test = choose_test(united, share)
    shares = tuple(
        SceneShare(
            scene.name,
            same_as=first[scene.name],
            split="test" if first[scene.name] in test else "train",
            pictures=sizes[scene.name],
        )
        for scene in there
    )
    return Sharing(shares, tuple(_warnings(united, test, share=share, domain=domain)))


def _warnings(
    sizes: Mapping[str, int], test: frozenset[str], *, share: float, domain: DomainLetter
) -> Iterator[str]:
    """Yield what makes the split less honest than it looks."""
    if not share or not sizes:
        return
    if test:
        if len(test) < FEW_SCENES:
            yield few_scenes(len(test), len(sizes), domain=domain)
        return
    if len(sizes) == 1:
        yield f"the only scene of domain {domain} is all in train; give clips of more scenes"
        return
    part = min(sizes.values()) / sum(sizes.values())
    yield (
        f"{len(sizes)} scenes of domain {domain} are too few for a test share of {share:g}, all "
        f"are in train; give clips of more scenes, or --test-share {part:.2f} for the smallest"
    )
