"""Keeps the packets of a video in closed groups, and knows which picture came of which group."""

from typing import Any

import av
from av.packet import Packet

from instavid.coded import CodedPacket, GroupOfPictures, Origin
from instavid.media.copying.h264 import ParameterSets

_MOST_PACKETS = 600
_MOST_BYTES = 64 << 20
"""What is kept of one group at the most: longer ones are encoded anew."""


class Gatherer:
    """Takes note of each packet before it is decoded, and of each picture after."""

    def __init__(self, sets: ParameterSets | None, *, is_on: bool) -> None:
        """Start with nothing.

        Args:
            sets: Of an H.264 stream; None for codecs whose key frames stand for themselves.
            is_on: Whether to keep anything.
        """
        self._sets = sets
        self._is_on = is_on
        self._group: GroupOfPictures | None = None
        self._bytes = 0
        self.kept = 0
        """Packets that were kept so far."""
        self._pending: dict[int, GroupOfPictures] = {}

    def note(self, packet: "Packet[Any]") -> None:
        """Keep a packet that is about to be decoded."""
        if not self._is_on:
            return
        payload = bytes(packet)
        if self._opens_group(packet, payload):
            self._begin()
        group = self._group
        if group is None or group.is_spoilt:
            return
        if self._changes_header(packet, payload):
            # Later groups may be coded with it without saying so.
            self.turn_off()
            return
        if packet.pts is None or not self._is_sound(packet, payload):
            group.is_spoilt = True
            return
        group.packets.append(CodedPacket(packet.pts, packet.is_keyframe, payload))
        self._pending[packet.pts] = group
        self._bytes += len(payload)
        self.kept += 1

    def spoil(self) -> None:
        """Take note that something is wrong where the reading is."""
        if self._group is not None:
            self._group.is_spoilt = True

    def end(self) -> None:
        """Take note that the group in hand has no more packets."""
        if self._group is not None:
            self._group.has_ended = True

    def turn_off(self) -> None:
        """Keep nothing from now on."""
        self._is_on = False
        self.spoil()

    def restart(self) -> None:
        """Forget all: reading goes on elsewhere."""
        self._group = None
        self._pending.clear()

    def origin(self, picture: av.VideoFrame) -> Origin | None:
        """Return where the next decoded picture comes from, None where that is not known."""
        group = None if picture.pts is None else self._pending.pop(picture.pts, None)
        if group is None:
            return None
        group.is_spoilt |= bool(picture.is_corrupt)
        group.shown += 1
        return Origin(group, group.shown - 1)

    def _begin(self) -> None:
        self.end()
        # Pictures of the group before may still be in the decoder, older ones are not to come.
        before = self._group
        self._pending = {pts: group for pts, group in self._pending.items() if group is before}
        self._group, self._bytes = GroupOfPictures(), 0

    def _opens_group(self, packet: "Packet[Any]", payload: bytes) -> bool:
        return self._sets.opens_group(payload) if self._sets else packet.is_keyframe

    def _is_sound(self, packet: "Packet[Any]", payload: bytes) -> bool:
        return not (
            packet.is_corrupt
            or packet.is_discard
            or packet.pts in self._pending
            or self._bytes + len(payload) > _MOST_BYTES
            or (self._group is not None and len(self._group.packets) >= _MOST_PACKETS)
        )

    def _changes_header(self, packet: "Packet[Any]", payload: bytes) -> bool:
        is_known = self._sets is None or self._sets.knows_sets_of(payload)
        return packet.has_sidedata("new_extradata") or not is_known
