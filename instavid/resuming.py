"""Going on with a run that was killed: what it left beside its output, kept until that is whole."""

import json
import logging
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from instavid.bookmarks import Bookmark
from instavid.errors import InstavidError, OutputError, UsageError
from instavid.journal import JOURNAL, Journal, Mark, read_journal, write_journal
from instavid.locks import LOCK, locked
from instavid.media.landing import Witness
from instavid.media.packet_files import keep_bytes
from instavid.media.segments import SegmentPlace
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource
from instavid.types import Frame

_log = logging.getLogger(__name__)


def folder_of(target: Path) -> Path:
    """Return where a run keeps what it can go on from, until its output is whole."""
    return target.with_name(f".{target.name}.resume")


class RunKeeper:
    """Satisfies `Keeper`; entered before the sinks whose segments it keeps.

    Raises:
        UsageError: On entering: what an earlier run left is of another request, or damaged.
        OutputError: On entering, another run writes the same file; later, the disk is full.
    """

    def __init__(
        self,
        target: Path,
        sinks: Sequence[FileSink],
        *,
        request: Mapping[str, Any],
        resume: bool,
        every: int,
        source: FileSource | None = None,
    ) -> None:
        """Prepare; nothing is read or written yet.

        Args:
            target: The result, links resolved.
            sinks: That of the result, and that of the masks where they are written.
            request: Everything that decides what comes out, by name, as JSON knows it.
            resume: Go on from what an earlier run left, where there is anything.
            every: Frames between two bookmarks.
            source: Where the frames come from, if what was done need not be decoded again.
        """
        self.every = every
        self._target, self._sinks, self._resume = target, sinks, resume
        self._source = source
        self._folder = folder_of(target)
        self._journal = Journal(json.loads(json.dumps(request)))
        self._names_of_others: set[str] = set()
        self._begin: Bookmark | None = None
        self._prefix = secrets.token_hex(4)
        self._held = ExitStack()

    @property
    def frames(self) -> int:
        """Return how many frames need not be made again, by this run or an earlier one."""
        return self._journal.frames

    @property
    def begin(self) -> Bookmark | None:
        """Return where the run goes on from, None for the start."""
        return self._begin

    def __enter__(self) -> Self:
        busy = f"Cannot write {self._target}: another run is writing it."
        try:
            self._held.enter_context(locked(self._folder, busy=busy))
            self._take_up()
        except InstavidError:
            self._held.close()
            raise
        except OSError as error:
            self._held.close()
            raise self._failure(error) from error
        except BaseException:
            self._held.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None:
        with self._held:
            if kind is None or not (self._journal.marks or self._names_of_others):
                shutil.rmtree(self._folder, ignore_errors=True)
                return
            self._clear()
        if self._journal.marks and issubclass(kind, Exception):
            _log.warning("the same command with --resume goes on from frame %d", self.frames)

    def replay(self, frames: Iterator[Frame], *, on_frame: Callable[[int], bool]) -> bool:
        """Take the frames before the bookmark from the iterator, and copy what was made of them."""
        if (passing := self._passing()) is not None:
            return self._copy(passing, on_frame)
        number, last = 0, self.frames
        for number, frame in enumerate(islice(frames, last), start=1):
            for sink in self._sinks:
                sink.replay(frame, is_last=number == last)
            if not on_frame(number):
                return False
        if number < last:
            raise UsageError(
                f"Cannot go on from frame {last}: the input has {number} frames now. "
                "Run without --resume to start anew."
            )
        return True

    def _passing(self) -> Iterator[None] | None:
        """Return what passes over the frames before the bookmark without decoding them all.

        None where that would not give the very same frames after it.
        """
        last = self._journal.marks[-1].last
        if self._source is None or last is None:
            return None
        key = self._source.landing(last)
        if key is None:
            return None
        _log.info("frames before %d are not decoded again", self.frames)
        return self._source.pass_over(key, last, frames=self.frames)

    def _copy(self, passing: Iterator[None], on_frame: Callable[[int], bool]) -> bool:
        """Copy all that was made, at the pace at which the other streams are read."""
        assert self._source is not None, "it passes over frames"
        begins, number = self._source.begins, 0
        for number, _ in enumerate(passing, start=1):
            if number >= self.frames:
                continue
            for sink in self._sinks:
                sink.copy_next(begins=begins)
            if not on_frame(number):
                return False
        for sink in self._sinks:
            sink.copy_rest(begins=begins, frames=self.frames)
        return on_frame(self.frames)

    def keep(self, bookmark: Bookmark) -> None:
        """Write a bookmark down, with all that was encoded before it.

        Raises:
            OutputError: The disk is full.
        """
        segments = tuple(sink.end_segment() for sink in self._sinks)
        state = json.dumps(bookmark.tally).encode() + b"\n" + bookmark.follower
        try:
            path = self._folder / f"{self._prefix}-{bookmark.frames:09}.state"
            last = self._witness(bookmark)
            mark = Mark(bookmark.frames, keep_bytes(path, state), segments, last)
            journal = Journal(self._journal.request, (*self._journal.marks, mark))
            write_journal(self._folder, journal)
        except OSError as error:
            raise self._failure(error) from error
        self._journal = journal
        for name in self._names_of_others - {JOURNAL}:
            (self._folder / name).unlink(missing_ok=True)
        self._names_of_others = set()

    def _witness(self, bookmark: Bookmark) -> Witness | None:
        if self._source is None or bookmark.last is None:
            return None
        return self._source.witness(bookmark.last)

    def _failure(self, error: OSError) -> OutputError:
        reason = error.strerror or str(error)
        return OutputError(f"Cannot write {self._target}: {reason} ({self._folder.name}).")

    def _take_up(self) -> None:
        """Find out where to begin, and tell the sinks where their segments are."""
        left = self._left_behind()
        if left is not None and self._resume:
            self._journal = self._sound_part(left)
        elif left is not None and left.marks:
            self._names_of_others = {JOURNAL, *left.names}
            _log.warning(
                "an earlier run was interrupted at frame %d, and --resume goes on from there; what "
                "it left is replaced once this run is at frame %d",
                left.frames,
                self.every,
            )
        self._clear()
        self._begin = self._bookmark()
        for number, sink in enumerate(self._sinks):
            done = [mark.segments[number] for mark in self._journal.marks]
            sink.keep_segments(SegmentPlace(self._folder, f"{self._prefix}-{number}", done))

    def _left_behind(self) -> Journal | None:
        try:
            return read_journal(self._folder)
        except UsageError:
            if self._resume:
                raise
            return None

    def _sound_part(self, left: Journal) -> Journal:
        """Return what of an earlier run's journal can be relied on.

        Raises:
            UsageError: It is of another request.
        """
        before, now = left.request, self._journal.request
        if other := [name for name in {**before, **now} if before.get(name) != now.get(name)]:
            name = other[0]
            raise UsageError(
                f"Cannot go on from frame {left.frames}: {name} was {_shown(before.get(name))} "
                f"and is {_shown(now.get(name))}. Run as before, or without --resume to start anew."
            )
        sound = left.sound_part(self._folder)
        if sound.frames < left.frames:
            _log.warning(
                "what was kept after frame %d is damaged; going on from there", sound.frames
            )
        return sound

    def _bookmark(self) -> Bookmark | None:
        if not self._journal.marks:
            return None
        mark = self._journal.marks[-1]
        tally, _, follower = (self._folder / mark.state.name).read_bytes().partition(b"\n")
        return Bookmark(mark.frames, follower, json.loads(tally))

    def _clear(self) -> None:
        """Remove what no journal relies on: what a run that ended or was killed had in hand."""
        wanted = {LOCK, *self._names_of_others, *self._journal.names}
        if self._journal.marks:
            wanted.add(JOURNAL)
        for path in self._folder.iterdir():
            if path.name not in wanted:
                path.unlink(missing_ok=True)


def _shown(value: Any) -> str:
    """Return a value of a request in words."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "not given" if value in (None, "") else str(value)
