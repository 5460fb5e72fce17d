"""How long each stage takes, one after another, on the same frames."""

import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from instavid.core.composite import Composite, Painted, composite
from instavid.core.crops import CropPlan, cut_crop
from instavid.followers.segment_track import SegmentThenTrack
from instavid.interfaces import Segmenter, Translator
from instavid.metrics.clips import Clip, KnownInstances, scripted_instances
from instavid.metrics.stage_times import StageClock, StageTimes
from instavid.painting import Casting, paint, plan_frame
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource
from instavid.trackers.bytetrack import ByteTracker
from instavid.types import Frame, Instances, TrackedFrame

_FEATHER = 4


def time_stages(
    clip: Clip,
    translator: Translator,
    segmenter: Segmenter | None,
    *,
    clock: StageClock,
    folder: Path,
    aspect: float = 1.0,
    batch: int = 8,
) -> StageTimes:
    """Time every stage on the frames of a clip.

    Args:
        clip: The frames.
        translator: Paints the crops.
        segmenter: Finds objects; None leaves its row out and scripts what is found. So does one
            that finds nothing, since the later stages want work.
        clock: Takes the times.
        folder: Where to encode to.
        aspect: Width over height of the translator's working size.
        batch: Frames that are segmented, and whose crops are translated, together.
    """
    frames = clip.frames
    clock.time("decode", len(frames), lambda: _decode(clip))
    found: list[Instances] = []
    if segmenter is not None:
        found = clock.time("segment", len(frames), lambda: segmenter.segment(frames))
    scripted = not any(len(instances) for instances in found)
    known = scripted_instances(frames) if scripted else found
    tracked = clock.time("follow", len(frames), lambda: _follow(frames, known, batch))
    casting = Casting(translator, working_aspect=aspect)
    plans = [plan_frame(item.frame, item.instances, casting) for item in tracked]
    some = _affordable(translator, tracked, plans, clock)
    part = list(zip(tracked, plans, strict=True))[some]
    painted = clock.time("translate", len(part), lambda: _translate(translator, part, batch))
    finished = clock.time("composite", len(part), lambda: _composite(part, painted))
    shown = [*frames[: some.start], *(made.frame for made in finished), *frames[some.stop :]]
    clock.time_prepared("encode", len(shown), lambda: _encoding(clip, shown, folder))
    return StageTimes(
        rows=tuple(clock.rows),
        frames=len(frames),
        instances=sum(len(item.instances) for item in tracked),
        translated_frames=len(part),
        translated_crops=sum(map(len, painted)),
        scripted=scripted,
    )


def _decode(clip: Clip) -> int:
    """Decode the clip's frames, the opening of the file included."""
    with FileSource(clip.path) as source:
        return sum(1 for _ in islice(source, len(clip.frames)))


def _follow(frames: Sequence[Frame], known: Sequence[Instances], batch: int) -> list[TrackedFrame]:
    follower = SegmentThenTrack(KnownInstances(known), ByteTracker(), batch=batch)
    return list(follower.follow(frames))


Planned = tuple[TrackedFrame, list[CropPlan]]


def _affordable(
    translator: Translator,
    tracked: Sequence[TrackedFrame],
    plans: Sequence[Sequence[CropPlan]],
    clock: StageClock,
) -> slice:
    """Return the frames to translate: as many as the limit allows, from the first with a crop."""
    first = next((n for n, planned in enumerate(plans) if planned), None)
    if first is None:
        return slice(0, len(plans))
    crop = cut_crop(tracked[first].frame, plans[first][0])
    for _ in range(2):  # the first call is slower than all that follow
        started = time.perf_counter()
        translator.translate([crop])
        clock.wait()
    crops_left = clock.limit_seconds / (time.perf_counter() - started) / (clock.passes + 1)
    stop = first + 1
    crops_left -= len(plans[first])
    while stop < len(plans) and crops_left >= len(plans[stop]):
        crops_left -= len(plans[stop])
        stop += 1
    return slice(first, stop)


def _translate(translator: Translator, part: Sequence[Planned], batch: int) -> list[list[Painted]]:
    """Cut and translate the crops of `batch` frames at a time, as the pipeline does."""
    painted: list[list[Painted]] = []
    for start in range(0, len(part), batch):
        some = part[start : start + batch]
        crops = [(item.frame, plan) for item, planned in some for plan in planned]
        pieces = iter(paint(crops, translator))
        painted += [[next(pieces) for _ in planned] for _, planned in some]
    return painted


def _composite(part: Sequence[Planned], painted: Sequence[Sequence[Painted]]) -> list[Composite]:
    return [
        composite(item.frame, pieces, feather=_FEATHER)
        for (item, _), pieces in zip(part, painted, strict=True)
    ]


def _encoding(clip: Clip, frames: Sequence[Frame], folder: Path) -> Callable[[], None]:
    """Return the work of encoding with the encoder and options that `instavid run` defaults to."""
    sink = FileSink(folder / "bench.mkv", like=clip.info, codec="libx264", overwrite=True)

    def encode() -> None:
        with sink:
            for frame in frames:
                sink.write(frame)

    return encode
