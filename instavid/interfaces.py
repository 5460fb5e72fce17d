"""The protocols that a part must satisfy to be put into the pipeline."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from instavid.types import Crop, Frame, Instances, Patch, TrackedFrame


class FrameSource(Protocol):
    """Yields frames in presentation order; leaving the context releases file or device."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...

    def __iter__(self) -> Iterator[Frame]: ...


class Segmenter(Protocol):
    """Finds instances; stateless, so that frames may come in any batch."""

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        """Return one `Instances` per frame, in order, masks in upright frame coordinates."""
        ...


class Tracker(Protocol):
    """Names instances over time, frame by frame."""

    def update(self, instances: Instances) -> npt.NDArray[np.int64]:
        """Return an identity per instance, (N,) int64; -1 where the tracker will not commit."""
        ...

    def reset(self) -> None:
        """Forget everything, as at a scene cut."""
        ...


@runtime_checkable
class ResumableTracker(Tracker, Protocol):
    """A tracker whose knowledge can be written down, so that a run can go on after a crash."""

    def state(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return all that it knows, as named arrays."""
        ...

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take up where `state` was called."""
        ...


class Follower(Protocol):
    """Segments and tracks; one stage, because some models do both at once."""

    def follow(self, frames: Iterable[Frame]) -> Iterator[TrackedFrame]:
        """Yield one `TrackedFrame` per frame, in order; each call starts with no memory."""
        ...


@runtime_checkable
class ResumableFollower(Follower, Protocol):
    """A follower whose knowledge can be written down, so that a run can go on after a crash."""

    def follow_on(
        self, frames: Iterable[Frame], *, since: bytes = b"", every: int
    ) -> Iterator[TrackedFrame]:
        """Follow as `follow` does, noting all that is known before every so many frames.

        Args:
            frames: From the frame on before which `since` was known.
            since: `TrackedFrame.known_before` of that frame, from a file that anybody may have
                written: no code may run from it. Empty at the start.
            every: Note what is known before each frame whose index is a multiple of this.
        """
        ...


class Translator(Protocol):
    """Paints the new objects; stateless, its result independent of how crops are batched."""

    def translate(self, crops: Sequence[Crop]) -> list[Patch]:
        """Return one `Patch` per crop, in order."""
        ...


class FrameSink(Protocol):
    """Takes frames in presentation order.

    Leaving the context normally completes the result; leaving it on an exception never leaves a
    half-written file under the final name.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...

    def write(self, frame: Frame) -> None:
        """Append one frame."""
        ...
