"""Going on with a run that broke off: the same frames as if it never had, and nothing left over."""

import errno
import itertools
import logging
import pkgutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import pytest
from clips import read
from kept_runs import BATCH, EVERY, FRAMES, CrashError, run, seen, things, write_uneven_clip

from instavid.bookmarks import Bookmark
from instavid.errors import OutputError, UsageError
from instavid.followers.segment_track import SegmentThenTrack
from instavid.media.encoding import encode
from instavid.painting import Casting
from instavid.pipeline import Pipeline
from instavid.resuming import folder_of
from instavid.testing import (
    ListSink,
    ListSource,
    PaintingTranslator,
    ScriptedSegmenter,
    make_frame,
    textured,
)
from instavid.trackers.bytetrack import ByteTracker
from instavid.types import Frame

FFV1 = {"codec": "ffv1"}
# With mbtree x264 does not make the same of the same pictures twice, whatever its threads.
X264 = {"codec": "libx264", "options": {"mbtree": "0"}}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_uneven_clip(tmp_path_factory.mktemp("clip") / "clip.mkv")


def break_off(clip: Path, target: Path, at: int, **how: Any) -> None:
    with pytest.raises(CrashError):
        run(clip, target, crash_at=at, **how)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        pytest.param("out.mkv", FFV1, id="ffv1"),
        pytest.param("out.mp4", X264, id="x264"),
        pytest.param("out.ts", X264, id="x264 without global headers"),
        pytest.param("out.webm", {"codec": "libvpx-vp9", "crf": 30.0}, id="vp9"),
        pytest.param("out.avi", {"codec": "mpeg4"}, id="constant rate"),
    ],
)
def test_a_run_that_went_on_is_as_one_that_never_broke_off(
    clip: Path, tmp_path: Path, name: str, encoding: dict[str, Any]
) -> None:
    whole, target = tmp_path / f"whole-{name}", tmp_path / name
    expected = run(clip, whole, **encoding)
    break_off(clip, target, 2 * EVERY + 3, **encoding)
    assert not target.exists()
    report = run(clip, target, resume=True, **encoding)
    assert (report.resumed, report.frames) == (2 * EVERY, FRAMES)
    assert seen(target) == seen(whole)
    counted = ("frames", "frames_changed", "instances", "carried", "tracks", "cuts", "changed_area")
    assert [getattr(report, n) for n in counted] == [getattr(expected, n) for n in counted]
    assert sorted(tmp_path.iterdir()) == sorted([whole, target])


@pytest.mark.parametrize("encoding", [FFV1, X264], ids=["ffv1", "x264"])
def test_segments_keep_every_time_stamp(
    clip: Path, tmp_path: Path, encoding: dict[str, Any]
) -> None:
    run(clip, tmp_path / "out.mkv", **encoding)
    assert read(tmp_path / "out.mkv").times == read(clip).times
    run(clip, tmp_path / "many.mkv", every=BATCH, **encoding)
    assert read(tmp_path / "many.mkv").times == read(clip).times


def test_the_encoder_of_the_output_itself_stays_idle(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has worked holds hundreds of MiB at 1080p until its container is closed."""
    fed = []

    def noted(stream: Any, frame: Any) -> Any:
        fed.append(stream.container.name)
        return encode(stream, frame)

    monkeypatch.setattr("instavid.media.coders.encode", noted)
    run(clip, tmp_path / "out.mp4", **X264)
    assert len(fed) > FRAMES
    assert not [name for name in fed if str(tmp_path) in name]


def test_decoding_goes_forward_where_a_segment_begins_before_a_long_picture(
    clip: Path, tmp_path: Path
) -> None:
    run(clip, tmp_path / "out.mp4", every=7, **X264)
    with av.open(str(tmp_path / "out.mp4")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    times = [packet.dts for packet in packets]
    assert times == sorted(set(times))
    assert all(packet.dts <= packet.pts for packet in packets)
    shown = sorted(packets, key=lambda packet: packet.pts)
    assert all(packet.is_keyframe for packet in shown[::7])
    # By itself it would begin as early as its first two pictures are long, which is too early here.
    assert shown[7].pts - packets[7].dts < shown[9].pts - shown[7].pts


@dataclass
class Noting:
    """Notes the frames that it is given to keep; satisfies `Keeper`."""

    every: int = 1
    begin: None = None
    frames: list[int] = field(default_factory=list)

    def replay(self, frames: Iterator[Frame], *, on_frame: Callable[[int], bool]) -> bool:
        return True

    def keep(self, bookmark: Bookmark) -> None:
        self.frames.append(bookmark.frames)


def test_what_was_in_flight_at_a_stop_is_no_place_to_go_on_from() -> None:
    """It was finished without the frames that tell which way the objects in it go."""
    stop, keeper, foresight = threading.Event(), Noting(), 5

    def film() -> Iterator[Frame]:
        for n in range(40):
            if n == 20:
                stop.set()
            yield make_frame(textured(48, 64), index=n)

    follower = SegmentThenTrack(
        ScriptedSegmenter(things), ByteTracker(), batch=BATCH, foresight=foresight
    )
    pipeline = Pipeline(follower, [Casting(PaintingTranslator())], batch=BATCH)
    sink = ListSink()
    report = pipeline.run(ListSource(film()), sink, keeper=keeper, stop=stop)
    assert report.is_stopped
    assert len(sink.frames) == 20
    assert all(frames <= 20 - foresight for frames in keeper.frames)


@pytest.mark.parametrize("at", [1, EVERY, EVERY + 1, FRAMES])
def test_it_may_break_off_anywhere(clip: Path, tmp_path: Path, at: int) -> None:
    run(clip, tmp_path / "whole.mkv", **FFV1)
    break_off(clip, tmp_path / "out.mkv", at, **FFV1)
    report = run(clip, tmp_path / "out.mkv", resume=True, **FFV1)
    assert report.resumed == (at - 1) // EVERY * EVERY
    assert seen(tmp_path / "out.mkv") == seen(tmp_path / "whole.mkv")


def test_it_may_break_off_again_and_again(clip: Path, tmp_path: Path) -> None:
    run(clip, tmp_path / "whole.mkv", **FFV1)
    for at in (EVERY + 2, EVERY + 3, 3 * EVERY + 1):
        break_off(clip, tmp_path / "out.mkv", at, resume=True, **FFV1)
    report = run(clip, tmp_path / "out.mkv", resume=True, **FFV1)
    assert report.resumed == 3 * EVERY
    assert seen(tmp_path / "out.mkv") == seen(tmp_path / "whole.mkv")


def test_masks_go_on_beside_the_result(clip: Path, tmp_path: Path) -> None:
    run(clip, tmp_path / "whole.mkv", masks=tmp_path / "whole-masks.mkv", **FFV1)
    break_off(clip, tmp_path / "out.mkv", 30, masks=tmp_path / "masks.mkv", **FFV1)
    run(clip, tmp_path / "out.mkv", resume=True, masks=tmp_path / "masks.mkv", **FFV1)
    assert seen(tmp_path / "masks.mkv") == seen(tmp_path / "whole-masks.mkv")
    assert seen(tmp_path / "out.mkv") == seen(tmp_path / "whole.mkv")


def test_a_run_that_breaks_off_early_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    break_off(clip, tmp_path / "out.mkv", EVERY - 1, **FFV1)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_go_on_from_is_no_error(clip: Path, tmp_path: Path) -> None:
    assert run(clip, tmp_path / "out.mkv", resume=True, **FFV1).resumed == 0


def test_a_file_that_was_there_is_untouched_until_the_end(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    target.write_bytes(b"precious")
    break_off(clip, target, 30, **FFV1)
    break_off(clip, target, 40, resume=True, **FFV1)
    assert target.read_bytes() == b"precious"


def test_another_request_is_refused_and_harms_nothing(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    break_off(clip, target, 30, **FFV1)
    with pytest.raises(
        UsageError, match=r"frame 24: --feather was 4 and is 9\. .* without --resume"
    ):
        run(clip, target, resume=True, request={"--feather": 9}, **FFV1)
    assert run(clip, target, resume=True, **FFV1).resumed == 24


def test_without_resume_a_run_starts_anew_and_says_so(
    clip: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    target = tmp_path / "out.mkv"
    break_off(clip, target, 40, **FFV1)
    with caplog.at_level(logging.WARNING):
        break_off(clip, target, 5, **FFV1)
    assert "interrupted at frame 36, and --resume goes on from there" in caplog.text
    # It got nowhere, and so what was left is still there.
    assert run(clip, target, resume=True, **FFV1).resumed == 36
    break_off(clip, target, 40, **FFV1)
    break_off(clip, target, 20, **FFV1)
    assert run(clip, target, resume=True, **FFV1).resumed == 12


def newest(target: Path, ending: str) -> Path:
    return max(folder_of(target).glob(f"*{ending}"), key=lambda path: path.name)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [cut, flip, Path.unlink], ids=["cut", "flipped", "gone"])
@pytest.mark.parametrize("ending", [".packets", ".state"])
def test_what_is_damaged_is_told_and_made_again(
    clip: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Any, ending: str
) -> None:
    run(clip, tmp_path / "whole.mkv", **FFV1)
    target = tmp_path / "out.mkv"
    break_off(clip, target, 40, **FFV1)
    damage(newest(target, ending))
    caplog.clear()
    report = run(clip, target, resume=True, **FFV1)
    assert "kept after frame 24 is damaged" in caplog.text
    assert report.resumed == 24
    assert seen(target) == seen(tmp_path / "whole.mkv")


@pytest.mark.parametrize("damage", [cut, flip], ids=["cut", "flipped"])
def test_a_damaged_journal_is_refused_in_one_line(clip: Path, tmp_path: Path, damage: Any) -> None:
    target = tmp_path / "out.mkv"
    break_off(clip, target, 40, **FFV1)
    damage(folder_of(target) / "journal.json")
    with pytest.raises(UsageError, match=r"journal\.json: it is damaged.* without --resume"):
        run(clip, target, resume=True, **FFV1)
    assert run(clip, target, **FFV1).resumed == 0


@pytest.mark.parametrize("what", ["packets", "state", "journal"])
def test_a_full_disk_keeps_what_there_is(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    whole, target = tmp_path / "whole.mkv", tmp_path / "out.mkv"
    run(clip, whole, **FFV1)
    target.write_bytes(b"precious")
    place, calls = {
        "packets": ("instavid.media.packet_files.PacketWriter.write", 30),
        "state": ("instavid.resuming.keep_bytes", 3),
        "journal": ("instavid.resuming.write_journal", 3),
    }[what]
    fails_at(place, calls, monkeypatch)
    with pytest.raises(OutputError, match=r"out\.mkv.*([Nn]o space|disk is full)"):
        run(clip, target, **FFV1)
    assert target.read_bytes() == b"precious"
    assert 12 <= len(seen(tmp_path / "out.partial.mkv")[0]) < FRAMES
    monkeypatch.undo()
    assert run(clip, target, resume=True, **FFV1).resumed == 24
    assert seen(target) == seen(whole)


def fails_at(place: str, calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a function say, from its nth call on, that the disk is full."""
    module, _, name = place.rpartition(".")
    owner = pkgutil.resolve_name(module)
    real, count = getattr(owner, name), itertools.count(1)

    def limited(*arguments: Any) -> Any:
        if next(count) >= calls:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(owner, name, limited)


def test_two_runs_do_not_write_the_same_file(clip: Path, tmp_path: Path) -> None:
    from instavid.locks import locked

    target = tmp_path / "out.mkv"
    with (
        locked(folder_of(target), busy="busy"),
        pytest.raises(OutputError, match="another run is writing it"),
    ):
        run(clip, target, **FFV1)


def test_litter_of_a_killed_run_goes_with_the_next(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mkv"
    folder_of(target).mkdir()
    (folder_of(target) / ".out.partial-0badcafe.mkv").write_bytes(bytes(99))
    run(clip, target, **FFV1)
    assert list(tmp_path.iterdir()) == [target]
