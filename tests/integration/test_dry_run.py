"""What a run says beforehand, held against what it comes to."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from clips import Clip, write_clip
from world import World

from instavid.cli import main
from instavid.sources.file import FileSource
from instavid.types import Instances


def run(world: World, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Any:
    models = ("-p", "sheep2giraffe", "--seg-model", world.segmenter, "--imgsz", "64", "-d", "cpu")
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in ("run", *models, "--progress", "none", "--json", *arguments)])
    captured = capsys.readouterr()
    assert not end.value.code, captured.err
    return json.loads(captured.out)


def test_the_forecast_says_what_the_run_then_does(
    world: World, make_clip: Callable[[int], Path], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    clip, target = make_clip(120), tmp_path / "out.mkv"
    (made,) = run(world, capsys, clip, "-o", target, "--dry-run")["forecasts"]
    assert list(tmp_path.iterdir()) == []
    done = run(world, capsys, clip, "-o", target)
    assert made["output"] == done["output"]
    assert made["streams"] == done["streams"]
    assert made["frames_expected"] == done["frames"] == 120
    assert made["encoder"] == "libx264"
    guess = made["estimated"]
    assert guess["sampled_frames"] in (5, 40)
    assert guess["output_bytes"] == pytest.approx(done["bytes"], rel=0.5)
    assert set(guess["stage_seconds_per_frame"]) == set(done["stage_seconds"])
    assert guess["slowest_stage"] in done["stage_seconds"]
    assert 50e6 < guess["memory_bytes"] < 50e9


def test_instances_are_counted_all_over_the_video(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    # Bright pictures have two objects, dark ones none; the second half of the clip is bright.
    clip = tmp_path / "halves.mp4"
    with av.open(str(clip), "w") as output:
        video = output.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        for n in range(200):
            shade = np.full((96, 160, 3), 40 if n < 100 else 200, np.uint8)
            output.mux(video.encode(av.VideoFrame.from_ndarray(shade, "rgb24")))
        output.mux(video.encode(None))

    class TwoWhereItIsBright:
        def segment(self, frames: Any) -> Any:
            both = np.zeros((2, 96, 160), bool)
            both[0, 20:60, 10:50] = both[1, 20:60, 100:140] = True
            none = np.zeros((0, 96, 160), bool)
            found = [both if frame.planes[0].mean() > 100 else none for frame in frames]
            return [
                Instances.from_full(masks, ["sheep"] * len(masks), [0.9] * len(masks))
                for masks in found
            ]

    monkeypatch.setattr("instavid.networks.YoloSegmenter", lambda *_, **__: TwoWhereItIsBright())
    (made,) = run(world, capsys, clip, "--dry-run")["forecasts"]
    # Of five stretches or frames the middle one begins where the clip gets bright.
    assert made["estimated"]["instances_per_frame"] in (0.8, 1.2)
    (late,) = run(world, capsys, clip, "--dry-run", "--start", "5s")["forecasts"]
    assert late["estimated"]["instances_per_frame"] == 2
    assert late["frames_expected"] == 75


def test_streams_to_drop_are_named_with_reasons_and_nothing_is_written(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pts = tuple(range(3))
    clip = write_clip(
        tmp_path / "all.mkv", Clip(pts=pts, audio="aac", attachment=b"font", chapters=("One",))
    )
    (made,) = run(world, capsys, clip, "-o", f"{tmp_path}/new/", "--dry-run")["forecasts"]
    assert made["losses"] == []
    (made,) = run(world, capsys, clip, "-o", tmp_path / "{stem}.ts", "--dry-run")["forecasts"]
    assert [note["kind"] for note in made["streams"]["kept"]] == ["audio"]
    assert [note["reason"] for note in made["streams"]["dropped"]] == [
        "mpegts holds no attachments"
    ]
    assert "mpegts holds no chapters: they were dropped." in made["losses"]
    assert list(tmp_path.iterdir()) == [clip]


def test_the_forecast_follows_the_options_that_change_the_pictures(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Large enough, and with noise, for its size to show in the bytes.
    clip, target = tmp_path / "noise.mkv", tmp_path / "out.mkv"
    noise, options = np.random.default_rng(0), ("--scale", "0.5", "--fps", "10", "--audio", "none")
    with av.open(str(clip), "w") as output:
        video, sound = output.add_stream("libx264", rate=25), output.add_stream("pcm_s16le", 8000)
        video.width, video.height, video.pix_fmt = 320, 192, "yuv420p"
        for _ in range(50):
            shade = noise.integers(0, 256, (192, 320, 3), np.uint8)
            output.mux(video.encode(av.VideoFrame.from_ndarray(shade, "rgb24")))
        output.mux(video.encode(None))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.int16), "s16", "mono")
        silence.sample_rate = 8000
        output.mux(sound.encode(silence))
        output.mux(sound.encode(None))
    (plain,) = run(world, capsys, clip, "-o", target, "--dry-run")["forecasts"]
    (made,) = run(world, capsys, clip, "-o", target, "--dry-run", *options)["forecasts"]
    assert [note["kind"] for note in plain["streams"]["kept"]] == ["audio"]
    assert (plain["width"], plain["height"], plain["frames_expected"]) == (320, 192, 50)
    assert (made["width"], made["height"], made["fps"]) == (160, 96, 10)
    assert made["frames_expected"] == 20
    assert made["streams"] == {"kept": [], "dropped": []}
    assert made["left_out"] == ["audio"]
    done = run(world, capsys, clip, "-o", target, *options)
    assert made["frames_expected"] == done["frames"]
    assert made["estimated"]["output_bytes"] == pytest.approx(done["bytes"], rel=0.5)
    assert made["estimated"]["output_bytes"] < plain["estimated"]["output_bytes"] / 4


def test_the_sample_of_an_interlaced_video_is_scaled_without_its_fields(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_clip(tmp_path / "fields.mkv", Clip(options={"x264-params": "tff=1"}))
    with FileSource(clip) as source:
        assert source.info.is_interlaced
    options = ("--deinterlace", "--scale", "2")
    (made,) = run(world, capsys, clip, "--dry-run", *options)["forecasts"]
    assert (made["width"], made["height"]) == (128, 96)
    assert made["estimated"]["sampled_frames"] > 0


@pytest.mark.parametrize(("flag", "times"), [("--no-resume", 1), ("--no-subs", 2)])
def test_a_run_that_is_kept_needs_its_video_twice(
    world: World, capsys: pytest.CaptureFixture[str], flag: str, times: int
) -> None:
    options = ("--dry-run", "--audio", "none", flag)
    (made,) = run(world, capsys, world.clip, *options)["forecasts"]
    guess = made["estimated"]
    assert guess["disk_bytes"] == times * guess["output_bytes"] > 0


@pytest.mark.parametrize(("free", "is_told"), [(1000, True), (10**12, False)])
def test_a_disk_that_is_plainly_too_small_is_told_before_the_run(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, free: int, is_told: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, free))
    run(world, capsys, world.clip, "-o", tmp_path / "out.mkv", "--duration", "4")
    told = [m for m in caplog.messages if "will be needed" in m]
    assert bool(told) == is_told
    if told:
        assert "field.mp4" in told[0]
        assert "0.001 MB are free" in told[0]


def test_room_for_the_video_once_is_too_little_for_a_run_that_is_kept(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("instavid.forecast.space.guess_bytes", lambda _: 1_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, 1_500_000))
    for flag, is_told in (("--no-resume", False), ("-y", True)):
        caplog.clear()
        run(world, capsys, world.clip, "-o", tmp_path / "out.mkv", "--duration", "1", flag)
        told = [m for m in caplog.messages if "about 2 MB will be needed" in m]
        assert bool(told) == is_told
