"""Setting pictures apart for tests loses nothing, whatever happens."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from instagan.data.layout import DOMAIN_LETTERS, divide, find_samples, image_path, mask_path
from instagan.errors import ConfigError
from instavid.cli import root
from instavid.datasets.splitting import make_moves, plan_split, scene_of, scene_warnings
from instavid.errors import (
    InputError,
    InputNotFoundError,
    OutputError,
    OutputExistsError,
    UsageError,
)

MASKS = 2


def add(folder: Path, *stems: str, split: str = "train", domains=DOMAIN_LETTERS) -> None:
    """Write files that hold their own name, so that each can be told from all others."""
    for domain in domains:
        for stem in stems:
            paths = [mask_path(folder, split, domain=domain, stem=stem, index=n) for n in (0, 1)]
            for path in (image_path(folder, split, domain=domain, stem=stem), *paths):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"{domain} {path.name}")


def split(folder: Path, share: float, *, by_scene: bool = False) -> None:
    for plan in plan_split(folder, share, by_scene=by_scene):
        make_moves(plan.moves)


def contents(folder: Path) -> list[str]:
    return sorted(path.read_text() for path in folder.rglob("*.png"))


def names(folder: Path, part: str) -> set[str]:
    return {sample.image.stem for sample in find_samples(folder, part, domain="A")}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    add(tmp_path, *(f"p_{n}" for n in range(20)))
    return tmp_path


def test_whole_pictures_move_to_where_holding_out_would_have_put_them(data: Path) -> None:
    before = contents(data)
    kept, held = divide(find_samples(data, "train", domain="B"), 0.3)
    split(data, 0.3)
    assert contents(data) == before
    for part, expected in (("train", kept), ("test", held)):
        found = find_samples(data, part, domain="B")
        assert [s.image.name for s in found] == [s.image.name for s in expected]
        assert all(len(sample.masks) == MASKS for sample in found)
    assert 2 <= len(held) <= 10
    assert [plan.moves for plan in plan_split(data, 0.3, by_scene=False)] == [(), ()]


def test_a_split_that_was_stopped_is_finished_by_the_next_and_never_trained_on_in_part(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(data)
    moves = sum(len(plan.moves) for plan in plan_split(data, 0.3, by_scene=False))
    assert moves > 2 * (MASKS + 1)
    replace = os.replace

    def stop(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "replace", halt)
        replace(source, target)

    def halt(source: Path, target: Path) -> None:
        raise KeyboardInterrupt

    refused = 0
    for _ in range(moves - 1):
        monkeypatch.setattr(os, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            split(data, 0.3)
        assert contents(data) == before
        for domain in DOMAIN_LETTERS:
            try:
                assert all(
                    len(s.masks) == MASKS for s in find_samples(data, "train", domain=domain)
                )
            except ConfigError:
                refused += 1
    monkeypatch.setattr(os, "replace", replace)
    assert refused == moves * MASKS // (MASKS + 1)
    # Whatever the second call asks, what was begun is finished.
    split(data, 0.001)
    assert contents(data) == before
    for domain in DOMAIN_LETTERS:
        sides = [find_samples(data, part, domain=domain) for part in ("train", "test")]
        assert sum(map(len, sides)) == 20
        assert all(len(sample.masks) == MASKS for side in sides for sample in side)


def test_nothing_is_overwritten_and_nothing_moved_before_all_is_seen(data: Path) -> None:
    moved = plan_split(data, 0.3, by_scene=False)[1].moves[0].source.stem
    before = contents(data)
    mask = mask_path(data, "test", domain="B", stem=moved, index=0)
    mask.parent.mkdir()
    mask.write_text("of an earlier picture")
    with pytest.raises(OutputExistsError, match=rf"testB_seg/{moved}_0\.png exists"):
        split(data, 0.3)
    mask.unlink()
    twin = image_path(data, "test", domain="B", stem=moved).with_suffix(".jpg")
    twin.parent.mkdir()
    twin.touch()
    with pytest.raises(OutputExistsError, match=rf"testB/{moved}\.jpg exists"):
        split(data, 0.3)
    twin.unlink()
    assert contents(data) == before
    assert not (data / "testA").exists()


def test_the_masks_of_a_stopped_split_do_not_replace_others(data: Path) -> None:
    moved = plan_split(data, 0.3, by_scene=False)[0].moves
    (data / "testA").mkdir()
    os.replace(moved[0].source, moved[0].target)
    other = moved[1].target
    other.parent.mkdir()
    other.write_text("another")
    with pytest.raises(OutputExistsError, match="exists, and"):
        split(data, 0.3)
    assert other.read_text() == "another"


@pytest.mark.parametrize("missing", ["picture", "masks"])
def test_a_picture_that_is_not_whole_is_not_moved(data: Path, missing: str) -> None:
    picture, *masks = plan_split(data, 0.3, by_scene=False)[0].moves[: MASKS + 1]
    for move in [picture] if missing == "picture" else masks:
        move.source.unlink()
    with pytest.raises(InputError, match="belongs to no whole picture"):
        split(data, 0.3)
    assert not (data / "testA").exists()


def test_a_side_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match=r"No pictures in .*trainA"):
        split(tmp_path, 0.5)
    add(tmp_path, "only")
    with pytest.raises(UsageError, match="none of 1 pictures of domain A would be in test"):
        split(tmp_path, 0.0001)
    with pytest.raises(UsageError, match="would be in train; give another --test"):
        split(tmp_path, 0.9999)


def test_frames_of_one_scene_stay_together(tmp_path: Path) -> None:
    scenes = [f"clip{n}" for n in range(30)]
    add(tmp_path, *(f"{scene}_{n:03}" for scene in scenes for n in range(3)), domains="AB")
    split(tmp_path, 0.3, by_scene=True)
    train, test = names(tmp_path, "train"), names(tmp_path, "test")
    assert len(train | test) == 90
    assert 5 <= len({scene_of(name) for name in test}) <= 14
    assert not {scene_of(name) for name in train} & {scene_of(name) for name in test}
    assert scene_warnings(plan_split(tmp_path, 0.3, by_scene=True)[0]) == []


def test_too_few_scenes_are_told_or_refused(data: Path) -> None:
    with pytest.raises(
        UsageError, match=r"20 pictures of 1 scenes of domain A .*leave out --by-sc"
    ):
        split(data, 0.3, by_scene=True)
    add(data, *(f"clip{n}-1" for n in range(9)))
    plan = plan_split(data, 0.3, by_scene=True)[0]
    in_test = len({scene_of(name) for name in plan.test})
    (told,) = scene_warnings(plan)
    assert f"only {in_test} of 10 scenes of domain A in test, too few" in told


def test_scenes_that_an_earlier_split_tore_are_told(tmp_path: Path) -> None:
    add(tmp_path, *(f"clip{n}_{frame}" for n in range(40) for frame in range(2)))
    split(tmp_path, 0.3)
    torn, *_ = scene_warnings(plan_split(tmp_path, 0.3, by_scene=True)[0])
    assert "are on both sides by an earlier split, the first is clip" in torn


def test_a_file_that_cannot_be_moved_is_told(data: Path) -> None:
    (data / "testA").touch()
    with pytest.raises(OutputError, match=r"cannot move .*run the same command again"):
        split(data, 0.3)


def test_the_command_tells_what_it_does_and_a_dry_run_does_nothing(data: Path) -> None:
    before = sorted(data.rglob("*"))
    plan = plan_split(data, 0.3, by_scene=False)[0]
    asked = ["data", "split", str(data), "--test", "0.3"]
    tried = CliRunner().invoke(root, [*asked, "--dry-run"])
    assert f"{plan.moves[0].source} -> {plan.moves[0].target}" in tried.stdout.splitlines()
    assert f"A: {len(plan.moves)} files would move; {len(plan.train)} pictures" in tried.stderr
    assert sorted(data.rglob("*")) == before
    done = CliRunner().invoke(root, asked)
    assert done.stdout.splitlines() == [str(data)]
    assert f"{len(plan.test)} in test ({len(plan.test) / 20:.1%})" in done.stderr
    assert names(data, "test") == plan.test
    assert CliRunner().invoke(root, [*asked[:-1], "1"]).exit_code == 2
