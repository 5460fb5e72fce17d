"""Encodes what has changed, and copies the groups of pictures in which nothing has.

Whether a group is copied is known at its last picture. Until then its pictures are not kept, only
its packets: should one of them turn out to have changed, those before it are decoded once more.
So no picture is encoded in vain, and what waits is as small as in the input.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

import av
from av.packet import Packet
from av.video.stream import VideoStream

from instavid.coded import GroupOfPictures, Origin
from instavid.errors import StageError
from instavid.media.coders import MakePicture, Uncoded
from instavid.media.copying.joint_stream import JointStream
from instavid.media.encoding import encode
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.packet_files import CodedPicture
from instavid.media.reopening import EncoderSeries


class Copier:
    """The coder of an output's video stream that does not encode what can be copied."""

    gives_all_at_pause = False

    def __init__(
        self,
        plan: EncodingPlan,
        joint: JointStream,
        stream: VideoStream,
        make: MakePicture,
    ) -> None:
        """Prepare.

        Args:
            plan: What to encode.
            joint: How copied packets go with it.
            stream: Of the output, its encoder open and its header that of the joint stream.
            make: Makes pictures of those that are decoded once more.
        """
        self.copied = 0
        """Pictures that were copied so far."""
        self._plan, self._joint, self._stream, self._make = plan, joint, stream, make
        self._series = EncoderSeries(plan, stream)
        self._encoder: VideoStream | None = None
        self._group: GroupOfPictures | None = None
        self._held: list[tuple[int, int]] = []
        """Time stamps and durations of pictures that may be copied."""
        self._stamps: deque[int] = deque()
        """Of pictures in presentation order, the next time of decoding first."""

    def encode(self, uncoded: Uncoded) -> "list[Packet[Any]]":
        """Hold a picture that may be copied, else encode it; return the packets that are settled.

        Raises:
            UnavailableError: A new encoder would not fit the header that the output has.
        """
        origin = uncoded.origin
        self._note(uncoded.pts, uncoded.duration)
        packets = [] if self._continues(origin) else list(self._settle())
        if origin is not None and origin.index == len(self._held):
            self._group = origin.group
            self._held.append((uncoded.pts, uncoded.duration))
        else:
            packets += self._send(uncoded.picture)
        return packets

    def pause(self) -> "list[Packet[Any]]":
        """Flush the encoder; pictures that may be copied are held still."""
        return list(self._finish_encoder())

    def finish(self) -> "list[Packet[Any]]":
        """Settle the last group, and flush the encoder."""
        return [*self._settle(), *self._finish_encoder()]

    def pass_by(self, pts: int, duration: int) -> None:
        """Let a picture have its turn among the times of decoding."""
        self._note(pts, duration)
        self._stamps.popleft()

    def close(self) -> None:
        """Let go of the encoders."""
        self._series.close()

    def _note(self, pts: int, duration: int) -> None:
        """Take down when a picture is shown, and before the first one, when decoding begins."""
        if not self._stamps:
            ahead = max(1, duration)
            self._stamps.extend(pts - ahead * n for n in range(self._joint.delay, 0, -1))
        self._stamps.append(pts)

    def _continues(self, origin: Origin | None) -> bool:
        """Return whether a picture is the next one of the group that is held."""
        if origin is None or origin.group is not self._group:
            return False
        return origin.index == len(self._held)

    def _settle(self) -> "Iterator[Packet[Any]]":
        """Copy the group of the pictures that were held, or encode them after all."""
        group, held = self._group, self._held
        self._group, self._held = None, []
        if group is None:
            return
        if len(group.packets) == len(held) and self._joint.takes(group):
            yield from self._finish_encoder()
            yield from self._copies(group, held)
            return
        pictures = self._joint.coded.pictures(tuple(group.packets))
        for pts, duration in held:
            planes = next(pictures, None)
            if planes is None:
                raise StageError(
                    "A group of pictures gave fewer of them when it was decoded again. Give "
                    "another -c."
                )
            yield from self._send(self._make(planes, pts, duration))

    def _copies(
        self, group: GroupOfPictures, held: list[tuple[int, int]]
    ) -> "Iterator[Packet[Any]]":
        stamps = sorted(packet.pts for packet in group.packets)
        places = dict(zip(stamps, held, strict=True))
        for packet in group.packets:
            pts, duration = places[packet.pts]
            payload = self._joint.from_source(packet.payload)
            yield self._packet(pts, duration, packet.is_key, payload)
        self.copied += len(held)

    def _send(self, picture: av.VideoFrame) -> "Iterator[Packet[Any]]":
        if self._encoder is None:
            self._encoder = self._series.next()
        return self._encoded(self._encoder, picture)

    def _finish_encoder(self) -> "Iterator[Packet[Any]]":
        encoder, self._encoder = self._encoder, None
        return iter(()) if encoder is None else self._encoded(encoder, None)

    def _encoded(
        self, encoder: VideoStream, picture: av.VideoFrame | None
    ) -> "Iterator[Packet[Any]]":
        for packet in encode(encoder, picture):
            payload = self._joint.from_encoder(bytes(packet))
            assert packet.pts is not None, "an encoder gave a packet without a time"
            yield self._packet(packet.pts, packet.duration or 0, packet.is_keyframe, payload)

    def _packet(self, pts: int, duration: int, is_key: bool, payload: bytes) -> "Packet[Any]":
        """Return a packet for the output, to be decoded a fixed number of pictures ahead.

        All groups are closed, so that the n-th packet is decoded when the picture n - delay is
        shown, whoever has reordered it.
        """
        coded = CodedPicture(pts, self._stamps.popleft(), duration, is_key, payload)
        return coded.packet(self._stream, self._plan.time_base)
