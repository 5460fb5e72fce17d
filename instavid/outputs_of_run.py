"""All that a run writes, and what becomes of it when the run is stopped."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from instavid.errors import RunStopped
from instavid.pipeline import Pipeline, Progress
from instavid.reports import PipelineReport
from instavid.resuming import RunKeeper
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource
from instavid.verifying import Untouched


@dataclass(frozen=True)
class RunOutputs:
    """The sinks of a run, not entered yet, and who keeps it."""

    sink: FileSink
    mattes: FileSink | None
    """For what was changed, where that is asked for."""
    keeper: RunKeeper | None
    """Lets another run go on from this one."""

    def write(
        self,
        pipeline: Pipeline,
        source: FileSource,
        *,
        on_progress: Callable[[Progress], None] | None,
        stop: threading.Event | None,
        watch: Untouched | None,
    ) -> PipelineReport:
        """Run a pipeline; when it is stopped, the outputs are left as interrupted ones are.

        Raises:
            RunStopped: It was.
        """
        try:
            with self.keeper or nullcontext(), self.sink, self.mattes or nullcontext():
                counts = pipeline.run(
                    source,
                    self.sink,
                    mattes=self.mattes,
                    on_progress=on_progress,
                    stop=stop,
                    keeper=self.keeper,
                    watch=watch,
                )
                if counts.is_stopped:
                    raise RunStopped
        except KeyboardInterrupt:
            raise RunStopped(f"stopped; {self._left}") from None
        return counts

    @property
    def _left(self) -> str:
        kept, frames = self.sink.result, self.keeper.frames if self.keeper else 0
        left = kept.what_is_left if kept else "nothing new is kept"
        return f"{left}; --resume goes on from frame {frames}" if frames else left
