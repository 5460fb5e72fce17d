"""Standard input and output as containers: exactly one comes in, exactly one goes out."""

import ctypes
import io
import json
import os
import pty
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from streamed import as_stream, piped
from world import World

from instavid.cli import main
from instavid.media.rationals import to_fraction

CONTAINERS = {
    "matroska": "matroska,webm",
    "nut": "nut",
    "mpegts": "mpegts",
    "mp4": "mov,mp4,m4a,3gp,3g2,mj2",
}


class Piped:
    """Runs `instavid run -` in this process between two pipes."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        self._world, self._capsys = world, capsys
        self.output = b""
        self.said = ""

    def __call__(self, data: bytes | Path, *arguments: str | Path, source: str = "-") -> int:
        """Return the exit code; what came out and what was said on stderr is kept."""
        models = ("-p", "sheep2giraffe", "--seg-model", self._world.segmenter, "--imgsz", "64")
        command = ["run", source, *models, "-d", "cpu", "--progress", "none", *arguments]
        with piped(data) as flow, pytest.raises(SystemExit) as end:
            main([str(argument) for argument in command])
        self.output, self.said = flow.output, self._capsys.readouterr().err
        return int(end.value.code or 0)

    def refused(self, code: int, *words: str) -> None:
        """Check that one line was said, and that no byte went out."""
        assert self.output == b""
        assert self.said.count("\n") == 1, self.said
        for word in words:
            assert word in self.said


@pytest.fixture
def run(world: World, capsys: pytest.CaptureFixture[str]) -> Piped:
    return Piped(world, capsys)


@pytest.fixture(scope="session")
def streams(world: World) -> dict[str, bytes]:
    """Return the world's clip as each container that can be streamed."""
    return {container: as_stream(world.clip, container) for container in CONTAINERS}


def stamps(data: bytes | Path) -> list[Fraction]:
    with av.open(io.BytesIO(data) if isinstance(data, bytes) else str(data)) as container:
        return [frame.pts * to_fraction(frame.time_base) for frame in container.decode(video=0)]


def sound(data: bytes | Path) -> list[tuple[Fraction, bytes]]:
    with av.open(io.BytesIO(data) if isinstance(data, bytes) else str(data)) as container:
        found = container.demux(audio=0)
        return [
            (p.pts * to_fraction(p.time_base), bytes(p))
            for p in found
            if p.size and not p.is_discard
        ]


def pictures(data: bytes | Path) -> list[bytes]:
    with av.open(io.BytesIO(data) if isinstance(data, bytes) else str(data)) as container:
        return [
            b"".join(bytes(plane)[: plane.line_size * plane.height] for plane in frame.planes)
            for frame in container.decode(video=0)
        ]


def name(data: bytes) -> str:
    with av.open(io.BytesIO(data)) as container:
        return container.format.name


@pytest.mark.parametrize("container", CONTAINERS)
def test_time_stamps_and_sound_go_through(
    run: Piped, streams: dict[str, bytes], container: str
) -> None:
    sent = streams[container]
    assert run(sent, "-o", "-", "-f", container) == 0, run.said
    assert name(run.output) == CONTAINERS[container]
    move = stamps(run.output)[0] - stamps(sent)[0]
    # NUT with sound holds nothing below zero: all that is in it starts later by the reordering.
    assert (move > 0) == (container == "nut")
    assert ("all streams start" in run.said) == (container == "nut")
    assert len(stamps(sent)) == 40
    assert stamps(run.output) == [time + move for time in stamps(sent)]
    assert len(sound(sent)) > 60
    assert [packet for _, packet in sound(run.output)] == [packet for _, packet in sound(sent)]
    for (was, _), (now, _) in zip(sound(sent), sound(run.output), strict=True):
        assert abs(now - was - move) <= Fraction(1, 48000)


def test_the_result_of_a_pipe_is_that_of_files(
    run: Piped, streams: dict[str, bytes], tmp_path: Path
) -> None:
    clip, result = tmp_path / "clip.mkv", tmp_path / "out.mkv"
    clip.write_bytes(streams["matroska"])
    assert run(b"", "-o", result, "-c", "ffv1", source=str(clip)) == 0
    assert run(clip.read_bytes(), "-c", "ffv1") == 0, run.said
    assert pictures(run.output) == pictures(result)
    assert stamps(run.output) == stamps(result)
    assert sound(run.output) == sound(result)


def test_the_container_is_that_of_the_input_or_matroska(
    run: Piped, streams: dict[str, bytes]
) -> None:
    assert run(streams["nut"], "--end", "3") == 0
    assert name(run.output) == "nut"
    assert run(streams["mp4"], "--end", "3") == 0
    assert name(run.output) == "matroska,webm"


def test_a_file_as_standard_input_may_have_its_index_at_the_end(run: Piped, world: World) -> None:
    assert run(world.clip) == 0, run.said
    assert len(stamps(run.output)) == 40


def test_a_part_of_a_stream_is_decoded_up_to(run: Piped, streams: dict[str, bytes]) -> None:
    sent = streams["matroska"]
    assert run(sent, "--start", "0.5s", "--end", "1.2s") == 0, run.said
    whole = stamps(sent)
    part = [t for t in whole if 0.5 <= t - whole[0] < 1.2]
    assert 3 < len(part) < 30
    assert stamps(run.output) == [t - part[0] for t in part]


def y4m(width: int, height: int, chroma: str, samples: int, frames: int = 5) -> bytes:
    """Return noise as Y4M, written by hand."""
    noise = np.random.default_rng(0).integers(16, 235, (frames, samples), np.uint8)
    head = f"YUV4MPEG2 W{width} H{height} F24000:1001 Ip A1:1 C{chroma}\n".encode()
    return head + b"".join(b"FRAME\n" + frame.tobytes() for frame in noise)


@pytest.mark.parametrize(
    ("size", "chroma", "samples"),
    [
        ((64, 48), "420jpeg", 64 * 48 * 3 // 2),
        ((63, 47), "420jpeg", 63 * 47 + 2 * 32 * 24),
        ((63, 47), "444", 63 * 47 * 3),
        ((63, 47), "mono", 63 * 47),
        ((64, 48), "422p10", 64 * 48 * 4),
    ],
    ids=["even", "odd", "444", "grey", "10-bit"],
)
def test_y4m_comes_and_goes_sample_for_sample(
    run: Piped, size: tuple[int, int], chroma: str, samples: int
) -> None:
    sent = y4m(*size, chroma, samples)
    if chroma == "422p10":
        numbers = np.frombuffer(sent.split(b"FRAME\n", 1)[1], np.uint8)
        assert len(numbers)
        sent = _shallow(sent, samples)
    assert run(sent, "--conf", "1") == 0, run.said
    assert run.output.startswith(b"YUV4MPEG2 W%d H%d F24000:1001 " % size)
    assert f"C{chroma}".encode() in run.output.split(b"\n")[0].split()
    assert run.output.split(b"\n", 1)[1] == sent.split(b"\n", 1)[1]


def _shallow(sent: bytes, samples: int) -> bytes:
    """Return 10-bit Y4M in which no sample needs more than 10 bits."""
    head, body = sent.split(b"\n", 1)
    frames = np.frombuffer(body, np.uint8).reshape(-1, 6 + samples).copy()
    frames[:, 7::2] &= 3
    return head + b"\n" + frames.tobytes()


def test_what_y4m_cannot_hold_is_named(run: Piped, streams: dict[str, bytes]) -> None:
    assert run(streams["matroska"], "-o", "-", "-f", "yuv4mpegpipe") == 0, run.said
    assert "audio stream 1 (aac): yuv4mpegpipe holds one raw video" in run.said
    assert "constant frame rate" in run.said
    assert len(stamps(run.output)) == 40
    assert run(streams["matroska"], "-o", "-", "-f", "yuv4mpegpipe", "--strict") == 4
    assert run.output == b""


def test_nothing_but_the_container_goes_to_standard_output(
    run: Piped, streams: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(streams["nut"], "-c", "ffv1") == 0
    silent = run.output
    from instavid import pipeline

    real = pipeline.composite

    def talkative(*arguments: object, **options: object) -> object:
        os.write(1, b"from Python\n")
        ctypes.CDLL(None).puts(b"from C")
        ctypes.CDLL(None).fflush(None)
        subprocess.run(["echo", "from a child"], check=True)
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "composite", talkative)
    assert run(streams["nut"], "-c", "ffv1") == 0
    assert run.output == silent
    assert len(stamps(silent)) == 40


@pytest.mark.parametrize(
    ("data", "word"),
    [(b"", "nothing came"), (b"hello\n" * 999, "send Matroska"), (bytes(50_000), "send Matroska")],
    ids=["empty", "text", "zeros"],
)
def test_no_video_from_a_pipe_is_one_line(run: Piped, data: bytes, word: str) -> None:
    assert run(data) == 3
    run.refused(3, "standard input", word)


def test_an_mp4_with_its_index_at_the_end_is_refused_with_advice(run: Piped, world: World) -> None:
    assert run(world.clip.read_bytes()) == 3
    run.refused(3, "index at the end", "-f matroska")


def test_a_playlist_from_a_pipe_opens_no_file(run: Piped, world: World) -> None:
    script = f"ffconcat version 1.0\nfile '{world.clip}'\n".encode()
    assert run(script) == 3
    run.refused(3)


@pytest.mark.parametrize(
    ("container", "percent"), [("matroska", 60), ("nut", 60), ("mp4", 30), ("yuv4mpegpipe", 60)]
)
def test_a_pipe_that_breaks_off_gives_what_came_and_says_so(
    run: Piped, streams: dict[str, bytes], container: str, percent: int
) -> None:
    whole = streams.get(container) or y4m(64, 48, "420jpeg", 64 * 48 * 3 // 2, frames=40)
    assert run(whole[: len(whole) * percent // 100]) == 10, run.said
    assert "breaks off in the middle" in run.said
    assert 10 < len(stamps(run.output)) < 40


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("-o", "-", "--json"), "--progress json"),
        (("-o", "out.mkv", "-f", "nut"), "the ending of out.mkv"),
        (("-o", "-", "-f", "mp4", "-e", "movflags=+faststart"), "empty_moov"),
        (("-o", "-", "-f", "yuv4mpegpipe", "-c", "libx264"), "yuv4mpegpipe"),
        (("-o", "-", "-f", "avi"), "avi"),
    ],
    ids=["json", "file", "faststart", "codec", "container"],
)
def test_an_impossible_request_is_refused(
    run: Piped,
    streams: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    word: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(streams["matroska"], *arguments) == 2, run.said
    run.refused(2, word)
    assert list(tmp_path.iterdir()) == []


def test_the_report_of_a_stream_goes_to_a_file(
    run: Piped, streams: dict[str, bytes], tmp_path: Path
) -> None:
    file = tmp_path / "report.json"
    assert run(streams["matroska"], "-o", "-", "--report", file) == 0, run.said
    report = json.loads(file.read_text())
    assert (report["input"], report["output"], report["frames"]) == ("-", "-", 40)
    assert report["bytes"] == len(run.output) > 1000
    assert report["streams"]["kept"][0]["codec"] == "aac"
    file.write_text("precious")
    assert run(streams["matroska"], "-o", "-", "--report", file) == 4
    run.refused(4, "report.json", "-y")
    assert file.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("output", [(), ("-o", "-")], ids=["no output", "-o -"])
def test_a_terminal_gets_no_video(
    world: World,
    streams: dict[str, bytes],
    capsys: pytest.CaptureFixture[str],
    output: tuple[str, ...],
) -> None:
    ours, theirs = pty.openpty()
    try:
        with piped(streams["matroska"]):
            os.dup2(theirs, 1)
            with pytest.raises(SystemExit) as end:
                main(["run", "-", "-p", "sheep2giraffe", *output])
            os.set_blocking(ours, False)
            with pytest.raises(BlockingIOError):
                os.read(ours, 1)
    finally:
        os.close(ours)
        os.close(theirs)
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert said.count("\n") == 1
    assert "-o FILE" in said


def test_named_pipes_are_read_and_written(
    run: Piped, streams: dict[str, bytes], tmp_path: Path
) -> None:
    source, target, taken = tmp_path / "in.mkv", tmp_path / "out.nut", tmp_path / "taken"
    os.mkfifo(source)
    os.mkfifo(target)
    feeding = threading.Thread(target=source.write_bytes, args=[streams["matroska"]])
    draining = threading.Thread(target=lambda: taken.write_bytes(target.read_bytes()))
    feeding.start()
    draining.start()
    assert run(b"", "-o", target, "-f", "nut", source=str(source)) == 0, run.said
    feeding.join(20)
    draining.join(20)
    assert name(taken.read_bytes()) == "nut"
    assert len(stamps(taken)) == 40
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mkv", "out.nut", "taken"]


def start(world: World, *arguments: str, stdin: int) -> subprocess.Popen[bytes]:
    models = ("-p", "sheep2giraffe", "--seg-model", world.segmenter, "--imgsz", "64", "-d", "cpu")
    return subprocess.Popen(
        world.command("run", "-", *models, "--progress", "json", *arguments),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_reader_that_goes_away_ends_the_run_quietly(
    world: World, make_clip: Callable[[int], Path]
) -> None:
    with make_clip(3000).open("rb") as clip:
        process = start(world, "-o", "-", stdin=clip.fileno())
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(4) == b"\x1a\x45\xdf\xa3"
    process.stdout.close()
    said = process.stderr.read().decode()
    assert process.wait(60) == 141
    last = json.loads(said.splitlines()[-1])
    assert (last["event"], last["exit_code"]) == ("error", 141)
    assert "Traceback" not in said


def test_ctrl_c_while_nothing_comes_ends_with_a_whole_container(
    world: World, make_clip: Callable[[int], Path]
) -> None:
    sent = as_stream(make_clip(300), "matroska")
    process = start(world, "-o", "-", "-f", "nut", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(process.stdout.read()))
    reader.start()
    process.stdin.write(sent[: len(sent) // 2])
    process.stdin.flush()
    while b'"progress"' not in (line := process.stderr.readline()):
        assert line, "ended early"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    last = json.loads(process.stderr.read().splitlines()[-1])
    assert process.wait(30) == 130
    assert time.monotonic() - began < 30
    reader.join(10)
    assert last["exit_code"] == 130
    decoded = len(stamps(received[0]))
    assert 1 <= decoded < 300
    assert f"{decoded} frames went to standard output" in last["message"]
    process.stdin.close()


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the ffmpeg program is not installed")
def test_it_sits_between_two_ffmpeg_commands(world: World, tmp_path: Path) -> None:
    result = tmp_path / "out.mp4"
    reading = ["ffmpeg", "-v", "error", "-i", world.clip, "-c", "copy", "-f", "matroska", "-"]
    writing = ["ffmpeg", "-v", "error", "-i", "-", "-c", "copy", str(result)]
    with subprocess.Popen(reading, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        second = start(world, stdin=first.stdout.fileno())
        first.stdout.close()
        last = subprocess.run(writing, stdin=second.stdout, check=False)
        _, said = second.communicate(timeout=60)
    assert (first.returncode, second.returncode, last.returncode) == (0, 0, 0), said
    assert len(stamps(result)) == 40
    # Matroska keeps a millisecond, and ffmpeg makes all of it start late by the encoder's delay.
    moves = [there - here for here, there in zip(stamps(world.clip), stamps(result), strict=True)]
    assert max(moves) - min(moves) <= Fraction(1, 1000)
    # The first packet is only there to be decoded; what is in front of the sound varies.
    heard = [packet for _, packet in sound(world.clip)]
    assert [packet for _, packet in sound(result)][-len(heard) :] == heard
