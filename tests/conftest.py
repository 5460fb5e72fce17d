"""Rules that hold for every test."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _restore_random_state() -> Iterator[None]:
    """Give each test the random state that it found back to the next one."""
    import torch

    python_state, numpy_state = random.getstate(), np.random.get_state()
    torch_state, threads = torch.get_rng_state(), torch.get_num_threads()
    yield
    random.setstate(python_state)
    np.random.set_state(numpy_state)
    torch.set_rng_state(torch_state)
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's cache out of the tests, and the tests out of the user's cache."""
    monkeypatch.setenv("INSTAVID_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(autouse=True)
def _own_torch_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let no test find weights that somebody has downloaded."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path_factory.mktemp("torch")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip GPU tests without a GPU, unless a GPU run asked not to pass by skipping."""
    if os.environ.get("INSTAVID_REQUIRE_CUDA") == "1":
        return
    import torch

    if torch.cuda.is_available():
        return
    skip = pytest.mark.skip(reason="needs a CUDA GPU")
    for item in items:
        if "needs_cuda" in item.keywords:
            item.add_marker(skip)


def _shared_folder() -> Path:
    beside = Path(__file__).resolve().parents[2] / "shared"
    return Path(os.environ.get("INSTAVID_SHARED", beside))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared clips and weights, or skip the test."""
    folder = _shared_folder()
    if not (folder / "data").is_dir():
        pytest.skip("the shared data folder is absent (set INSTAVID_SHARED to its path)")
    return folder


@pytest.fixture(scope="session")
def seg_weights(shared: Path) -> Path:
    """Return the path of real YOLO-seg weights."""
    return shared / "data" / "weights" / "yolov8n-seg.pt"
