"""What a user sees when something is wrong: one line, the documented code, nothing lost."""

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from shells import Shell
from world import World


@pytest.fixture
def shell(world: World, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(world, capsys)


def check_refusal(result: tuple[int, str], code: int, *words: str) -> None:
    """Check the exit code, and that the message is one line that has the words."""
    found, message = result
    assert found == code, message
    assert message.count("\n") == 1, message
    assert "Traceback" not in message
    for word in words:
        assert word in message


def no_video(path: Path) -> Path:
    with av.open(str(path), "w") as output:
        audio = output.add_stream("aac", rate=48000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.int16), "s16")
        sound.sample_rate, sound.pts = 48000, 0
        output.mux(audio.encode(sound))
        output.mux(audio.encode(None))
    return path


def zero_frames(path: Path, clip: Path) -> Path:
    """Write a file with the header of a clip and none of its pictures."""
    with av.open(str(clip)) as source, av.open(str(path), "w", format="matroska") as output:
        output.add_stream_from_template(source.streams.video[0])
        output.start_encoding()
    return path


def test_a_missing_input_is_named(shell: Shell, tmp_path: Path) -> None:
    check_refusal(shell.run(tmp_path / "gone.mp4"), 3, "gone.mp4", "no such file")


def test_an_input_without_video_is_refused(shell: Shell, tmp_path: Path) -> None:
    check_refusal(shell.run(no_video(tmp_path / "sound.mp4")), 3, "no video stream")


def test_an_input_without_pictures_is_refused(shell: Shell, world: World, tmp_path: Path) -> None:
    empty = zero_frames(tmp_path / "header.mkv", world.clip)
    check_refusal(shell.run(empty), 3, "header.mkv")
    assert list(tmp_path.iterdir()) == [empty]


@pytest.mark.parametrize("content", [b"", b"hello", bytes(5000)], ids=["empty", "text", "zeros"])
def test_an_input_that_is_no_video_is_refused(shell: Shell, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "fake.mp4").write_bytes(content)
    check_refusal(shell.run(tmp_path / "fake.mp4"), 3, "fake.mp4")


def test_a_truncated_input_is_written_as_far_as_it_goes_and_reported(
    shell: Shell, make_clip: Callable[[int], Path], tmp_path: Path
) -> None:
    whole = tmp_path / "whole.mkv"
    with av.open(str(make_clip(120))) as source, av.open(str(whole), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    code, message = shell.run(cut, "-o", tmp_path / "out.mkv")
    assert code == 10, message
    assert "damaged" in message
    assert "Traceback" not in message
    with av.open(str(tmp_path / "out.mkv")) as result:
        assert 40 < sum(1 for _ in result.decode(video=0)) < 120


def test_an_unknown_pair_is_refused_with_the_nearest(shell: Shell, world: World) -> None:
    check_refusal(shell.run(world.clip, "-p", "sheep2girafe"), 6, "sheep2giraffe")


def test_a_damaged_pair_is_refused(shell: Shell, world: World, tmp_path: Path) -> None:
    pair = tmp_path / "pair"
    shutil.copytree(world.cache / "pairs" / "sheep2giraffe", pair)
    weights = next(pair.glob("AtoB*.safetensors"))
    data = bytearray(weights.read_bytes())
    data[-9] ^= 1
    weights.write_bytes(data)
    check_refusal(shell.run(world.clip, "-p", pair), 6, weights.name)


@pytest.mark.parametrize("kind", ["text", "detector", "code"])
def test_foreign_segmentation_weights_are_refused(
    shell: Shell, world: World, tmp_path: Path, kind: str
) -> None:
    weights, trace = tmp_path / "foreign.pt", tmp_path / "trace"
    if kind == "text":
        weights.write_text("not weights")
    elif kind == "detector":
        torch.save({"weights": torch.zeros(3)}, weights)
    else:
        weights.write_bytes(pickle.dumps(Payload(trace)))
    check_refusal(shell.run(world.clip, "--seg-model", weights), 6, "foreign.pt")
    assert not trace.exists()


class Payload:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return open, (str(self._path), "w")


def test_missing_segmentation_weights_are_named(shell: Shell, world: World) -> None:
    check_refusal(shell.run(world.clip, "--seg-model", "gone/x.pt"), 6, "gone/x.pt")


def test_an_unknown_class_is_refused_with_the_nearest(shell: Shell, world: World) -> None:
    check_refusal(shell.run(world.clip, "--classes", "sheeps"), 2, "'sheeps'", "'sheep'")


def test_an_output_that_exists_is_kept(shell: Shell, world: World, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"precious")
    check_refusal(shell.run(world.clip, "-o", target), 4, "out.mp4", "-y")
    assert target.read_bytes() == b"precious"


def test_the_input_is_never_the_output(shell: Shell, world: World, tmp_path: Path) -> None:
    clip = shutil.copy(world.clip, tmp_path / "clip.mp4")
    link = tmp_path / "link.mp4"
    link.symlink_to(clip)
    before = Path(clip).read_bytes()
    for target in (clip, link):
        check_refusal(shell.run(clip, "-o", target, "-y"), 4, str(target))
    assert Path(clip).read_bytes() == before


def test_masks_and_result_never_overwrite_the_input_or_each_other(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    clip = Path(shutil.copy(world.clip, tmp_path / "clip.mkv"))
    before, result = clip.read_bytes(), tmp_path / "out.mkv"
    check_refusal(shell.run(clip, "-o", result, "--save-masks", clip, "-y"), 4, "clip.mkv")
    check_refusal(shell.run(clip, "-o", result, "--save-masks", result), 4, "out.mkv")
    live = ("live", clip, "-o", clip, "-y", "-p", "sheep2giraffe", "-d", "cpu")
    check_refusal(shell(*live, "--seg-model", world.segmenter), 4, "clip.mkv")
    assert clip.read_bytes() == before
    assert list(tmp_path.iterdir()) == [clip]


def test_two_pairs_cannot_change_one_class(shell: Shell, world: World) -> None:
    both = ("-p", "sheep2giraffe", "-p", "sheep2giraffe:BtoA@class:sheep")
    pairs = ("-p", "sheep2giraffe", "-p", "sheep2giraffe@class:cow,sheep:BtoA")
    check_refusal(shell.run(world.clip, *both), 2, "class")
    check_refusal(shell.run(world.clip, *pairs), 2, "'sheep'", "@class")


@pytest.mark.parametrize(
    ("name", "size", "code"),
    [("a2b/../../../out2x", "64x64", 2), ("a2b", "1x1", 2), ("sheep2giraffe", "64x64", 4)],
    ids=["outside", "size", "taken"],
)
def test_a_pair_cannot_be_imported_under_a_bad_name_or_size_or_over_another(
    shell: Shell, world: World, name: str, size: str, code: int
) -> None:
    result = shell("pairs", "import", world.generators[0], "--name", name, "--size", size)
    check_refusal(result, code)
    assert not list(world.cache.parent.rglob("out2x"))


def test_a_folder_that_cannot_be_written_is_refused(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    check_refusal(shell.run(world.clip, "-o", tmp_path / "no" / "out.mp4"), 4, "no")
    check_refusal(shell.run(world.clip, "-o", "/proc/out.mp4"), 4, "/proc")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_an_absent_device_is_an_error(shell: Shell, world: World, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    check_refusal(shell.run(world.clip, "-o", target, "-d", "cuda"), 5, "cuda")
    check_refusal(shell.run(world.clip, "-o", target, "-d", "gpu"), 2, "gpu")
    assert not target.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("-c", "libx2644"), 2, "libx264"),
        (("-c", "libx264", "-e", "crff=18"), 2, "crf"),
        (("-o", "out.xyz"), 4, "xyz"),
        (("-c", "libx264", "-o", "out.webm"), 2, "matroska"),
        (("--pix-fmt", "yuv4200p"), 2, "yuv420p"),
        (("-c", "h264_nvenc", "--strict"), 5, "h264_nvenc"),
        (("--scale", "big"), 2, "neither WIDTHxHEIGHT nor a factor"),
        (("--fps", "0"), 2, "no frame rate"),
        (("--start", "tomorrow"), 2, "no point in time"),
        (("--start", "5s", "--end", "4.9"), 2, "does not lie after"),
        (("--start", "2:00:00"), 2, "40 frames"),
    ],
    ids=[
        *("encoder", "option", "container", "misfit", "pixel format", "hardware"),
        *("scale", "rate", "moment", "backward", "behind the end"),
    ],
)
def test_an_impossible_request_is_refused_before_any_work(
    shell: Shell,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    word: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if "-o" not in arguments:
        arguments = (*arguments, "-o", "out.mp4")
    found, message = shell.run(world.clip, *arguments)
    if code == 5 and found == 0:
        pytest.skip("this machine has that encoder")
    check_refusal((found, message), code, word)
    assert list(tmp_path.iterdir()) == []


def test_an_absent_encoder_is_replaced_with_one_line(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    target = tmp_path / "out.mp4"
    adjusted = ("--fps", "12.5", "--scale", "0.5", "--audio", "none", "--no-metadata")
    code, said = shell.run(world.clip, "-o", target, "-c", "h264_amf", *adjusted)
    with av.open(str(target)) as container:
        (video,) = container.streams
        assert video.codec_context.name == "h264"
        assert video.average_rate == 12.5
    assert code == 0
    assert said.count("\n") <= 1, said


def test_an_unforeseen_error_is_one_line(
    shell: Shell, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("instavid.core.crops.crop_window", explode)
    monkeypatch.setattr("instavid.pipeline.composite", explode)
    target = tmp_path / "out.mp4"
    target.write_bytes(b"precious")
    check_refusal(shell.run(world.clip, "-o", target, "-y"), 1, "ZeroDivisionError", "--debug")
    assert target.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [target]


def start(
    world: World, clip: Path, target: Path, *, progress: str = "bar"
) -> subprocess.Popen[str]:
    """Start a run that takes a while, and wait until it is under way."""
    arguments = ["-o", target, "-y", "-p", "sheep2giraffe", "--seg-model", world.segmenter]
    process = subprocess.Popen(
        world.command("run", clip, *arguments, "-d", "cpu", "--progress", progress),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    seen = ""
    while "instances" not in seen:
        character = process.stderr.read(1)
        assert character, f"ended early: {seen}"
        seen += character
    return process


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "term"]
)
def test_an_interrupted_run_keeps_what_it_has_and_leaves_the_target_alone(
    world: World, make_clip: Callable[[int], Path], tmp_path: Path, number: int, code: int
) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"precious")
    process = start(world, make_clip(3000), target)
    process.send_signal(number)
    _, message = process.communicate(timeout=30)
    assert process.returncode == code
    assert "Traceback" not in message
    assert "out.partial.mp4" in message
    assert target.read_bytes() == b"precious"
    with av.open(str(tmp_path / "out.partial.mp4")) as partial:
        decoded = sum(1 for _ in partial.decode(video=0))
    assert 1 <= decoded < 3000
    assert f"{decoded} frames" in message


def test_the_last_event_of_an_interrupted_run_says_what_is_kept(
    world: World, make_clip: Callable[[int], Path], tmp_path: Path
) -> None:
    process = start(world, make_clip(3000), tmp_path / "out.mp4", progress="json")
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=30)
    last = json.loads(message.splitlines()[-1])
    assert (last["event"], last["exit_code"], process.returncode) == ("error", 130, 130)
    assert "out.partial.mp4" in last["message"]


def test_a_second_ctrl_c_ends_at_once(
    world: World, make_clip: Callable[[int], Path], tmp_path: Path
) -> None:
    process = start(world, make_clip(3000), tmp_path / "out.mp4")
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=30)
    assert process.returncode == 130
    assert time.monotonic() - began < 2  # half a second where nobody else wants the processor
    assert "Traceback" not in message
    assert not (tmp_path / "out.mp4").exists()
    check_what_is_left(tmp_path, message)


def check_what_is_left(folder: Path, message: str) -> None:
    """Check that only a partial file is left, or what a kill leaves where there was no time."""
    left = [path.name for path in folder.iterdir()]
    if "as after a kill" in message:
        assert ".out.mp4.resume" in left
    else:
        assert left == ["out.partial.mp4"]
        assert left[0] in message


_SIGNAL_AT_IMPORT = """
import signal, sys
number, module = int(sys.argv.pop(1)), sys.argv.pop(1)

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            sys.meta_path.remove(self)
            signal.raise_signal(number)

sys.meta_path.insert(0, Finder())
from instavid.cli import main
main()
"""


@pytest.mark.parametrize(
    ("number", "code", "module"),
    [
        pytest.param(signal.SIGINT, 130, "torch.autograd", id="ctrl-c while torch is imported"),
        pytest.param(signal.SIGTERM, 143, "ultralytics", id="term while networks are loaded"),
    ],
)
def test_a_signal_before_anything_has_begun_ends_in_one_line(
    world: World, tmp_path: Path, number: int, code: int, module: str
) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"precious")
    arguments = ["-o", target, "-y", "-p", "sheep2giraffe", "--seg-model", world.segmenter]
    start = [sys.executable, "-c", _SIGNAL_AT_IMPORT, str(int(number)), module]
    command = [*start, "run", world.clip, *arguments, "-d", "cpu"]
    environment = {**os.environ, "INSTAVID_CACHE": str(world.cache)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert "stopped" in done.stderr
    assert target.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "term"]
)
def test_a_signal_while_the_end_is_being_told_has_its_own_exit_code(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    def ignore(_: object) -> None:
        return None

    interrupted = (ignore, ignore, lambda: signal.raise_signal(number))
    monkeypatch.setattr("instavid.cli.progress._none", lambda: interrupted)
    found, message = shell.run(tmp_path / "gone.mp4")
    assert (found, "interrupted" in message) == (code, True)


_SAYS_SOMETHING_AND_IS_STOPPED = """
from instavid import cli

def stopped(*_, **__):
    print("something that waits to be flushed")
    raise KeyboardInterrupt

cli.root.main = stopped
cli.main()
"""


def test_an_interrupted_run_whose_reader_is_gone_ends_as_interrupted() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-c", _SAYS_SOMETHING_AND_IS_STOPPED]
    buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        command, stdout=writes, stderr=subprocess.PIPE, text=True, timeout=60, env=buffered
    )
    os.close(writes)
    assert (done.returncode, done.stderr) == (130, "instavid: interrupted\n")


def test_many_ctrl_c_leave_no_litter(
    world: World, make_clip: Callable[[int], Path], tmp_path: Path
) -> None:
    process = start(world, make_clip(3000), tmp_path / "out.mp4")
    for _ in range(12):
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    _, message = process.communicate(timeout=30)
    assert process.returncode == 130
    check_what_is_left(tmp_path, message)
