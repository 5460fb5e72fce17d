"""Holding the packets of a copied stream, covers and attachments against what was written."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from av.packet import Packet

from instavid.media.encoding_plan import EncodingPlan
from instavid.media.ledger import StreamEntries, Taken, taken
from instavid.media.payloads import digest, essence, how_to_compare
from instavid.media.time_checks import knows_times, tolerance


class StreamCheck:
    """Takes the packets of one stream of a file, and says what is wrong with them."""

    def __init__(self, entries: StreamEntries, plan: EncodingPlan, *, shift: Fraction) -> None:
        """Prepare to compare with what was written.

        Args:
            entries: What was written.
            plan: Of the file.
            shift: Seconds by which all streams of the file were moved.
        """
        self.packets = 0
        """Packets that were seen."""
        self._entries = entries
        self._container = plan.container
        self._shift = shift
        codec, kind = entries.note.written_as, entries.note.kind
        self._how = how_to_compare(
            codec, kind=kind, source=plan.info.container, target=plan.container
        )
        self._read = StreamEntries(entries.note)
        self._altered: list[int] = []
        self._late: list[tuple[int, Fraction]] = []

    def see(self, packet: "Packet[Any]") -> None:
        """Compare the next packet."""
        got = taken(packet)
        payload = essence(self._entries.note.written_as, got.payload)
        if not payload:
            return
        index = self.packets
        self.packets += 1
        if self._how == "bytes":
            self._read.all_bytes.update(payload)
        elif index < len(self._entries.stamps):
            if self._how == "packets" and digest(payload) != self._entries.payloads[index]:
                self._altered.append(index)
            self._see_time(index, got)

    def _see_time(self, index: int, got: Taken) -> None:
        if not knows_times(self._container, is_video=False):
            return
        late = got.stamp * got.time_base - self._seconds(index) - self._shift
        if abs(late) > tolerance(self._container, got.time_base, is_video=False):
            self._late.append((index, late))

    def _seconds(self, index: int) -> Fraction:
        return self._entries.stamps[index] * self._entries.time_base

    def failures(self) -> list[str]:
        """Return what is wrong, one sentence each."""
        name, wanted = str(self._entries.note), len(self._entries.stamps)
        if self._how == "bytes":
            same = self._read.all_bytes.digest() == self._entries.all_bytes.digest()
            return [] if same else [f"The {name} is not byte for byte what was written."]
        said = []
        if self.packets != wanted:
            said.append(f"The {name} has {self.packets} packets of {wanted} that were written.")
        if self._late:
            index, late = self._late[0]
            said.append(
                f"{len(self._late)} packets of the {name} have other times, the first at "
                f"{float(self._seconds(index)):.3f} s, by {float(late):+.6f} s."
            )
        if self._altered and self.packets == wanted:
            said.append(
                f"{len(self._altered)} packets of the {name} hold other bytes, the first at "
                f"{float(self._seconds(self._altered[0])):.3f} s."
            )
        return said

    def unchecked(self) -> list[str]:
        """Return what could not be compared."""
        said, name = [], str(self._entries.note)
        if self._how == "times":
            said.append(f"The bytes of the {name}: {self._container} holds them in another form.")
        if self._how == "bytes" or not knows_times(self._container, is_video=False):
            said.append(f"The times of the {name}: {self._container} counts them by itself.")
        return said


def check_files(wanted: Sequence[tuple[object, int]], found: Sequence[bytes]) -> list[str]:
    """Return which covers and attachments a file does not hold, one sentence each.

    Args:
        wanted: What each is called, and the digest of its content.
        found: What the file holds.
    """
    left = Counter(digest(content) for content in found)
    said = []
    for name, content in wanted:
        if not left[content]:
            said.append(f"The {name} is missing or altered.")
        left[content] -= 1
    return said
