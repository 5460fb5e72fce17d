"""Where decoding may begin in the middle of an input, and give the same pictures on trial.

No index tells that: a container may call a key frame what needs earlier pictures. So a picture
well behind the key frame is decoded from there on trial, and must be sample for sample what it was.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from instavid.media.decoders import decoder_of
from instavid.picture import Planes

_AHEAD_SECONDS = 2
"""How much is decoded on trial at the least: a picture alone would not show what is missing."""


@dataclass(frozen=True)
class Witness:
    """A picture of an input, by which it is known again."""

    pts: int
    """Ticks of the video."""
    samples: str
    """Digest of all samples."""


@dataclass(frozen=True)
class KeyFrame:
    """A packet that decoding begins with. Matroska tells times of decoding anew after a jump."""

    pts: int
    bytes: int


def witness(pts: int, planes: Planes) -> Witness:
    """Return how to know a picture again."""
    digest = hashlib.blake2b(digest_size=16)
    for plane in planes:
        digest.update(np.ascontiguousarray(plane).data)
    return Witness(pts, digest.hexdigest())


def find_landing(
    container: InputContainer,
    stream: VideoStream,
    wanted: Witness,
    *,
    planes_of: Callable[[av.VideoFrame], Planes],
) -> KeyFrame | None:
    """Return a key frame from which a picture comes out as it was; None where none is found.

    Args:
        container: Opened for this alone.
        stream: Its main video, set up for decoding.
        wanted: The picture.
        planes_of: Brings pictures into the form of which the digest was taken.
    """
    ahead = round(_AHEAD_SECONDS / stream.time_base) if stream.time_base else 0
    decoder, key = decoder_of(stream), None
    try:
        container.seek(wanted.pts - ahead, stream=stream, backward=True)
        for packet in container.demux(stream):
            if key is None:
                if not packet.is_keyframe or packet.pts is None:
                    return None
                key = KeyFrame(packet.pts, packet.size)
            for picture in decoder.decode(packet):
                if picture.pts is None or picture.pts > wanted.pts:
                    return None
                if picture.pts == wanted.pts:
                    return key if witness(picture.pts, planes_of(picture)) == wanted else None
    except av.error.FFmpegError:
        return None
    return None
