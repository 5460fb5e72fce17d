"""Going on with a run whose options change which pictures there are, or that writes masks too."""

import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from kept_runs import CrashError, seen
from shells import Shell
from world import GAPS, World

from instavid import transfigure
from instavid.cli.progress import ProgressDisplay
from instavid.core.adjusting import Adjustments
from instavid.core.timespan import TimeSpan, parse_moment
from instavid.media.reading import Reader
from instavid.pipeline import Progress
from instavid.results import Encoding
from instavid.resuming import folder_of

FRAMES, CRASH_AT = 120, 70
SPAN = TimeSpan(parse_moment("0.5s"), parse_moment("4.6s"))
RATE = Adjustments(fps=Fraction(25))


@pytest.fixture
def make(world: World, make_clip: Callable[[int], Path]) -> Callable[..., Any]:
    """Return what makes a result of a clip with uneven gaps, the same every time."""
    return partial(
        transfigure,
        make_clip(FRAMES),
        pair="sheep2giraffe",
        seg_model=world.segmenter,
        imgsz=64,
        conf=0.001,
        device="cpu",
        encoding=Encoding("ffv1"),
        resume_every=32,
    )


def crash(progress: Progress, *, at: int = CRASH_AT) -> None:
    if progress.frames == at and progress.stage != "replay":
        raise CrashError


@pytest.mark.parametrize(
    "options",
    [
        {"span": SPAN},
        {"span": TimeSpan(parse_moment("10"), duration=parse_moment("100"))},
        {"adjust": RATE},
        {"adjust": RATE, "span": SPAN},
    ],
    ids=["seconds", "frames", "rate", "rate of a part"],
)
def test_a_run_that_breaks_off_goes_on_to_the_very_same_file(
    make: Callable[..., Any], tmp_path: Path, options: dict[str, Any]
) -> None:
    whole, target = tmp_path / "whole.mkv", tmp_path / "out.mkv"
    masks, whole_masks = tmp_path / "masks.mkv", tmp_path / "whole_masks.mkv"
    counts = make(whole, save_masks=whole_masks, **options).counts
    assert counts.instances > 0
    with pytest.raises(CrashError):
        make(target, save_masks=masks, on_progress=crash, **options)
    assert not target.exists()
    assert not masks.exists()
    report = make(target, save_masks=masks, resume=True, verify=True, **options)
    assert report.counts.resumed == 64
    assert (report.counts.frames, report.counts.instances) == (counts.frames, counts.instances)
    assert seen(target) == seen(whole)
    assert seen(masks) == seen(whole_masks)
    assert report.verification.has_passed, report.verification.failures
    assert not folder_of(target).exists()


def test_what_is_not_decoded_again_is_told_and_verified_as_ever(
    make: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: list[Any] = []
    pass_over = Reader.pass_over
    monkeypatch.setattr(
        Reader, "pass_over", lambda self, goal: [passed.append(goal), pass_over(self, goal)]
    )
    clip, whole, target = (tmp_path / name for name in ("clip.mp4", "whole.mp4", "out.mp4"))
    make(clip, encoding=Encoding("libx264", options={"g": "12"}))
    h264 = {"encoding": Encoding("libx264", options={"mbtree": "0"})}
    make = partial(make.func, clip, **make.keywords | h264)
    counts = make(whole).counts
    with pytest.raises(CrashError):
        make(target, on_progress=partial(crash, at=110))
    assert not passed
    report = make(target, resume=True, verify=True)
    assert len(passed) == 1
    assert (report.counts.resumed, report.counts.frames) == (96, FRAMES)
    assert report.counts.instances == counts.instances
    assert report.decoded.is_complete
    assert report.verification.has_passed, report.verification.failures
    assert seen(target) == seen(whole)


def test_a_constant_rate_shows_the_nearest_pictures_of_uneven_ones_at_exact_times(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "out.mov"
    flags = ("-c", "ffv1", "--fps", "25", "--verify")
    assert Shell(world, capsys).run(world.clip, "-o", target.with_suffix(".mkv"), *flags)[0] == 0
    assert Shell(world, capsys).run(world.clip, "-o", target, *flags[2:])[0] == 0
    with av.open(str(world.clip)) as clip:
        frames = list(clip.decode(video=0))
    before = [frame.to_ndarray() for frame in frames]
    ticks = [sum(GAPS[n % 8] for n in range(count)) for count in range(40)]
    slots = [int(Fraction(25 * tick, 600) + Fraction(1, 2)) for tick in ticks]
    end = int(25 * (Fraction(ticks[-1], 600) + frames[-1].duration * frames[-1].time_base) + 0.5)
    expected = [max(n for n in range(40) if slots[n] <= slot) for slot in range(end)]
    with av.open(str(target.with_suffix(".mkv"))) as exact:
        shown = [frame.to_ndarray() for frame in exact.decode(video=0)]
    assert len(shown) == len(expected)
    assert all(np.array_equal(a, before[n]) for a, n in zip(shown, expected, strict=True))
    with av.open(str(target)) as result:
        times = [frame.pts * Fraction(frame.time_base) for frame in result.decode(video=0)]
    assert times == [Fraction(n, 25) for n in range(len(expected))]


def test_a_batch_that_breaks_off_goes_on_with_its_masks(
    world: World,
    make_clip: Callable[[int], Path],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INSTAVID_CACHE", str(tmp_path / "cache"))
    shutil.copytree(world.cache, tmp_path / "cache")
    shutil.copy(world.clip, tmp_path / "a.mp4")
    shutil.copy(make_clip(FRAMES), tmp_path / "b.mp4")
    monkeypatch.chdir(tmp_path)
    shell = Shell(world, capsys)

    def call(folder: str) -> list[str | Path]:
        names = ("-o", f"{folder}/{{stem}}.mkv", "--save-masks", f"{folder}/{{stem}}-m.mkv")
        kept = ("-c", "ffv1", "--conf", "0.001", "--resume-every", "32")
        return shell.run_arguments("a.mp4", "b.mp4", *names, *kept)

    for folder in ("whole", "out"):
        (tmp_path / folder).mkdir()
    assert shell(*call("whole"))[0] == 0
    command, *arguments = call("out")
    code, job, _ = shell.both(command, "--queue", *arguments)
    assert code == 0
    with monkeypatch.context() as broken:
        broken.setattr(ProgressDisplay, "show", lambda _, progress: _interrupt(progress))
        assert shell("jobs", "start")[0] == 130
    assert sorted(path.name for path in Path("out").iterdir() if path.name[0] != ".") == [
        *("a-m.mkv", "a.mkv", "b-m.partial.mkv", "b.partial.mkv")
    ]
    assert shell("jobs", "resume", job.strip())[0] == 0
    assert json.loads(shell.both("jobs", "show", job.strip())[1])["state"] == "done"
    for name in ("a.mkv", "a-m.mkv", "b.mkv", "b-m.mkv"):
        assert seen(Path("out", name)) == seen(Path("whole", name))


def _interrupt(progress: Progress) -> None:
    if progress.frames == CRASH_AT:
        raise KeyboardInterrupt
