"""Reads one clip and drafts the views that are worth it; memory does not grow with its length."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from instavid.core.thumbnails import thumbnail
from instavid.datasets.drafts import Drafts
from instavid.datasets.harvest import ClipCount
from instavid.datasets.scenes import Scene, SceneWatch
from instavid.datasets.view_choice import Choice, Loss
from instavid.datasets.view_rules import ViewRules, judge
from instavid.datasets.views import View, cut_view, fingerprint_of, group_views, scene_name
from instavid.defaults import CONFIDENCE
from instavid.following import Listening, usual_follower
from instavid.interfaces import Segmenter
from instavid.sources.file import FileSource
from instavid.types import Instances, TrackedFrame, TrackedInstance


@dataclass
class ClipViews:
    """What a clip gave; added to while it is read. Pixels are in the drafts."""

    name: str
    """Of the clip, which names of pictures begin with."""
    count: ClipCount
    views: list[View] = field(default_factory=list)
    """Of scenes that have ended."""
    scenes: list[Scene] = field(default_factory=list)

    def count_losses(self, losses: Sequence[Loss]) -> None:
        """Count views that are not kept after all."""
        for view, reason in losses:
            self.count.left_out[reason] += view.objects


def read_clip(
    source: FileSource,
    name: str,
    *,
    segmenter: Segmenter,
    rules: ViewRules,
    drafts: Drafts,
    on_frame: Callable[[], None],
    should_stop: Callable[[], bool],
) -> ClipViews:
    """Follow the objects of a clip and draft the best views of each.

    Args:
        source: Entered by the caller.
        name: What names of pictures begin with.
        segmenter: Reports the classes to take alone, and weak detections too.
        rules: What is kept.
        drafts: Where pictures wait.
        on_frame: Called at every frame, before anything is drafted of it.
        should_stop: Asked at every frame.
    """
    listening = Listening(segmenter)
    follower = usual_follower(listening, conf=min(rules.conf, CONFIDENCE))
    read = ClipViews(name, ClipCount(source.info.name))
    reading = _SceneReading(read, rules, drafts)
    for tracked in follower.follow(source):
        if tracked.is_cut:
            reading.end()
            reading = _SceneReading(read, rules, drafts)
        on_frame()
        reading.see(tracked, listening.heard.popleft())
        if should_stop():
            break
    else:
        read.count.is_complete = source.report().is_complete
    reading.end()
    return read


class _SceneReading:
    """The best views of each object so far, from one cut to the next."""

    def __init__(self, read: ClipViews, rules: ViewRules, drafts: Drafts) -> None:
        self._read, self._rules, self._drafts = read, rules, drafts
        self._number = read.count.scenes + 1
        self._watch = SceneWatch(scene_name(read.name, self._number))
        self._choices: dict[int, Choice] = {}

    def see(self, tracked: TrackedFrame, found: Instances) -> None:
        """Take one more frame, with all that the segmenter found in it."""
        count = self._read.count
        count.scenes = self._number
        count.frames += 1
        self._watch.see(thumbnail(tracked.frame))
        verdicts = judge(tracked.instances, found, tracked.frame, self._rules)
        count.seen += len(verdicts)
        count.tracks.update(instance.track_id for instance in tracked.instances)
        count.left_out.update(verdict.fault for verdict in verdicts if verdict.fault)
        judged = list(zip(tracked.instances, verdicts, strict=True))
        qualities = {instance.track_id: verdict.quality for instance, verdict in judged}
        for members in group_views([one for one, verdict in judged if not verdict.fault]):
            quality = min(qualities[member.track_id] for member in members)
            self._offer(tracked, members, quality)

    def end(self) -> None:
        """Hand over what was kept."""
        for choice in self._choices.values():
            self._read.views.extend(choice.views)
        if self._read.count.scenes == self._number:
            self._read.scenes.append(self._watch.scene())

    def _offer(
        self, tracked: TrackedFrame, members: Sequence[TrackedInstance], quality: float
    ) -> None:
        view = View(
            self._read.name,
            self._number,
            tracked.frame.index,
            members[0].track_id,
            objects=len(members),
            fingerprint=fingerprint_of(tracked.frame, members),
            quality=quality,
        )
        before = self._choices.get(view.track, Choice())
        choice, losses = before.offered(
            view, most=self._rules.per_track, bits=self._rules.alike_bits
        )
        self._choices[view.track] = choice
        self._read.count_losses(losses)
        for lost, _ in losses:
            if lost != view:
                self._drafts.drop(lost)
        if view in choice.views:
            self._drafts.write(view, *cut_view(tracked.frame, members))
