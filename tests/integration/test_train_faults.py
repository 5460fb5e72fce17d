"""What is malformed that `instavid train` may meet: one line, the right code, nothing executed."""

import io
import json
import pickle
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from bars import TINY, write_bars
from many_calls import Called, call_all
from PIL import Image

from instagan.training.saved_states import OLD_NAME, _digest, find_states

SHORT = [*TINY, "--stages", "32:2", "-q"]


def train(data: Path, run: Path, *more: object) -> list[object]:
    """Return a call; -q is for the group, before the command's name."""
    flags = [flag for flag in SHORT if flag != "-q"]
    return ["-q", "train", "--data", data, "-p", "square2bar", "-o", run, *flags, *more]


def loud(call: list[object]) -> list[object]:
    """Return the call with what is merely told, such as warnings."""
    return call[1:]


def bomb(path: Path) -> None:
    """Write a PNG that claims to be 40,000 pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b""))


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "nowhere")


def swap(folder: str, name: str, make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Return what puts something else in the place of a file."""
    return lambda data: make(data / folder / name) and None


def deep(path: Path) -> None:
    Image.new("I;16", (64, 64), 30_000).save(path)


UNREADABLE = "b.png (damaged, or no picture); replace or remove it"
SAMPLES = {
    "text for a picture": (swap("trainA", "b.png", lambda p: p.write_text("no")), UNREADABLE),
    "a cut picture": (
        swap("trainA", "b.png", lambda p: p.write_bytes(p.read_bytes()[:900])),
        UNREADABLE,
    ),
    "an empty picture": (swap("trainB", "b.png", lambda p: p.write_bytes(b"")), UNREADABLE),
    "an empty mask file": (
        swap("trainA_seg", "b_0.png", lambda p: p.write_bytes(b"")),
        "b_0.png (damaged, or no picture); replace or remove it",
    ),
    "a mask of another size": (
        swap("trainB_seg", "c_0.png", lambda p: Image.new("L", (64, 60), 255).save(p)),
        "c_0.png is 64x60, its picture 64x64; make them the same size",
    ),
    "16 bits a channel": (
        swap("trainA", "b.png", deep),
        "b.png (mode I;16 is deeper than 8 bits a channel); replace or remove it",
    ),
    "a mask of 16 bits": (
        swap("trainA_seg", "b_0.png", deep),
        "b_0.png (mode I;16 is deeper than 8 bits a channel); replace or remove it",
    ),
    "a folder for a picture": (
        swap("trainA", "b.png", replace_by_folder),
        "b.png (Is a directory); replace or remove it",
    ),
    "a folder for a mask": (
        swap("trainA_seg", "b_0.png", replace_by_folder),
        "b_0.png (Is a directory); replace or remove it",
    ),
    "a link to nothing": (
        swap("trainA", "b.png", replace_by_link),
        "b.png (No such file or directory); replace or remove it",
    ),
    "a picture that is too large": (
        swap("trainA", "b.png", bomb),
        "b.png (more than 67108864 pixels); replace or remove it",
    ),
    "a picture without a mask": (
        swap("trainA_seg", "b_0.png", Path.unlink),
        "1 of 4 pictures have no mask in",
    ),
    "a mask without a picture": (
        swap("trainA", "b.png", Path.unlink),
        "b_0.png has no picture 'b'; remove it or add the picture",
    ),
    "two pictures of a name": (
        swap("trainA", "b.webp", lambda p: p.write_bytes(b"")),
        "b.webp share a name and would share their masks; rename one",
    ),
    "a folder that is missing": (
        swap("trainB", "", shutil.rmtree),
        "trainB; the layout is trainA, trainA_seg, trainB, ...",
    ),
    "a folder without pictures": (
        lambda data: [path.unlink() for path in (data / "trainB").iterdir()] and None,
        "trainB; use .png, .jpg, .jpeg, .webp",
    ),
}


def assert_refused(got: Called, *, code: int, told: str) -> None:
    assert (got.code, got.out) == (code, ""), got.err
    assert len(got.err.splitlines()) == 1, got.err
    assert got.err.startswith("instavid: ")
    assert told in got.err


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """Return a folder with data and the runs that the cases start from."""
    root = tmp_path_factory.mktemp("whole")
    data = write_bars(root / "data")
    calls = [train(data, root / "run", "--save-every", "1")]
    calls += [["-q", *loud(train(data, root / "wide"))]]
    calls[1][calls[1].index("--width") + 1] = "3"
    assert [got.code for got in call_all(calls)] == [0, 0]
    return root


def test_a_malformed_sample_is_named(whole, tmp_path):
    calls = []
    for number, (spoil, _) in enumerate(SAMPLES.values()):
        data = shutil.copytree(whole / "data", tmp_path / f"data{number}")
        spoil(data)
        calls.append(train(data, tmp_path / f"run{number}"))
    for got, (_, told) in zip(call_all(calls), SAMPLES.values(), strict=True):
        assert_refused(got, code=2, told=told)


def test_what_is_merely_unusual_is_trained_on(whole, tmp_path):
    data = shutil.copytree(whole / "data", tmp_path / "data")
    picture, mask = data / "trainA" / "b.png", data / "trainA_seg" / "b_0.png"
    Image.open(picture).convert("CMYK").save(picture.with_suffix(".jpg"))
    picture.unlink()
    Image.open(mask).convert("1").save(mask)
    Image.open(data / "trainA" / "c.png").convert("P").save(data / "trainA" / "c.png")
    Image.new("L", (64, 64)).save(data / "trainA_seg" / "d_0.png")
    (got,) = call_all([loud(train(data, tmp_path / "run"))])
    assert got.code == 0, got.err
    assert "3 crops of square" in got.err
    (line,) = [line for line in got.err.splitlines() if line.startswith("WARNING")]
    assert "1 in all, the first is" in line
    assert line.endswith("d_0.png; draw or remove them")


class Payload:
    """Whoever unpickles this makes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def put_state(run: Path, content: object) -> None:
    """Give a run one state more, the newest, whose name bears the digest of what it holds."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    name = f"0000009-{_digest(buffer.getvalue())}.pt"
    (run / "states" / name).write_bytes(buffer.getvalue())


def only_state(run: Path, data: bytes) -> None:
    for path in find_states(run):
        path.unlink()
    (run / OLD_NAME).write_bytes(data)


def test_a_malformed_state_is_named_and_nothing_in_it_runs(whole, tmp_path):
    marks = [tmp_path / f"executed{n}" for n in range(2)]
    runs = {
        name: shutil.copytree(whole / "run", tmp_path / name)
        for name in ("nan", "code", "pickle", "zip", "empty", "folder", "cut", "wide")
    }
    good = torch.load(find_states(runs["nan"])[0], weights_only=True)
    next(iter(good["generators"]["AtoB"].values()))[0] = float("inf")
    put_state(runs["nan"], good)
    put_state(runs["code"], {"step": Payload(marks[0])})
    only_state(runs["pickle"], pickle.dumps(Payload(marks[1])))
    only_state(runs["zip"], b"PK\x05\x06" + bytes(18))
    only_state(runs["empty"], b"")
    (runs["folder"] / "states" / f"0000009-{'0' * 16}.pt").mkdir()
    for path in find_states(runs["cut"]):
        path.write_bytes(path.read_bytes()[:1000])
    calls = [loud(train(whole / "data", run, "--resume")) for run in runs.values()]
    calls[-1][calls[-1].index("--width") + 1] = "3"
    got = dict(zip(runs, call_all(calls), strict=True))
    for name, told in {
        "nan": "it holds values that are not finite; going on from 0000002-",
        "code": "it holds code, which was not run; going on from 0000002-",
        "folder": "Is a directory; going on from 0000002-",
    }.items():
        assert got[name].code == 0, got[name].err
        (line,) = [line for line in got[name].err.splitlines() if line.startswith("WARNING")]
        assert told in line
    for name, told in {
        "pickle": "state.pt is damaged: no state can be read from it; nothing is left to resume",
        "zip": "state.pt is damaged: no state can be read from it; nothing is left to resume",
        "empty": "state.pt is damaged: no state can be read from it; nothing is left to resume",
        "cut": "is damaged: the SHA-256 of its 1000 bytes is not that of its name",
        "wide": "is of a run with other networks",
    }.items():
        *before, last = got[name].err.splitlines()
        assert got[name].code == 2
        assert all("crops of" in line or "resuming with" in line for line in before), before
        assert told in last
        assert len(last) < 700
    assert not any(mark.exists() for mark in marks)


def test_a_pair_to_start_from_is_checked_and_its_rules_are_told(whole, tmp_path):
    pair, wide = whole / "run" / "square2bar", whole / "wide" / "square2bar"
    damaged, half = (shutil.copytree(pair, tmp_path / name) for name in ("damaged", "half"))
    weights = next(damaged.glob("BtoA-*"))
    weights.write_bytes(bytes([weights.read_bytes()[0] ^ 1]) + weights.read_bytes()[1:])
    card = (half / "card.json").read_text()
    (half / "card.json").write_text(card.replace('"BtoA"', '"CtoA"'))
    cold = [*("--warm-up", "0")]
    cases = [
        (["--init", pair, "--resume", *cold], 2, "--init begins a run and --resume goes on"),
        (["--init", pair], 2, f"--warm-up 2 would undo --init {pair}; leave one out"),
        (["--init", "nowhere", *cold], 6, "No pair 'nowhere'"),
        (["--init", tmp_path / "gone", *cold], 6, "card.json is missing"),
        (["--init", wide, *cold], 2, "generators of base_width 3 instead of 2; give the run"),
        (["--init", damaged, *cold], 6, "is damaged: its SHA-256 is not"),
        (["--init", half, *cold], 6, "Bad "),
        (["--skip-limit", "-1"], 2, "skip_limit is -1, use 0 or more"),
        (["--keep", "0"], 2, "'--keep': 0 is not in the range"),
    ]
    calls = [
        train(whole / "data", tmp_path / f"run{n}", *flags) for n, (flags, *_) in enumerate(cases)
    ]
    warm = train(whole / "data", tmp_path / "warm", "--init", pair)
    place = warm.index("--warm-up")
    del warm[place : place + 2]
    calls.append(warm)
    *refused, fine = call_all(calls)
    for got, (_, code, told) in zip(refused, cases, strict=True):
        assert_refused(got, code=code, told=told)
    assert fine.code == 0, fine.err
    assert json.loads((tmp_path / "warm/config.json").read_text())["warm_up"] == 0
    assert str(tmp_path) not in (tmp_path / "warm/square2bar/card.json").read_text()


def test_a_disk_that_is_full_ends_a_run_whose_last_state_stays(whole, tmp_path):
    run = shutil.copytree(whole / "run", tmp_path / "run")
    newest = find_states(run)[0]
    more = train(whole / "data", run, "--resume", "--stages", "32:3")
    (full,) = call_all([more], limit_bytes=newest.stat().st_size // 2)
    assert full.code == 4, full.err
    assert f"Cannot write {run}: File too large; make room" in full.err.splitlines()[-1]
    assert find_states(run)[0] == newest
    assert not list(run.glob("**/.*.tmp"))


def test_a_folder_that_cannot_be_written_is_named(whole, tmp_path):
    (tmp_path / "file").write_text("in the way")
    run = shutil.copytree(whole / "run", tmp_path / "run")
    shutil.rmtree(run / "previews")
    (run / "previews").write_text("in the way")
    got = call_all(
        [
            train(whole / "data", tmp_path / "file"),
            train(whole / "data", run, "--resume", "--stages", "32:3"),
        ]
    )
    assert_refused(got[0], code=4, told=f"Cannot write {tmp_path / 'file'}: ")
    assert got[1].code == 4
    assert f"Cannot write {run}: File exists; make room" in got[1].err.splitlines()[-1]
    assert find_states(run)[0].name.startswith("0000003")
