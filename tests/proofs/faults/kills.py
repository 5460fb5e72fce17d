"""V8: a kill loses little, and nothing that was there. V9: signals. V10: a full disk."""

import os
import random
import signal
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import av
from forked import await_true, start
from kept_runs import seen
from rows import Row, row_of
from world import write_clip

_OLD = b"a result of before"
_FAST = ("-y", "--preset", "ultrafast")
_EXACT = ("-y", "-c", "ffv1")
_ATTEMPTS = 5


def make_long_clip(folder: Path, *, frames: int = 1500) -> Path:
    """Write a clip that takes seconds."""
    return write_clip(folder / "long.mp4", frames=frames)


def prove_kills(clip: Path, folder: Path, *, kills: int) -> Row:
    """Kill runs at random moments; the target keeps what it had, and --resume makes all of it."""
    rng = random.Random(8)
    whole = _fresh(folder / "unkilled") / "out.mkv"
    start([str(clip), "-o", str(whole), *_EXACT], folder / "said").join()
    wanted = seen(whole)

    def outcomes() -> Iterator[str]:
        for number in range(kills):
            target = _killed(clip, folder / f"kill{number}", rng)
            if target is None:
                yield f"kill {number}: the run always ended before"
                continue
            wrong = "" if target.read_bytes() == _OLD else "the target was touched"
            wrong = wrong or _unplayable(target.parent) or _other_when_resumed(clip, target, wanted)
            yield wrong and f"kill {number}: {wrong}"

    what = f"{kills} SIGKILLs: old target untouched, what is left plays, resumed to equal frames"
    return row_of("V8", outcomes(), what)


def _killed(clip: Path, folder: Path, rng: random.Random) -> Path | None:
    """Kill a run in its midst; return its target, None if it was always over before."""
    for attempt in range(_ATTEMPTS):
        target = _fresh(folder / str(attempt)) / "out.mkv"
        process = _begin(clip, target, *_EXACT)
        time.sleep(rng.uniform(0, 1.5 / 2**attempt))
        process.kill()
        process.join()
        if process.exitcode == -signal.SIGKILL:
            return target
    return None


def prove_signals(clip: Path, folder: Path, *, signals: int) -> Row:
    """Interrupt runs once or twice; they end in time, with the right code and a playable file."""
    rng = random.Random(9)

    def outcomes() -> Iterator[str]:
        for number in range(signals):
            which = (signal.SIGINT, signal.SIGTERM)[number % 2]
            place = _fresh(folder / f"signal{number}")
            target = place / "out.mp4"
            process = _begin(clip, target)
            time.sleep(rng.uniform(0, 1.0))
            twice = number % 4 > 1
            os.kill(process.pid or 0, which)
            began = time.monotonic()
            if twice:
                time.sleep(0.05)
                os.kill(process.pid or 0, which)
            process.join(60)
            took = time.monotonic() - began
            code = process.exitcode
            wrong = "" if code == 128 + which else f"exit code {code}"
            wrong = wrong or ("" if took <= 3 else f"ended after {took:.1f} s")
            wrong = wrong or ("" if target.read_bytes() == _OLD else "the target was touched")
            wrong = wrong or ("" if twice else _unplayable(place))
            yield wrong and f"{which.name}{' twice' * twice}, {number}: {wrong}"

    what = f"{signals} x Ctrl-C and TERM, once and twice: 130/143 within 3 s, partial file plays"
    return row_of("V9", outcomes(), what)


def prove_full_disk(clip: Path, folder: Path, *, offsets: int) -> Row:
    """Let no file grow beyond random sizes, the trailer's included."""
    rng = random.Random(10)

    def outcomes() -> Iterator[str]:
        whole = _fresh(folder / "whole") / "out.mkv"
        start([str(clip), "-o", str(whole), *_FAST], folder / "said").join()
        most = whole.stat().st_size
        for number in range(offsets):
            limit = most - rng.randint(1, 300) if number < 3 else rng.randrange(2_000, most)
            place = _fresh(folder / f"full{number}")
            target, said = place / "out.mkv", folder / "said"
            process = start([str(clip), "-o", str(target), *_FAST], said, limit_bytes=limit)
            process.join(120)
            told = said.read_text()
            wrong = "" if process.exitcode == 4 else f"exit code {process.exitcode}: {told}"
            wrong = wrong or ("" if str(target) in told and "full" in told else f"said {told}")
            wrong = wrong or ("" if target.read_bytes() == _OLD else "the target was touched")
            wrong = wrong or ("" if _left(place) else "nothing is kept")
            yield wrong and f"full at {limit} of {most}: {wrong}"

    what = f"disk full at {offsets} sizes: exit code 4, path told, partial kept, target untouched"
    return row_of("V10", outcomes(), what)


def _fresh(place: Path) -> Path:
    place.mkdir(parents=True)
    (place / "out.mkv").write_bytes(_OLD)
    (place / "out.mp4").write_bytes(_OLD)
    return place


def _begin(clip: Path, target: Path, *options: str) -> BaseProcess:
    """Start a run and wait until it writes."""
    arguments = [str(clip), "-o", str(target), *(options or _FAST)]
    process = start(arguments, target.parent / "said")
    await_true(lambda: any(path.stat().st_size > 20_000 for path in _left(target.parent)), process)
    return process


def _left(place: Path) -> list[Path]:
    """Return what a run left beside its target, or is writing in the folder beside it."""
    return [path for path in place.rglob("*") if "partial" in path.name and path.is_file()]


def _unplayable(place: Path) -> str:
    """Return why what a run left cannot be played, or ""."""
    for path in _left(place):
        frames = 0
        try:
            with av.open(str(path)) as container:
                for _ in container.decode(video=0):
                    frames += 1
        except av.error.FFmpegError as error:
            if not frames:
                return f"{path.name}: {error}"
        if frames:
            return ""
    return "nothing that plays is left"


def _other_when_resumed(clip: Path, target: Path, wanted: object) -> str:
    """Resume a run; return what is wrong with the result, or ""."""
    again = start([str(clip), "-o", str(target), "--resume", *_EXACT], target.parent / "said")
    again.join()
    if again.exitcode:
        return f"resuming ended with {again.exitcode}: {(target.parent / 'said').read_text()}"
    return "" if seen(target) == wanted else "frames, times or sound are others than unkilled"
