"""Where the bytes of an output go: a file that gets its name at the end, or a pipe."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from instavid.errors import OutputError, UsageError
from instavid.media.fragments import with_exact_times
from instavid.media.output_path import (
    check_output,
    container_name,
    is_disk_full,
    move_into_place,
    partial_beside,
    temporary_beside,
)
from instavid.media.output_pipe import OutputPipe, Spool, is_stream
from instavid.media.streaming import check_streamed, streamed_container, streaming_movflags
from instavid.outputs import OtherFile


class Destination(Protocol):
    """Takes one container; `str` is what messages call it."""

    container: str
    """FFmpeg's name of the muxer."""
    is_file: bool

    def movflags(self, asked: str | None) -> str | None:
        """Return FFmpeg's flags for MP4 and MOV, None for the usual ones."""
        ...

    def open(self) -> str | Spool:
        """Return what PyAV opens for writing."""
        ...

    def lie_in(self, folder: Path) -> None:
        """Lie in a folder until it is whole, where that can be; for before it is opened."""
        ...

    def flush(self) -> None:
        """Pass on what was muxed by now."""
        ...

    def finish(self, *, is_whole: bool) -> Path:
        """Complete what was closed; return where it is."""
        ...

    def abandon(self) -> Path:
        """Leave what there is; return where."""
        ...

    def discard(self) -> None:
        """Leave nothing, as far as that is possible."""
        ...

    def size(self, path: Path) -> int:
        """Return how many bytes there are under the path that was returned."""
        ...

    def failure(self, error: Exception) -> OutputError:
        """Return the error to raise for what FFmpeg or the system said while writing."""
        ...


def destination(
    place: str | Path | OutputPipe,
    *,
    container: str | None,
    like: str,
    codec: str,
    overwrite: bool,
    inputs: Iterable[str | Path | OtherFile],
    option: str = "-o",
) -> Destination:
    """Return where an output goes, refused early where that cannot work.

    Args:
        place: A file's name, that of a named pipe or a device, or an open pipe.
        container: FFmpeg's name of the muxer, for pipes; None for what suits the input.
        like: FFmpeg's name of the input's format.
        codec: The encoder that was asked for.
        overwrite: Whether an existing file may be replaced.
        inputs, option: As for `check_target`.

    Raises:
        OutputError: See `check_output`.
        UsageError: A container was asked for, for a file; or the pipe is a terminal.
    """
    if not isinstance(place, OutputPipe) and not is_stream(Path(place)):
        target = check_output(place, overwrite=overwrite, inputs=inputs, option=option)
        if container is not None:
            raise UsageError(
                f"-f {container} is for standard output and named pipes: the ending of "
                f"{target.name} says which container it is."
            )
        return FileDestination(target)
    pipe = place if isinstance(place, OutputPipe) else OutputPipe(place)
    chosen = container or streamed_container(like, codec=codec)
    check_streamed(chosen, codec=codec)
    return PipeDestination(pipe, chosen)


class FileDestination:
    """A file beside the target, moved into place when it is whole."""

    is_file = True

    def __init__(self, target: Path) -> None:
        self.container = container_name(target)
        self._target = target
        self._temporary = temporary_beside(target)

    def __str__(self) -> str:
        return str(self._target)

    def movflags(self, asked: str | None) -> str | None:
        """Return what was asked for, so that times stay exact."""
        return None if asked is None else with_exact_times(asked)

    def lie_in(self, folder: Path) -> None:
        """Do so beside the target only: elsewhere may be another disk."""
        if folder.parent == self._target.parent:
            self._temporary = temporary_beside(self._target, folder=folder)

    def open(self) -> str:
        """Return the name of the file beside."""
        return str(self._temporary)

    def flush(self) -> None:
        """Do nothing: FFmpeg writes by itself."""

    def finish(self, *, is_whole: bool) -> Path:
        """Give the file its name, or a partial one."""
        path = self._target if is_whole else partial_beside(self._target)
        move_into_place(self._temporary, path)
        return path

    def abandon(self) -> Path:
        """Give it the partial name without making sure that it is on the disk."""
        path = partial_beside(self._target)
        self._temporary.replace(path)
        return path

    def discard(self) -> None:
        """Remove it."""
        self._temporary.unlink(missing_ok=True)

    def size(self, path: Path) -> int:
        """Return the size of the file."""
        return path.stat().st_size

    def failure(self, error: Exception) -> OutputError:
        """Tell a full disk from other errors."""
        if is_disk_full(error):
            partial = partial_beside(self._target)
            return OutputError(
                f"Cannot write {self._target}: the disk is full. What there is lies in {partial}."
            )
        return OutputError(f"Cannot write {self._target}: {error}.")


class PipeDestination:
    """A pipe: nothing can be moved or taken back, and somebody may stop reading at any time."""

    is_file = False

    def __init__(self, pipe: OutputPipe, container: str) -> None:
        self.container = container
        self._pipe = pipe
        self._spool = Spool()

    def __str__(self) -> str:
        return str(self._pipe)

    def movflags(self, asked: str | None) -> str | None:
        """Return flags with which an MP4 needs no way back."""
        return streaming_movflags(asked)

    def lie_in(self, folder: Path) -> None:
        """Do nothing: it lies nowhere."""

    def open(self) -> Spool:
        """Wait for somebody to read, and return what collects the bytes."""
        self._pipe.open()
        return self._spool

    def flush(self) -> None:
        """Send what was muxed by now."""
        self._pipe.write(self._spool.take())

    def finish(self, *, is_whole: bool) -> Path:
        """Send the rest; after an interruption, only if the reader goes on reading."""
        if not is_whole:
            self._pipe.hurry()
        self.flush()
        return self.abandon()

    def abandon(self) -> Path:
        """Send nothing more."""
        self._pipe.close()
        return self._pipe.path

    def discard(self) -> None:
        """Send nothing more."""
        self._pipe.close()

    def size(self, path: Path) -> int:
        """Return how many bytes were sent."""
        return self._pipe.written

    def failure(self, error: Exception) -> OutputError:
        """Return errors of the pipe as they are."""
        if isinstance(error, OutputError):
            return error
        return OutputError(f"Cannot write {self._pipe}: {error}.")
