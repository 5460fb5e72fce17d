"""One stream out of two: packets copied from an input, and those of an encoder."""

from dataclasses import dataclass

from instavid.coded import GroupOfPictures
from instavid.media.copying.coded_stream import CodedStream
from instavid.media.copying.h264 import ParameterSets, joint_header, read_sets

_GREY, _CHROMA = 0, {(2, 2): 1, (1, 2): 2, (1, 1): 3}
"""chroma_format_idc, by the luma rows and columns of a chroma sample."""


@dataclass(frozen=True)
class JointStream:
    """How the two are brought together."""

    coded: CodedStream
    delay: int
    """Pictures that lie between decoding and showing, as the times of decoding say."""

    def header(self, encoder_header: bytes | None) -> bytes | None:
        """Return the header for both, given that of the encoder; None where there is none.

        Raises:
            ValueError: The encoder's header is not that of an H.264 stream.
        """
        if self.coded.sets is None:
            return encoder_header
        encoded = _encoder_sets(encoder_header)
        picture = self.coded.picture
        is_grey = picture.pixel_format.startswith("gray")
        chroma = _GREY if is_grey else _CHROMA[picture.chroma_steps]
        return joint_header([self.coded.sets, encoded], chroma=chroma, bits=picture.bits)

    def from_encoder(self, payload: bytes) -> bytes:
        """Return an encoder's packet as it goes into the stream."""
        return payload if self.coded.sets is None else _ENCODED.laid_out(payload)

    def from_source(self, payload: bytes) -> bytes:
        """Return the input's packet as it goes into the stream."""
        return payload if self.coded.sets is None else self.coded.sets.laid_out(payload)

    def takes(self, group: GroupOfPictures) -> bool:
        """Return whether a group is whole, and not reordered more than the stream allows for."""
        order = sorted(range(len(group.packets)), key=lambda n: group.packets[n].pts)
        return group.is_whole and all(n <= rank + self.delay for rank, n in enumerate(order))


_ENCODED = ParameterSets((), (), length_bytes=0)
"""How libx264 lays out its packets: with start codes."""


def _encoder_sets(header: bytes | None) -> ParameterSets:
    sets = read_sets(header or b"")
    if sets is None:
        raise ValueError("an encoder of H.264 gave no parameter sets")
    return sets
