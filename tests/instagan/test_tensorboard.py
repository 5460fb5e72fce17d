"""What a run tells TensorBoard, read back with TensorBoard's own reader."""

from pathlib import Path

import pytest
from PIL import Image

from instagan.cli.watching import Watchers, watching
from instagan.errors import MissingPackageError
from instagan.training import report, tensorboard
from instagan.training.log import Progress
from instagan.training.outcome import preview_path
from instagan.training.tensorboard import open_board


def told(step: int, cycle: float) -> Progress:
    return Progress(step, 40, 32, 0.5, {"AtoB_cycle": cycle, "BtoA_mask_area": 0.25})


def read(run: Path):
    path = "tensorboard.backend.event_processing.event_accumulator"
    reader = pytest.importorskip(path, reason="tensorboard is absent")
    found = reader.EventAccumulator(str(run / tensorboard.FOLDER))
    found.Reload()
    return found


def test_scalars_and_previews_come_out_as_they_went_in(tmp_path):
    pytest.importorskip("tensorboard", reason="pip install 'instavid[tensorboard]'")
    preview_path(tmp_path, 10).parent.mkdir()
    Image.new("RGB", (30, 20), (250, 20, 90)).save(preview_path(tmp_path, 10))
    with open_board(tmp_path) as board:
        board.progress(told(10, 4.0))
        board.saved(10)
        board.progress(told(20, 3.0))
    events = read(tmp_path)
    tags = events.Tags()
    assert set(tags["scalars"]) == {"cycle/AtoB", "mask_area/BtoA", "seconds_per_step"}
    assert [(e.step, e.value) for e in events.Scalars("cycle/AtoB")] == [(10, 4.0), (20, 3.0)]
    (image,) = events.Images("preview")
    assert (image.step, image.width, image.height) == (10, 30, 20)


def test_a_run_that_resumes_writes_over_what_it_had_told(tmp_path):
    pytest.importorskip("tensorboard", reason="pip install 'instavid[tensorboard]'")
    for steps in ((10, 20, 30), (20, 30)):
        with open_board(tmp_path) as board:
            for step in steps:
                board.progress(told(step, float(step + len(steps))))
    scalars = read(tmp_path).Scalars("cycle/AtoB")
    assert [(e.step, e.value) for e in scalars] == [(10, 13.0), (20, 22.0), (30, 32.0)]


def test_nothing_is_written_when_nothing_is_told(tmp_path):
    pytest.importorskip("tensorboard", reason="pip install 'instavid[tensorboard]'")
    with open_board(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_absent_package_is_named_with_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(tensorboard, "find_spec", lambda name: None)
    with (
        pytest.raises(MissingPackageError, match=r"tensorboard; pip install 'instavid\[tensorb"),
        watching(tmp_path, quiet=True, tensorboard=True),
    ):
        pass


def test_a_report_that_cannot_be_written_ends_no_run(tmp_path, monkeypatch, capsys):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "write_report", refuse)
    Watchers(tmp_path, True, None).saved(10)
    assert capsys.readouterr().err == "going on without a report: No space left on device\n"
