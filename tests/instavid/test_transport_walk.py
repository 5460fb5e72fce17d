"""instavid.media.transport_walk: what is missing of an MPEG-TS is seen, and nothing else."""

import random
from pathlib import Path

import pytest
from clips import Clip, write_clip

from instavid.media.transport_walk import TransportWalk
from instavid.sources.file import FileSource

_VIDEO, _SOUND, _NOTHING = 256, 257, 0x1FFF


def packet(stream: int, count: int, *, begins_anew: bool = False) -> bytes:
    """Return a packet of noise, with a flag for a new count if asked for."""
    head = bytes([0x47, stream >> 8, stream & 255, (0x30 if begins_anew else 0x10) | count & 15])
    head += b"\x01\x80" if begins_anew else b""
    return head + random.Random(f"{stream} {count}").randbytes(188 - len(head))


def counted() -> list[bytes]:
    """Return packets of two streams in turn."""
    return [packet((_VIDEO, _SOUND)[n % 2], n // 2) for n in range(100)]


def walk(data: bytes, *, at_once: int = 1 << 20) -> tuple[int, bool]:
    walker = TransportWalk()
    for start in range(0, len(data), at_once):
        walker.feed(data[start : start + at_once])
    return walker.gaps, walker.is_in_the_middle


@pytest.mark.parametrize("at_once", [1, 100, 188, 1000, 1 << 20])
@pytest.mark.parametrize(("before", "after"), [(0, 0), (4, 0), (0, 16)])
def test_a_whole_stream_has_no_gaps(at_once: int, before: int, after: int) -> None:
    data = b"".join(bytes(before) + each + bytes(after) for each in counted())
    assert walk(data, at_once=at_once) == (0, False)
    assert walk(data[:-100], at_once=at_once) == (0, True)


def test_packets_that_are_missing_twice_or_new_are_told_apart() -> None:
    whole = counted()
    assert walk(b"".join(whole[:40] + whole[42:])) == (2, False)
    assert walk(b"".join(whole[:40] + whole[41:])) == (1, False)
    assert walk(b"".join(whole[:40] + whole[38:40] + whole[40:])) == (0, False)
    anew = packet(_VIDEO, 0, begins_anew=True)
    follows = [packet(_VIDEO, n) for n in range(1, 9)]
    assert walk(b"".join([*whole, anew, *follows])) == (0, False)
    nothing = [packet(_NOTHING, n * n) for n in range(9)]
    assert walk(b"".join(whole[:50] + nothing + whole[50:])) == (0, False)


@pytest.mark.parametrize("at_once", [188, 1 << 20])
@pytest.mark.parametrize("first", [range(1), range(9)])
def test_files_that_were_joined_have_no_gap(tmp_path: Path, at_once: int, first: range) -> None:
    one = write_clip(tmp_path / "one.ts", Clip(audio="mp2")).read_bytes()
    other = write_clip(tmp_path / "other.ts", Clip(size=(320, 240))).read_bytes()
    assert walk(one * len(first) + other + one, at_once=at_once) == (0, False)


def test_what_stands_where_a_packet_should_begin_is_a_gap() -> None:
    data = b"".join(counted())
    assert walk(data[:3760] + bytes(500) + data[3760:])[0] == 1
    assert walk(data[:3760] + bytes(376) + data[3760 + 376 :])[0] == 3  # of both streams as well
    assert walk(data[:-1000] + bytes(1000))[0] == 1


@pytest.mark.parametrize("data", [b"", b"G", bytes(5000), random.Random(1).randbytes(5000)])
def test_of_something_else_nothing_is_said(data: bytes) -> None:
    assert walk(data) == (0, False)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("whole", ""), ("cut", "breaks off"), ("hole", "gaps"), ("without a packet", "gaps")],
)
def test_damage_of_a_file_is_told(kind: str, said: str, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "in.ts", Clip(audio="mp2"))
    data = path.read_bytes()
    middle = len(data) // 376 * 188
    hurt = {
        "whole": data,
        "cut": data[: middle + 50],
        "hole": data[:middle] + bytes(400) + data[middle + 400 :],
        "without a packet": data[:middle] + data[middle + 188 :],
    }
    path.write_bytes(hurt[kind])
    with FileSource(path) as source:
        frames = sum(1 for _ in source)
        report = source.report()
    assert frames > 0
    assert report.is_complete == (kind == "whole")
    assert said in " ".join(report.warnings)
