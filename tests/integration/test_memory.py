"""Memory does not grow with the length of a clip."""

from collections.abc import Callable
from pathlib import Path

from memory_run import measure_growth


def test_ten_times_the_frames_take_no_more_memory(
    make_clip: Callable[[int], Path], tmp_path: Path
) -> None:
    growth = measure_growth(make_clip(4000), tmp_path / "out.mp4")
    assert growth.frames == 4000
    assert growth.mib < 20
