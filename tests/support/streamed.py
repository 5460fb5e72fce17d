"""Standard input and output of this process as pipes, and containers made to be streamed."""

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av


class Flow:
    """What goes into fd 0, and what came out of fd 1."""

    def __init__(self) -> None:
        self.output = b""


@contextmanager
def piped(data: bytes | Path) -> Iterator[Flow]:
    """Make fd 0 and fd 1 pipes; or fd 0 a file, where its path is given."""
    flow, before = Flow(), (os.dup(0), os.dup(1))
    threads = [threading.Thread(target=_drain, args=(flow, _replace(1)), daemon=True)]
    if isinstance(data, Path):
        opened = os.open(data, os.O_RDONLY)
        os.dup2(opened, 0)
        os.close(opened)
    else:
        threads.append(threading.Thread(target=_feed, args=(data, _replace(0)), daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield flow
    finally:
        for number, old in enumerate(before):
            os.dup2(old, number)
            os.close(old)
        for thread in threads:
            thread.join(20)


def _replace(number: int) -> int:
    """Put one end of a new pipe at a descriptor, and return the other end."""
    reading, writing = os.pipe()
    mine, theirs = (writing, reading) if number == 0 else (reading, writing)
    os.dup2(theirs, number)
    os.close(theirs)
    return mine


def _feed(data: bytes, descriptor: int) -> None:
    with os.fdopen(descriptor, "wb", buffering=0) as pipe:
        try:
            pipe.write(data)
        except BrokenPipeError:
            return


def _drain(flow: Flow, descriptor: int) -> None:
    with os.fdopen(descriptor, "rb") as pipe:
        flow.output = pipe.read()


class _Stream:
    """Takes bytes, and cannot go back."""

    def __init__(self) -> None:
        self.buffer = io.BytesIO()
        self.write = self.buffer.write


def as_stream(path: Path, container: str) -> bytes:
    """Return a file as a program that writes into a pipe would send it, packets unchanged."""
    stream = _Stream()
    flags = {"movflags": "frag_keyframe+empty_moov+delay_moov"} if container == "mp4" else {}
    with (
        av.open(str(path)) as source,
        av.open(stream, "w", format=container, container_options=flags) as output,
    ):
        copies = {s.index: output.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.size and not packet.is_discard:
                packet.stream = copies[packet.stream_index]
                output.mux(packet)
    return stream.buffer.getvalue()
