"""Whether a run is kept so that it can go on after a crash, and as what."""

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from instavid.castings import ChosenPair
from instavid.errors import UsageError
from instavid.media.reopening import new_header
from instavid.media.segments import why_not_in_segments
from instavid.resuming import RunKeeper
from instavid.run_request import describe_request
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource

_log = logging.getLogger(__name__)


def run_keeper(
    input: str | Path,
    target: Path,
    sinks: Sequence[FileSink],
    *,
    resume: bool | None,
    every: int,
    batch: int,
    chosen: Sequence[ChosenPair],
    seg_model: str | Path,
    seg_sha256: str,
    options: Mapping[str, Any],
    source: FileSource | None = None,
) -> RunKeeper | None:
    """Return who keeps a run; None where it cannot be, or shall not.

    Args:
        input, target: As the user named them.
        sinks: That of the result, and that of the masks where they are written.
        resume: Whether to go on from what an earlier run left; None keeps this one, but starts
            anew, and False does not even keep it.
        every: Least number of frames between two places to go on from.
        batch: How many frames the stages take at once: places lie between two batches.
        chosen, seg_model, seg_sha256: See `describe_request`.
        options: Whatever else decides what comes out, by name.
        source: See `RunKeeper`.

    Raises:
        UsageError: It cannot be kept, but is to go on.
    """
    if resume and (reason := _why_not(input, sinks)):
        raise UsageError(f"--resume does not work here: {reason}.")
    if not is_kept(input, sinks, resume=resume):
        return None
    headers = [new_header(sink.plan) for sink in sinks]
    if reason := _why_not_again(sinks, headers):
        if resume:
            raise UsageError(f"--resume does not work here: {reason}.")
        _log.warning("%s, so that --resume could not go on from this run", reason)
        return None
    every = -(-every // batch) * batch
    return RunKeeper(
        Path(os.path.realpath(target)),
        sinks,
        request=describe_request(
            Path(input),
            chosen=chosen,
            seg_model=seg_model,
            seg_sha256=seg_sha256,
            options={
                **options,
                "--batch": batch,
                "--resume-every": every,
                "what the encoder writes first": hashlib.sha256(b"".join(headers)).hexdigest()[:16],
            },
        ),
        resume=bool(resume),
        every=every,
        # Frames that may be copied must be read from the start of their group.
        source=None if any(sink.plan.joint for sink in sinks) else source,
    )


def is_kept(input: str | Path, sinks: Sequence[FileSink], *, resume: bool | None) -> bool:
    """Return whether a run is kept, so that its video lies on the disk twice while it works."""
    return resume is not False and not _why_not(input, sinks)


def _why_not_again(sinks: Sequence[FileSink], headers: Sequence[bytes]) -> str:
    """Return why segments would not fit together, found out before the first one; empty if they do.

    Args:
        sinks: See `run_keeper`.
        headers: What the encoder of each one wrote first.
    """
    for sink, before in zip(sinks, headers, strict=True):
        if new_header(sink.plan) != before:
            return f"encoder {sink.plan.encoder.name} does not write the same header twice"
    return ""


def _why_not(input: str | Path, sinks: Sequence[FileSink]) -> str:
    if not Path(input).is_file():
        return f"{input} is no file that can be read again"
    if not all(sink.writes_file for sink in sinks):
        return "the output is no file that could be written anew"
    return next(filter(None, (why_not_in_segments(sink.plan) for sink in sinks)), "")
