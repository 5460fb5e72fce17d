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
