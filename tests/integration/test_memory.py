"""Memory does not grow with the length of a clip."""

from collections.abc import Callable
from pathlib import Path

from memory_run import measure_growth


def test_more_frames_take_no_more_memory(make_clip: Callable[[int], Path], tmp_path: Path) -> None:
    growth = measure_growth(make_clip(3000), tmp_path / "out.mp4", verify=True)
    assert growth.frames == 3000
    assert growth.mib < 20
