"""Videos side by side: whose time, whose sound, and how large."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import Clip, packets, read, write_clip

from instavid.errors import OutputError, OutputExistsError, UsageError
from instavid.metrics.side_by_side import CompareReport, compare_videos
from instavid.metrics.side_sheet import TILE_HEIGHT
from instavid.metrics.side_writer import CompareSettings
from instavid.sources.file import FileSource

QUARTER_TURN = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
UNEVEN = (0, 3, 5, 6, 11, 12)


def compare(*videos: Path, **options: object) -> CompareReport:
    return compare_videos(CompareSettings(tuple(map(str, videos)), **options))


def clip(path: Path, **options: object) -> Path:
    return write_clip(path, Clip(**options))


def test_time_and_sound_are_those_of_the_first(tmp_path: Path) -> None:
    first = clip(tmp_path / "a.mp4", pts=UNEVEN, audio="aac")
    second = clip(tmp_path / "b.mkv", pts=UNEVEN)
    seen: list[None] = []
    report = compare_videos(
        CompareSettings((str(first), str(second)), output=str(tmp_path / "side.mp4")),
        on_frame=lambda: seen.append(None),
    )
    assert report.frames == len(seen) == 6
    side = tmp_path / "side.mp4"
    starts = [[start for start, _ in read(path).times] for path in (side, first)]
    assert starts[0] == starts[1]
    assert packets(side, "audio") == packets(first, "audio")
    assert report.warnings == ()


def test_cells_have_one_height_and_show_their_videos(tmp_path: Path) -> None:
    first = clip(tmp_path / "a.mkv", size=(64, 48))
    second = clip(tmp_path / "b.mkv", size=(50, 96), codec="ffv1", pixel_format="yuv444p")
    report = compare(first, second, output=str(tmp_path / "side.mkv"))
    with FileSource(tmp_path / "side.mkv") as source:
        picture = source.info.picture
        shown = next(iter(source)).rgb()
    # 50x96 becomes 25x48, and 4:2:0 wants an even width; the divider has 4 px.
    assert (picture.width, picture.height) == (64 + 4 + 26, 48)
    with FileSource(first) as a, FileSource(second) as b:
        colours = [next(iter(video)).rgb()[10, 10].astype(int) for video in (a, b)]
    assert np.abs(shown[24, 32] - colours[0]).max() <= 6
    assert np.abs(shown[24, 82] - colours[1]).max() <= 6
    assert np.abs(shown[24, 65:67].astype(int) - 128).max() <= 12
    assert report.video is not None
    assert report.video.frames == 12


def test_three_turned_and_stretched_videos_stand_upright(tmp_path: Path) -> None:
    turned = clip(tmp_path / "a.mp4", display_matrix=QUARTER_TURN)
    wide = clip(tmp_path / "b.mkv", sample_aspect_ratio=Fraction(2))
    report = compare(turned, wide, wide, output=str(tmp_path / "side.mp4"))
    assert report.frames == 12
    with FileSource(tmp_path / "side.mp4") as source:
        # 48x64 upright, then 128x48 at the height of 64, twice.
        assert source.info.picture.upright_size == (64, 48 + 2 * (4 + 172))
        assert source.info.picture.orientation.quarter_turns == 0


def test_the_shortest_ends_it_and_is_named(tmp_path: Path) -> None:
    first, short = clip(tmp_path / "a.mkv"), clip(tmp_path / "short.mkv", pts=range(5))
    report = compare(first, short, output=str(tmp_path / "side.mkv"))
    assert report.frames == 5
    assert any("short.mkv ends after 5 frames" in warning for warning in report.warnings)


def test_videos_that_drift_apart_are_mentioned(tmp_path: Path) -> None:
    slow = clip(tmp_path / "slow.mp4", time_base=Fraction(1, 10))
    report = compare(clip(tmp_path / "a.mkv"), slow, sheet=str(tmp_path / "sheet.png"))
    assert any("0.7 s away" in warning for warning in report.warnings)


@pytest.mark.parametrize(("videos", "columns", "shown"), [(1, 6, 6), (2, 4, 4), (2, 20, 12)])
def test_a_sheet_has_a_row_for_each_video(
    tmp_path: Path, videos: int, columns: int, shown: int
) -> None:
    made = [clip(tmp_path / f"{n}.mkv") for n in range(videos)]
    report = compare(*made, sheet=str(tmp_path / "sheet.png"), columns=columns)
    assert report.video is None
    assert report.sheet == tmp_path / "sheet.png"
    sheet = cv2.imread(str(report.sheet))
    tile_width = round(TILE_HEIGHT * 64 / 48)
    assert sheet.shape[:2] == (6 + videos * (TILE_HEIGHT + 22), 6 + shown * (tile_width + 6))


def test_captions_are_drawn_into_the_corner(tmp_path: Path) -> None:
    first = clip(tmp_path / "a.mkv", size=(128, 96))
    compare(first, first, output=str(tmp_path / "side.mkv"), labels=("before", "after"))
    with FileSource(tmp_path / "side.mkv") as source:
        shown = next(iter(source)).rgb()
    assert shown[:16, :46].max() > 180
    assert shown[:16, :46].min() < 40
    assert np.ptp(shown[30:90, 10:120].astype(int), axis=(0, 1)).max() <= 6


def test_what_a_model_made_stays_marked(tmp_path: Path) -> None:
    kind = "compositeWithTrainedAlgorithmicMedia"
    made = clip(tmp_path / "b.mkv", tags={"comment": f"DigitalSourceType={kind}"})
    plain = clip(tmp_path / "a.mkv")
    compare(plain, made, output=str(tmp_path / "marked.mkv"))
    compare(plain, plain, output=str(tmp_path / "plain.mkv"))
    for name, marked in (("marked", True), ("plain", False)):
        with FileSource(tmp_path / f"{name}.mkv") as source:
            assert (kind in " ".join(source.carried.metadata.values())) == marked


@pytest.mark.parametrize(
    ("count", "options", "said"),
    [
        (2, {}, "nothing to write"),
        (1, {"output": "x.mp4"}, "nothing beside it"),
        (2, {"output": "x.mp4", "labels": ("one",)}, "1 labels for 2 videos"),
    ],
)
def test_a_request_without_sense_is_refused(
    count: int, options: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        CompareSettings(("a.mp4",) * count, **options)


def test_inputs_and_what_exists_are_not_overwritten(tmp_path: Path) -> None:
    first = clip(tmp_path / "a.mkv")
    with pytest.raises(OutputExistsError):
        compare(first, first, output=str(clip(tmp_path / "b.mkv")))
    with pytest.raises(OutputError, match="input"):
        compare(first, first, output=str(first), overwrite=True)
