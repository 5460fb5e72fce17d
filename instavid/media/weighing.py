"""Encoding a sample into memory, to learn how large a file will be and how long that takes."""

import io
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import av

from instavid.media.encoding import Converter, add_video_stream, encode, open_encoder
from instavid.media.encoding_plan import EncodingPlan
from instavid.picture import frame_from_planes
from instavid.types import Frame

_KEY_FRAME_EVERY = 250
"""Frames, as libx264 does it."""


@dataclass(frozen=True)
class Weight:
    """What encoded frames weigh, on average."""

    key_bytes: float
    """Of a frame that begins a stretch."""
    other_bytes: float
    seconds_per_frame: float

    def bytes_of(self, frames: int) -> int:
        """Return about how large so many frames would be.

        >>> Weight(100.0, 1.0, 0.0).bytes_of(10)
        109
        """
        keys = 1 + max(0, frames - 1) // _KEY_FRAME_EVERY
        return round(keys * self.key_bytes + max(0, frames - keys) * self.other_bytes)


def weigh(stretches: Sequence[Sequence[Frame]], plan: EncodingPlan) -> Weight:
    """Encode stretches of consecutive frames, each by an encoder of its own.

    Args:
        stretches: At least one, none of them empty, in the format that the plan is for.
        plan: How to encode.
    """
    began = time.perf_counter()
    sizes = [_packet_sizes(stretch, plan) for stretch in stretches]
    spent = time.perf_counter() - began
    firsts, others = [s[0] for s in sizes], [size for s in sizes for size in s[1:]]
    return Weight(_mean(firsts), _mean(others or firsts), spent / sum(map(len, stretches)))


def _packet_sizes(frames: Iterable[Frame], plan: EncodingPlan) -> list[int]:
    """Return the sizes of packets in the order of coding."""
    sizes, convert = [], Converter(plan)
    with av.open(io.BytesIO(), "w", format="matroska") as container:
        stream = add_video_stream(container, plan)
        open_encoder(stream)
        rate = plan.info.average_frame_rate or 25
        for index, frame in enumerate(frames):
            picture = convert(frame_from_planes(frame.planes, frame.picture))
            picture.pts, picture.time_base = round(index / rate / plan.time_base), plan.time_base
            sizes += [packet.size for packet in encode(stream, picture)]
        sizes += [packet.size for packet in encode(stream, None)]
    return sizes


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values)
