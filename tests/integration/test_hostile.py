"""Playlists, scripts, odd addresses and size bombs: refused in one line and in little memory."""

from pathlib import Path

from clips import write_clip
from hostile import bombs, tricks
from tiny_worker import TinyWorker

MOST_BYTES = 1_500_000_000


def test_no_input_opens_another_file_or_takes_all_memory(tmp_path: Path) -> None:
    secret = write_clip(tmp_path / "secret.mp4")
    some = tricks(tmp_path, secret)
    assert len(some) == 30
    with TinyWorker() as worker:
        for trick in some:
            called = worker.run(trick.source, tmp_path / "out.mkv", "--progress", "none")
            assert called.code in (2, 3), f"{trick.name}: {called}"
            assert called.err.count("\n") == 1, f"{trick.name}: {called}"
            assert not (tmp_path / "out.mkv").exists()
        assert worker.run(secret, tmp_path / "out.mkv", "--progress", "none").code == 0
        for bomb in bombs(tmp_path):
            assert bomb.stat().st_size < 3_000_000
            called = worker.run(bomb, tmp_path / "bomb.mkv", "--progress", "none", seconds=60)
            assert called.code == 3, f"{bomb.name}: {called}"
            assert "larger than the limit" in called.err
        assert worker.peak_bytes() < MOST_BYTES
