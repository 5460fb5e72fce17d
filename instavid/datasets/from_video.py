"""Clips to a domain of a data set: objects are followed, and the best views of each are kept."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from instagan.data.layout import DomainLetter
from instavid.datasets.clip_reading import ClipViews, read_clip
from instavid.datasets.drafts import Drafts, drafting, files_of_clips
from instavid.datasets.files import OnPicture, remove_files
from instavid.datasets.harvest import Harvest
from instavid.datasets.sharing_out import share_scenes
from instavid.datasets.view_choice import without_doubles
from instavid.datasets.view_rules import ViewRules
from instavid.errors import InputError, OutputExistsError, RunStopped, UsageError
from instavid.interfaces import Segmenter
from instavid.sources.file import FileSource


@dataclass(frozen=True)
class ClipSet:
    """Clips, and the domain that they become."""

    clips: tuple[str, ...]
    """Anything that `instavid.sources.file.FileSource` opens."""
    root: Path
    """Folder of the data set."""
    domain: DomainLetter
    rules: ViewRules = field(default_factory=ViewRules)
    test_share: float = 0.1
    """Of the pictures, that should be set apart for tests, scene by scene; 0 for none."""


def take_clips(
    asked: ClipSet,
    segmenter: Segmenter,
    *,
    overwrite: bool = False,
    on_frame: OnPicture = lambda done, total: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Harvest:
    """Follow the objects of clips and write the best views of each, with their masks.

    Pictures wait in a hidden folder of the data set until all clips are read: only then it is known
    which are kept, and which scenes are the same. Until then the data set is not touched.

    Args:
        asked: What to take, and where to.
        segmenter: Reports the classes to take alone, best from `FLOOR_CONFIDENCE` on.
        overwrite: Replace what there is of clips of the same names, in train and test.
        on_frame: Told of progress, with the number of frames that the headers promise.
        should_stop: Asked at every frame; what was found until then is still written.

    Raises:
        InputError: A clip cannot be read, or no view can be used.
        UsageError: Two clips have the same name.
        OutputExistsError: There are pictures of a clip of that name.
        OutputError: A file cannot be written.
        RunStopped: `should_stop` said so, and pictures would have been replaced by fewer.
    """
    clips = name_clips(asked.clips)
    earlier = files_of_clips(asked.root, asked.domain, clips)
    if earlier and not overwrite:
        raise OutputExistsError(f"{earlier[0]} exists: add -y to replace all of its clip.")
    total, steps = sum(map(_expected_frames, clips.values())), count(1)

    def step() -> None:
        done = next(steps)
        on_frame(done, max(done, total))

    with drafting(asked.root, asked.domain) as drafts:
        read = partial(
            read_clip,
            segmenter=segmenter,
            rules=asked.rules,
            drafts=drafts,
            on_frame=step,
            should_stop=should_stop,
        )
        found = _read_all(clips, read, should_stop)
        return _conclude(asked, found, drafts, earlier, is_stopped=should_stop())


def _read_all(
    clips: Mapping[str, str],
    read: Callable[[FileSource, str], ClipViews],
    should_stop: Callable[[], bool],
) -> list[ClipViews]:
    found: list[ClipViews] = []
    for name, clip in clips.items():
        with FileSource(clip) as source:
            found.append(read(source, name))
        if should_stop():
            break
    return found


def name_clips(clips: Sequence[str]) -> dict[str, str]:
    """Return the clips by the names that their pictures begin with.

    Raises:
        UsageError: Two would have the same name.

    >>> name_clips(["a/field.mp4", "lavfi:testsrc=d=1"])
    {'field': 'a/field.mp4', 'lavfi-testsrc-d-1': 'lavfi:testsrc=d=1'}
    """
    named: dict[str, str] = {}
    for clip in clips:
        is_url = re.match(r"\w+:", clip) and not Path(clip).exists()
        name = re.sub(r"[^\w.-]+", "-", clip if is_url else Path(clip).stem)
        if name in named:
            raise UsageError(f"{named[name]} and {clip} would share names; rename one, or copy it")
        named[name] = clip
    return named


def _expected_frames(clip: str) -> int:
    """Open a clip, so that one that cannot be read is told before others take their time."""
    with FileSource(clip) as source:
        return source.info.expected_frames or 0


def _conclude(
    asked: ClipSet,
    found: Sequence[ClipViews],
    drafts: Drafts,
    earlier: Sequence[Path],
    *,
    is_stopped: bool,
) -> Harvest:
    """Choose among the views of all clips, and move those that are kept to their places."""
    if is_stopped and earlier:
        raise RunStopped("stopped; what there was of these clips is kept")
    kept, doubles = without_doubles(
        [view for read in found for view in read.views], bits=asked.rules.alike_bits
    )
    for read in found:
        read.count_losses([loss for loss in doubles if loss[0].clip == read.name])
    scenes = [scene for read in found for scene in read.scenes]
    sharing = share_scenes(kept, scenes, share=asked.test_share, domain=asked.domain)
    counts = tuple(read.count for read in found)
    harvest = Harvest(
        asked.root, asked.domain, counts, sharing.scenes, is_stopped, sharing.warnings
    )
    if not kept and not is_stopped:
        raise InputError(_nothing(harvest))
    # A view of an earlier run would be like a new one.
    remove_files(earlier)
    splits = sharing.splits()
    for view in kept:
        drafts.place(view, splits[view.scene_name])
    return harvest


def _nothing(harvest: Harvest) -> str:
    clips = f"{len(harvest.clips)} clip{'s' * (len(harvest.clips) != 1)}"
    if not harvest.seen:
        return f"No such object in {clips}; give another --class, or a lower --conf."
    why = ", ".join(f"{count} {reason}" for reason, count in harvest.left_out.most_common())
    return (
        f"None of {harvest.seen} views in {clips} can be kept: {why}; "
        "see --min-size, --conf and --max-blur, or take other clips."
    )
