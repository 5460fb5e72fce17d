"""V6: whatever bytes come in, one clear line goes out. V7: damage is reported and counted."""

import os
import random
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import av
from clips import Clip, write_clip
from rows import Row, row_of
from tiny_worker import Crash, Hang, TinyWorker
from world import write_clip as write_textured

# README, "Exit codes": of those, what bad bytes can lead to. 1 would be something unforeseen.
DOCUMENTED = {0, 2, 3, 4, 5, 10}
_VP9 = {"deadline": "realtime", "cpu-used": "8"}
_X265 = {"preset": "ultrafast", "x265-params": "log-level=none"}
_QUARTER = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
SEEDS = {
    "h264.mp4": Clip(audio="aac", subtitle="mov_text", chapters=("One",), cover=True),
    "fragments.mp4": Clip(audio="aac", muxer_options={"movflags": "frag_keyframe+empty_moov"}),
    "turned.mov": Clip(audio="pcm_s16le", display_matrix=_QUARTER),
    "h264.mkv": Clip(audio="flac", attachment=b"a font", chapters=("One",), cover=True),
    "ffv1.mkv": Clip(codec="ffv1", pixel_format="yuv422p10le"),
    "hevc.mkv": Clip(codec="libx265", options=_X265),
    "vp9.webm": Clip(codec="libvpx-vp9", options=_VP9, audio="libopus"),
    "vp8.webm": Clip(codec="libvpx", options=_VP9),
    "h264.ts": Clip(audio="mp2"),
    "mpeg2.mpg": Clip(codec="mpeg2video", audio="mp2"),
    "mjpeg.avi": Clip(codec="mjpeg", pixel_format="yuvj420p", audio="pcm_s16le"),
    "mpeg4.avi": Clip(codec="mpeg4", audio="mp2"),
    "h264.flv": Clip(audio="aac"),
    "raw.nut": Clip(codec="rawvideo"),
    "prores.mov": Clip(codec="prores_ks", pixel_format="yuv422p10le"),
}  # fmt: skip


_HELD = ("mkv", "mp4", "ts")
_HOLE_BYTES, _TS_PACKET = 4000, 188


def write_seeds(folder: Path) -> list[Path]:
    """Write a clip in each of 15 formats."""
    folder.mkdir(exist_ok=True)
    return [write_clip(folder / name, clip) for name, clip in SEEDS.items()]


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Return a file with one kind of damage."""
    return rng.choice(_KINDS)(bytearray(data), rng)


def _cut(data: bytearray, rng: random.Random) -> bytes:
    return bytes(data[: rng.randrange(len(data))])


def _noise(data: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.choice([1, 10, 100])):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _head(data: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(min(600, len(data)))] = rng.choice([0, 255, rng.randrange(256)])
    return bytes(data)


def _hole(data: bytearray, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.choice([10, 300, 2000]))
    data[start:end] = bytes(end - start)
    return bytes(data)


def _lack(data: bytearray, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    del data[start : start + rng.choice([1, 30, 1000])]
    return bytes(data)


def _double(data: bytearray, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return bytes(data[:start] + data[max(0, start - 500) :])


_KINDS: tuple[Callable[[bytearray, random.Random], bytes], ...] = (
    *(_cut, _noise, _head, _hole, _lack, _double),
)


def verdict(
    worker: TinyWorker, source: Path, target: Path, *more: str, seconds: float = 10
) -> tuple[int, str]:
    """Send a file through; return its exit code, and what is wrong with how it ended, or ""."""
    fast = ("--progress", "none", "--preset", "ultrafast")
    try:
        called = worker.run(source, target, *fast, *more, seconds=seconds)
    except (Hang, Crash) as fault:
        return -1, f"{type(fault).__name__}: {fault}"
    said = called.err.strip().splitlines()
    if "Traceback" in called.err or called.code not in DOCUMENTED:
        return called.code, f"exit code {called.code}: {said[-1] if said else ''}"
    if called.code not in (0, 10) and not (said and said[-1].startswith("instavid: ")):
        return called.code, f"exit code {called.code} without a word: {said}"
    return called.code, ""


def prove_mutants(folder: Path, worker: TinyWorker, *, files: int, seed: int = 6) -> Row:
    """Run damaged copies of every seed format."""
    rng, codes = random.Random(seed), dict[int, int]()
    keep = os.environ.get("INSTAVID_KEEP_MUTANTS")

    def outcomes() -> Iterator[str]:
        seeds = write_seeds(folder / "seeds")
        for number in range(files):
            seed = seeds[number % len(seeds)]
            mutant = folder / f"mutant{seed.suffix}"
            mutant.write_bytes(mutate(seed.read_bytes(), rng))
            code, wrong = verdict(worker, mutant, folder / "out.mkv")
            codes[code] = codes.get(code, 0) + 1
            if wrong and keep:
                (Path(keep) / f"{number}-{seed.name}").write_bytes(mutant.read_bytes())
            yield wrong and f"file {number}, {seed.name}: {wrong}"

    row = row_of("V6", outcomes(), "")
    told = ", ".join(f"{count} with {code}" for code, count in sorted(codes.items()))
    what = f"{files} mutated files of {len(SEEDS)} formats, one process: {told}"
    return Row(row.row, row.tried, row.passed, what, row.failures)


def prove_damage(folder: Path, worker: TinyWorker, *, points: int) -> Row:
    """Cut a clip in each of three containers at some points, and punch as many holes into it.

    MPEG-TS is not cut between two of its packets, which leaves no trace.
    """
    rng, clip = random.Random(7), write_textured(folder / "textured.mp4", frames=100)

    def outcomes() -> Iterator[str]:
        for ending, kind in product(_HELD, ("cut", "hole")):
            whole = remux(clip, folder / f"whole.{ending}").read_bytes()
            for _ in range(points):
                place = int(len(whole) * rng.uniform(0.15, 0.9))
                place += ending == "ts" and place % _TS_PACKET == 0
                hurt = bytearray(whole[:place] if kind == "cut" else whole)
                if kind == "hole":
                    hurt[place : place + _HOLE_BYTES] = bytes(_HOLE_BYTES)
                source = folder / f"hurt.{ending}"
                source.write_bytes(hurt)
                wrong = _unreported(worker, source, folder / "out.mkv")
                yield wrong and f"{ending}, {kind} at {place} of {len(whole)}: {wrong}"

    what = f"{points} cuts and {points} holes each of MKV, MP4 and TS: told, counted, playable"
    return row_of("V7", outcomes(), what)


def remux(clip: Path, target: Path) -> Path:
    """Put the pictures of a clip into another container, the index of an MP4 first."""
    options = {"movflags": "faststart"} if target.suffix == ".mp4" else {}
    with av.open(str(clip)) as source, av.open(str(target), "w", container_options=options) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    return target


def _unreported(worker: TinyWorker, source: Path, target: Path) -> str:
    target.unlink(missing_ok=True)
    code, wrong = verdict(worker, source, target)
    if wrong or code == 3:
        return wrong
    if code != 10:
        return f"exit code {code}"
    with av.open(str(target)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    return "" if frames else "nothing can be played"


def prove_robust(folder: Path, worker: TinyWorker, shared: Path) -> Row:
    """Run every file of the folder of odd files."""

    def outcomes() -> Iterator[str]:
        for source in sorted(shared.iterdir()):
            short = ("--duration", "2s")  # some are long
            _, wrong = verdict(worker, source, folder / "out.mkv", *short, seconds=120)
            yield wrong and f"{source.name}: {wrong}"

    return row_of("V6", outcomes(), "odd files of other projects: a result, or one clear line")
