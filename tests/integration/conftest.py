"""Fixtures for the command line as a process."""

from collections.abc import Callable
from pathlib import Path

import pytest
from world import World, make_world, write_clip


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a clip, weights and an installed pair."""
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(autouse=True)
def _own_cache(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all tests here share one cache, in which the pair is."""
    monkeypatch.setenv("INSTAVID_CACHE", str(world.cache))


@pytest.fixture(scope="session")
def make_clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Return a maker of clips of any length."""
    folder = tmp_path_factory.mktemp("clips")
    return lambda frames: write_clip(folder / f"clip{frames}.mp4", frames=frames)
