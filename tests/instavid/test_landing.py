"""Going on with a run without decoding its input from the start."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from kept_runs import CrashError, run, seen, write_uneven_clip

from instavid.media.landing import KeyFrame, Witness
from instavid.media.reading import Reader
from instavid.sources.file import FileSource

FRAMES, LAST = 160, 132
FFV1 = {"codec": "ffv1"}


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the times of all pictures that sources take from now on."""
    taken: list[int] = []
    accepts = Reader.accepts

    def accept(self: Reader, picture: av.VideoFrame, first: av.VideoFrame) -> bool:
        taken.append(picture.pts or 0)
        return accepts(self, picture, first)

    monkeypatch.setattr(Reader, "accepts", accept)
    return taken


def go_on(clip: Path, folder: Path, decoded: list[int], **options) -> int:
    """Break a run off and go on with it; return how many pictures that decoded.

    The result must be that of a run that was not broken off.
    """
    whole, target = folder / "whole.mkv", folder / "out.mkv"
    masks, whole_masks = folder / "masks.mkv", folder / "whole_masks.mkv"
    before = run(clip, whole, masks=whole_masks, **FFV1)
    with pytest.raises(CrashError):
        run(clip, target, masks=masks, crash_at=140, **FFV1)
    decoded.clear()
    report = run(clip, target, masks=masks, resume=True, **FFV1)
    assert (report.resumed, report.frames, report.tracks) == (LAST, FRAMES, before.tracks)
    assert seen(target) == seen(whole)
    assert seen(masks) == seen(whole_masks)
    return len(decoded)


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_a_run_that_goes_on_decodes_a_few_seconds_before(
    tmp_path: Path, decoded: list[int], ending: str
) -> None:
    clip = write_uneven_clip(tmp_path / f"clip{ending}", frames=FRAMES, g="12")
    # 28 frames are left, and 2 s before them are about 74.
    assert 28 < go_on(clip, tmp_path, decoded) < 28 + 74 + 12 + 1


@pytest.mark.parametrize(
    "options",
    [{"g": "250"}, {"x264-params": "intra-refresh=1:keyint=20"}, {"g": "40", "flags": "-cgop"}],
    ids=["one key frame", "refreshed by columns", "open"],
)
def test_whatever_the_input_is_like_the_result_is_the_same(
    tmp_path: Path, decoded: list[int], options: dict[str, str]
) -> None:
    clip = write_uneven_clip(tmp_path / "clip.mkv", frames=FRAMES, **options)
    assert go_on(clip, tmp_path, decoded) >= 28


def lying_clip(path: Path) -> Path:
    """Write still noise as one key frame and what refers to it, all of it called key frames.

    FFmpeg finds that out by itself where it knows how to parse the codec; not so here.
    """
    noise = np.random.default_rng(0).integers(0, 256, (72, 64), np.uint8)
    with av.open(str(path), "w") as output:
        video = output.add_stream("msmpeg4", rate=25, options={"g": "250", "b": "8M"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for number in range(FRAMES + 1):
            frame = av.VideoFrame.from_ndarray(noise, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            for packet in video.encode(frame if number < FRAMES else None):
                packet.is_keyframe = True
                output.mux(packet)
    return path


def test_packets_that_are_wrongly_called_key_frames_are_not_landed_on(
    tmp_path: Path, decoded: list[int]
) -> None:
    assert go_on(lying_clip(tmp_path / "clip.mkv"), tmp_path, decoded) == FRAMES


def test_only_the_very_same_picture_is_a_witness(tmp_path: Path) -> None:
    clip = write_uneven_clip(tmp_path / "clip.mp4", frames=FRAMES, g="12")
    with FileSource(clip) as source:
        frame = next(frame for frame in source if frame.index == LAST)
        known = source.witness(frame)
    assert known is not None
    with FileSource(clip) as source:
        assert isinstance(source.landing(known), KeyFrame)
        assert source.landing(replace(known, pts=known.pts + 1)) is None
        assert source.landing(Witness(known.pts, "0" * 32)) is None


def test_the_account_of_what_was_read_is_complete(tmp_path: Path) -> None:
    clip = write_uneven_clip(tmp_path / "clip.mp4", frames=FRAMES, g="12")
    with FileSource(clip) as source:
        frames = list(source)
        known, whole = source.witness(frames[LAST - 1]), source.report()
    assert known is not None
    with FileSource(clip) as source:
        key = source.landing(known)
        assert key is not None
        for _ in source.pass_over(key, known, frames=LAST):
            pass
        rest = list(source)
        assert source.report() == whole
    assert [(f.index, f.pts, f.duration) for f in rest] == [
        (f.index, f.pts, f.duration) for f in frames[LAST:]
    ]
