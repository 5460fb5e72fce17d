"""Reading a finished file once, every stream of it compared on the way."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Stream
from av.video.stream import VideoStream

from instavid.errors import RunStopped
from instavid.media.carried import is_cover
from instavid.media.header_checks import check_header, lost_languages
from instavid.media.ledger import Ledger, StreamEntries
from instavid.media.opening import locate, open_input
from instavid.media.packet_checks import StreamCheck, check_files
from instavid.media.picture_checks import PictureCheck
from instavid.media.rationals import to_fraction
from instavid.media.time_checks import common_shift

_HOLD_LANGUAGES = ("mp4", "matroska", "webm")
_LIST_NO_STREAMS = ("flv",)
"""Streams are found as their first packets come. There is at most one of each kind."""


@dataclass
class Findings:
    """What a file was found to hold."""

    frames: int = 0
    packets: int = 0
    is_exact: bool = False
    """Whether every sample was compared."""
    unseen: int = 0
    """Pictures of which only the times were compared."""
    failures: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


@dataclass
class _Damage:
    """What could not be read or decoded."""

    times: int = 0
    first: str = ""

    def add(self, error: Exception) -> None:
        self.first = self.first or getattr(error, "strerror", None) or str(error)
        self.times += 1


def reread(path: Path, ledger: Ledger, *, stop: threading.Event | None = None) -> Findings:
    """Read all of a file and compare it with what was written.

    Args:
        path: The finished file.
        ledger: What it must hold.
        stop: Set it to give up.

    Raises:
        InputError: It cannot be opened.
        RunStopped: `stop` was set.
    """
    with open_input(locate(path, format=ledger.plan.container)) as container:
        found = [s for s in container.streams if not _is_beside(s)]
        entries = _entries(found, ledger)
        if entries is None:
            kinds = ", ".join(stream.type for stream in found) or "none"
            wanted = ", ".join("video" if e is None else str(e.note) for e in ledger.streams)
            return Findings(failures=[f"The streams are {kinds}; written were {wanted}."])
        return _compare(container, found, entries, ledger, stop or threading.Event())


def _entries(found: list[Stream], ledger: Ledger) -> "list[StreamEntries | None] | None":
    """Return what was written to each stream that was found; None where they do not match.

    Some containers leave streams out that got no packet, and some have no order of streams.
    """
    filled = [e for e in ledger.streams if e is None or e.stamps]
    kinds = [stream.type for stream in found]
    places: dict[str, int] = {kind: place for place, kind in enumerate(kinds)}
    for entries in (ledger.streams, filled):
        if ledger.plan.container in _LIST_NO_STREAMS:
            entries = sorted(entries, key=lambda each: places.get(_kind(each), len(places)))
        if [_kind(each) for each in entries] == kinds:
            return entries
    return None


def _kind(entries: StreamEntries | None) -> str:
    return "video" if entries is None else entries.note.kind


def _compare(
    container: InputContainer,
    found: list[Stream],
    entries: "list[StreamEntries | None]",
    ledger: Ledger,
    stop: threading.Event,
) -> Findings:
    video = found[entries.index(None)]
    assert isinstance(video, VideoStream), "the kinds were compared"
    pairs = [(s, e) for s, e in zip(found, entries, strict=True) if e is not None]
    shift = common_shift(ledger)
    checks = {s.index: StreamCheck(e, ledger.plan, shift=shift) for s, e in pairs}
    pictures, damage = PictureCheck(ledger), _Damage()
    files = [s.data or b"" for s in container.streams if isinstance(s, AttachmentStream)]
    header: tuple[list[str], list[str]] = [], []
    for packet in _packets(container, damage):
        if stop.is_set():
            raise RunStopped("stopped while verifying; the result is kept")
        # Not packet.stream_index: it is 0 in the empty packet that flushes a decoder.
        index = packet.stream.index
        if index in checks and packet.size:
            checks[index].see(packet)
        elif index == video.index:
            for picture in _decoded(video, packet, damage):
                if not pictures.frames:
                    header = check_header(container, video, picture, ledger)
                pictures.see(picture)
        elif packet.size and is_cover(packet.stream):
            files.append(bytes(packet))
    said = [f"Reading fails {damage.times} times: {damage.first}."] if damage.times else []
    others, languages = list(checks.values()), lost_languages(pairs)
    holds_languages = ledger.plan.container in _HOLD_LANGUAGES
    return Findings(
        frames=pictures.frames,
        packets=sum(check.packets for check in others),
        is_exact=pictures.is_exact and not ledger.pictures.unseen,
        unseen=ledger.pictures.unseen,
        failures=[
            *said,
            *pictures.failures(_duration(video)),
            *(each for check in others for each in check.failures()),
            *check_files(ledger.files, files),
            *header[0],
            *(languages if holds_languages else []),
        ],
        unchecked=[
            *pictures.unchecked(),
            *header[1],
            *([] if holds_languages else languages),
            *(each for check in others for each in check.unchecked()),
        ],
    )


def _duration(video: VideoStream) -> Fraction | None:
    tick = to_fraction(video.time_base)
    return None if video.duration is None or tick is None else video.duration * tick


def _is_beside(stream: Stream) -> bool:
    """Return whether a stream is a cover, an attachment, or the text of an MP4's chapters."""
    if stream.type in ("attachment", "data"):
        return True
    return is_cover(stream)


def _packets(container: InputContainer, damage: _Damage) -> "Iterator[Packet[Any]]":
    """Yield all packets; what cannot be read ends them."""
    packets = container.demux()
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError as error:
            damage.add(error)
            return
        if packet is None:
            return
        yield packet


def _decoded(video: VideoStream, packet: "Packet[Any]", damage: _Damage) -> list[av.VideoFrame]:
    try:
        return video.decode(packet)
    except av.error.EOFError:  # the decoder was flushed already
        return []
    except av.error.FFmpegError as error:
        damage.add(error)
        return []
