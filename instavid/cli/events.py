"""What a run tells other programs while it works: one JSON object per line, on stderr.

Every event has `schema`, which counts incompatible changes, and `event`:

- `start`: `input`, `frames` (expected, null where the header tells nothing), `width`, `height`,
  `fps`;
- `progress`: `frame`, `total` (null likewise), `fps`, `eta_s`, `instances` (changed in this frame),
  `stage` (the slowest so far), `gpu_bytes` (in use by the networks, null on a CPU);
- `warning`: `message`;
- `error`: `exit_code`, `message`; nothing follows;
- `done`: `exit_code` and `report`, what `--json` prints; nothing follows.

Where there are several inputs, events about one of them have `input` (as it was named),
`input_index` (from 0) and `inputs` (how many), and each input ends with one of

- `input_done`: `exit_code` and `report`;
- `input_failed`: `exit_code` and `message`, and `report` where a result failed `--verify`;
- `input_skipped`: `output`, which exists.

Only what is wrong with the command line itself may be told in words, before any event.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from instavid.media.info import VideoInfo
    from instavid.pipeline import Progress

SCHEMA = 1

NO_FIELDS: Mapping[str, Any] = MappingProxyType({})

_EVERY_SECONDS = 0.5


def emit(event: str, **fields: Any) -> None:
    """Write one event."""
    click.echo(json.dumps({"schema": SCHEMA, "event": event, **fields}), err=True)


class ProgressEvents:
    """Tells how far a run is: at its first frame, and then at most twice a second."""

    def __init__(self, fields: Mapping[str, Any] = NO_FIELDS) -> None:
        """Wait for the start; `fields` are added to each event."""
        self._fields = fields
        self._total: int | None = None
        self._began = self._last = 0.0

    def start(self, info: "VideoInfo") -> None:
        """Tell what there is to do."""
        self._total = info.expected_frames
        rate = info.average_frame_rate
        told = {
            "input": info.name,
            "frames": self._total,
            "width": info.picture.width,
            "height": info.picture.height,
            "fps": None if rate is None else float(rate),
        }
        emit("start", **{**told, **self._fields})
        self._began = time.monotonic()

    def show(self, progress: "Progress") -> None:
        """Tell where the run stands."""
        now = time.monotonic()
        if progress.frames > 1 and now - self._last < _EVERY_SECONDS:
            return
        self._last = now
        fps = progress.frames / max(now - self._began, 1e-9)
        left = None if self._total is None else max(0, self._total - progress.frames)
        emit(
            "progress",
            frame=progress.frames,
            total=self._total,
            fps=round(fps, 3),
            eta_s=None if left is None else round(left / fps, 1),
            instances=progress.instances,
            stage=progress.stage,
            gpu_bytes=_gpu_bytes(),
            **self._fields,
        )

    def close(self) -> None:
        """Do nothing: the run itself tells its end."""


@contextmanager
def logging_as_events(fields: Mapping[str, Any] = NO_FIELDS) -> Iterator[None]:
    """Turn what is logged in the block into events as well, with what `fields` has by then."""
    logger = logging.getLogger()
    before, logger.handlers = logger.handlers, [_EventHandler(fields)]
    logging.captureWarnings(True)
    os.environ.setdefault("SVT_LOG", "1")  # else SVT-AV1 writes its settings straight to stderr
    try:
        yield
    finally:
        logging.captureWarnings(False)
        logger.handlers = before


class _EventHandler(logging.Handler):
    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__()
        self._fields = fields

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            emit("warning", message=" ".join(record.getMessage().split()), **self._fields)


def _gpu_bytes() -> int | None:
    """Return what the networks take of the GPU; looking must not start CUDA."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    used: int = torch.cuda.memory_allocated()
    return used
