"""V11, V12, T4, S1 to S3 and S5: memory, hardware, code in weights, what reaches outside."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
from audited import Audited, call_audited, clean_environment
from clips import Clip, write_clip
from hostile import bombs, tricks
from memory_run import measure_growth
from payloads import trials
from rows import Row, row_of
from tiny_worker import TinyWorker
from whole_cli import every_command
from world import World
from world import write_clip as write_long_clip

_MOST_BYTES = 1_500_000_000
_HARDWARE = ("h264_nvenc", "hevc_nvenc", "av1_nvenc", "h264_qsv", "h264_vaapi", "h264_amf")
_MARK = "compositeWithTrainedAlgorithmicMedia"


def prove_memory(folder: Path, *, frames: int, most_mib: int) -> Row:
    """Compare the peak after 400 frames with that at the end, of a run by default and a proven one.

    MP4 grows most: until its end FFmpeg's muxer holds some 100 bytes for each packet.
    """
    clip = write_long_clip(folder / "memory.mp4", frames=frames)
    grown = []

    def outcomes() -> Iterator[str]:
        for verify in (False, True):
            growth = measure_growth(clip, folder / f"verified-{verify}.mp4", verify=verify)
            grown.append(f"{growth.mib:.1f}")
            is_flat = growth.frames == frames and growth.mib <= most_mib
            yield "" if is_flat else f"{'with --verify: ' * verify}{growth}"

    row = row_of("V11", outcomes(), "")
    what = f"{frames} frames, by default and with --verify: grew by {' and '.join(grown)} MiB"
    return replace(row, what=f"{what}, {most_mib} allowed")


def prove_hardware(folder: Path, worker: TinyWorker) -> Row:
    """Ask for encoders of graphics cards; where there is none, one line says so or falls back."""
    clip = write_clip(folder / "clip.mp4")

    def outcomes() -> Iterator[str]:
        for name in _HARDWARE:
            target = folder / "hardware.mp4"
            called = worker.run(clip, target, "-c", name, "--progress", "none", seconds=60)
            named = [line for line in called.err.splitlines() if name in line]
            fine = called.code == 0 and len(named) == 1
            yield "" if fine else f"{name}: {called}"

    return row_of("V12", outcomes(), "6 hardware encoders not there: replaced, with one line")


def prove_payloads(folder: Path, *, step: int) -> Row:
    """Load pickles that run code as weights of every kind."""
    some = trials(folder)[::step]
    outcomes = (f"{trial.name} was run" if trial.runs_code() else "" for trial in some)
    return row_of("T4", outcomes, "20 pickles x 4 wrappings x 8 loaders: none executed")


def prove_quiet(world: World, folder: Path) -> list[Row]:
    """Call every command under an audit hook, with a home that nobody can write to."""
    results, place, spare = (folder / name for name in ("results", "place", "tmp"))
    for each in (results, place, spare):
        each.mkdir(parents=True)
    own = {"HOME": "/proc/nonexistent", "INSTAVID_CACHE": str(folder / "cache")}
    empty = dict.fromkeys(("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), "")
    commands = every_command(world, results)
    found = call_audited(
        commands,
        environment=clean_environment(**own, **empty, TMPDIR=str(spare)),
        folder=place,
    )
    allowed = (str(results), str(folder / "cache"), str(spare), "/dev/null")
    return [
        row_of("S1", _reaching(found), f"{len(commands)} commands: no socket, no look-up, no pip"),
        row_of("S2", _writing(found, allowed, place), "the same, no home: no write elsewhere"),
    ]


def _reaching(found: Audited) -> Iterator[str]:
    for call in found.calls:
        yield f"{call}" if call.code not in (0, 3) else ""
    yield f"network: {found.network}" if found.network else ""
    pip = [process for process in found.processes if "pip" in process]
    yield f"pip: {pip}" if pip else ""


def _writing(found: Audited, allowed: tuple[str, ...], place: Path) -> Iterator[str]:
    for path in found.writes:
        yield "" if path.startswith(allowed) else f"wrote {path}"
    yield f"left {list(place.iterdir())}" if list(place.iterdir()) else ""


def prove_contained(folder: Path, worker: TinyWorker) -> Row:
    """Give playlists, scripts, odd addresses and size bombs as input."""

    def outcomes() -> Iterator[str]:
        target = folder / "out.mkv"
        for trick in tricks(folder, write_clip(folder / "secret.mp4")):
            called = worker.run(trick.source, target, "--progress", "none")
            yield "" if called.code in (2, 3) and not target.exists() else f"{trick.name}: {called}"
        for bomb in bombs(folder):
            called = worker.run(bomb, target, "--progress", "none", seconds=60)
            yield "" if called.code == 3 else f"{bomb.name}: {called}"
        peak = worker.peak_bytes()
        yield f"{peak >> 20} MiB at the peak" if peak > _MOST_BYTES else ""

    return row_of("S3", outcomes(), "30 tricks and 6 size bombs refused, at most 1.5 GB")


def prove_marks(folder: Path, worker: TinyWorker) -> Row:
    """Read back that a result says it is synthetic."""
    clip = write_clip(folder / "clip.mp4", Clip())
    fast = {".webm": ("-e", "deadline=realtime", "-e", "cpu-used=8")}

    def outcomes() -> Iterator[str]:
        for ending in (".mp4", ".mov", ".mkv", ".webm"):
            target = folder / f"marked{ending}"
            more = fast.get(ending, ())
            called = worker.run(clip, target, "--progress", "none", *more, seconds=60)
            if called.code:
                yield f"{ending}: {called}"
                continue
            with av.open(str(target)) as container:
                tags = {key.lower(): value for key, value in container.metadata.items()}
            yield "" if _MARK in tags.get("comment", "") else f"{ending}: {tags}"

    return row_of("S5", outcomes(), "4 containers: the result says that it is synthetic")
