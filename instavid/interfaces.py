"""The protocols that a part must satisfy to be put into the pipeline."""

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self

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


class Follower(Protocol):
    """Segments and tracks; one stage, because some models do both at once."""

    def follow(self, frames: Iterable[Frame]) -> Iterator[TrackedFrame]:
        """Yield one `TrackedFrame` per frame, in order; each call starts with no memory."""
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
