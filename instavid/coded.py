"""Coded pictures that travel beside the decoded ones, for what need not be encoded anew."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class CodedPacket:
    """One picture as the input has it."""

    pts: int
    """Presentation time stamp, in the input's ticks."""
    is_key: bool
    payload: bytes


@dataclass
class GroupOfPictures:
    """A closed one, whose pictures are predicted from no other; it fills while it is read."""

    packets: list[CodedPacket] = field(default_factory=list)
    """In the order of decoding."""
    shown: int = 0
    """Pictures of it that were decoded so far."""
    has_ended: bool = False
    """Whether all that there is of it was read."""
    is_spoilt: bool = False
    """Whether something is wrong with it, so that it must not be copied."""

    @property
    def is_whole(self) -> bool:
        """Return whether it is there from its first to its last picture, without a fault."""
        return self.has_ended and not self.is_spoilt


@dataclass(frozen=True)
class Origin:
    """Where a decoded picture comes from."""

    group: GroupOfPictures
    index: int
    """Position in the group, from 0, in presentation order."""
