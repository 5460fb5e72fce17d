"""V8: a kill loses little, and nothing that was there. V9: signals. V10: a full disk."""

import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import av
from forked import await_true, start
from kept_runs import seen
from rows import Row, row_of
from tiny_worker import MODELS
from world import write_clip

_OLD = b"a result of before"
_FAST = ("-y", "--preset", "ultrafast")
_EXACT = ("-y", "-c", "ffv1")
_ATTEMPTS = 5
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_MOST_SECONDS, _MOST_SECONDS_AFTER_SECOND = 3, 0.5
_SLOW: dict[str, tuple[str, ...]] = {
    "1920x1080": (),
    "1280x720": ("-c", "libx265", "--preset", "veryslow"),
}
"""Runs whose encoder holds pictures that it takes seconds or minutes for, by the clip's size."""
_ENCODER_FILLS_SECONDS = 3.0
_START_SECONDS = 5.0
"""By when a run surely is under way; what comes before 0.1 s is Python's own start."""


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


def make_large_clip(folder: Path, *, size: str) -> Path:
    """Write ten seconds that a slow encoder works on for longer than a signal may take."""
    path = folder / f"{size}.mp4"
    with (
        av.open(f"testsrc2=size={size}:rate=30:duration=10", format="lavfi") as source,
        av.open(str(path), "w") as output,
    ):
        width, height = map(int, size.split("x"))
        stream = output.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in source.decode(video=0):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def prove_signals(clip: Path, folder: Path, *, signals: int) -> Row:
    """Interrupt runs under way once or twice, while they wait for an input, and as they start."""
    rng = random.Random(9)

    def outcomes() -> Iterator[str]:
        for number in range(signals):
            which, twice = _SIGNALS[number % 2], number % 4 > 1
            process, place = _under_way(clip, folder / f"signal{number}", rng)
            wrong = _ended_badly(process, which, place, twice=twice)
            wrong = wrong or ("" if twice else _unplayable(place))
            yield wrong and f"{which.name}{' twice' * twice}, {number}: {wrong}"
        for number, which in enumerate(_SIGNALS * 2):
            yield _while_opening(folder / f"opening{number}", which)
        for size, options in _SLOW.items():
            large = make_large_clip(folder, size=size)
            for which, twice in itertools.product(_SIGNALS, (False, True)):
                place = folder / f"{size}-{which.name}{twice}"
                yield _while_encoding(large, place, which, options, twice=twice)
        for number in range(signals):
            which, seconds = _SIGNALS[number % 2], _START_SECONDS * (number + 0.5) / signals
            wrong = _while_starting(clip, folder / f"starting{number}", which, seconds)
            yield wrong and f"{which.name} {seconds:.1f} s after the start: {wrong}"

    what = (
        f"{signals} x Ctrl-C and TERM under way, 4 at an open pipe, 8 in slow encoders, {signals} "
        "at the start: 130/143 within 3 s, the second within 0.5 s, partial file plays"
    )
    return row_of("V9", outcomes(), what)


def _under_way(clip: Path, folder: Path, rng: random.Random) -> tuple[BaseProcess, Path]:
    """Return a run in its midst, and its folder."""
    for attempt in range(_ATTEMPTS):
        place = _fresh(folder / str(attempt))
        process = _begin(clip, place / "out.mp4")
        time.sleep(rng.uniform(0, 1.0 / 2**attempt))
        if process.is_alive():
            break
    return process, place


def _while_opening(place: Path, which: int) -> str:
    """Interrupt a run whose input gives nothing."""
    os.mkfifo(_fresh(place) / "pipe.mkv")
    process = start([str(place / "pipe.mkv"), "-o", str(place / "out.mp4"), *_FAST], place / "said")
    await_true(lambda: (place / "said").exists(), process)
    time.sleep(0.5)
    wrong = _ended_badly(process, which, place, twice=False)
    return wrong and f"{signal.Signals(which).name} while it waits for its input: {wrong}"


def _while_encoding(
    clip: Path, place: Path, which: signal.Signals, options: tuple[str, ...], *, twice: bool
) -> str:
    """Interrupt a run whose encoder takes seconds for what it holds."""
    process = start(
        [str(clip), "-o", str(_fresh(place) / "out.mp4"), "-y", *options], place / "said"
    )
    await_true(lambda: bool(_left(place)), process)
    time.sleep(_ENCODER_FILLS_SECONDS)
    wrong = _ended_badly(process, which, place, twice=twice)
    is_kept = (place / ".out.mp4.resume").is_dir() or not _unplayable(place)
    wrong = wrong or ("" if is_kept else "nothing is kept")
    return wrong and f"{which.name}{' twice' * twice} with {' '.join(options) or clip}: {wrong}"


def _while_starting(clip: Path, place: Path, which: int, seconds: float) -> str:
    """Interrupt a run in a process of its own, with its real networks, so long after its start."""
    target = _fresh(place) / "out.mp4"
    command = [sys.executable, "-c", "from instavid.cli import main; main()", "run", str(clip)]
    with subprocess.Popen(
        [*command, "-o", str(target), "-y", *MODELS], stderr=subprocess.PIPE, text=True
    ) as process:
        time.sleep(seconds)
        began = time.monotonic()
        process.send_signal(which)
        said = process.communicate(timeout=60)[1]
    took = time.monotonic() - began
    # Before the command line is there, SIGTERM ends any process by itself: shells call that 143.
    codes = (128 + which, -which) if which == signal.SIGTERM else (128 + which,)
    wrong = "" if process.returncode in codes else f"exit code {process.returncode}: {said}"
    wrong = wrong or (said if "Traceback" in said else "")
    wrong = wrong or ("" if took <= _MOST_SECONDS else f"ended after {took:.1f} s")
    return wrong or ("" if target.read_bytes() == _OLD else "the target was touched")


def _ended_badly(process: BaseProcess, which: int, place: Path, *, twice: bool) -> str:
    """Send signals; return what is wrong with how a run to `out.mp4` ended, or ""."""
    os.kill(process.pid or 0, which)
    if twice:
        time.sleep(0.05)
        with contextlib.suppress(ProcessLookupError):  # the first was enough
            os.kill(process.pid or 0, which)
    began = time.monotonic()
    process.join(60)
    took, most = time.monotonic() - began, _MOST_SECONDS_AFTER_SECOND if twice else _MOST_SECONDS
    wrong = "" if process.exitcode == 128 + which else f"exit code {process.exitcode}"
    wrong = wrong or ("" if took <= most else f"ended after {took:.1f} s")
    return wrong or ("" if (place / "out.mp4").read_bytes() == _OLD else "the target was touched")


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
