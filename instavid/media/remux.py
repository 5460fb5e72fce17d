"""Writing carried streams: each one tried by itself, kept or named as dropped."""

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Stream

from instavid.media.carried import CarriedStreams, StreamNote, codec_name, is_cover, note
from instavid.media.containers import HOLD_COVERS_AS_ATTACHMENTS, ISO_MEDIA, why_no_copy
from instavid.media.languages import quicktime_language
from instavid.media.ledger import Ledger, StreamEntries, Taken, taken
from instavid.media.rationals import to_fraction
from instavid.media.subtitles import SubtitleConverter, converted_to, lost_by_conversion
from instavid.media.tags import clean

_CANNOT_HOLD = "the output container cannot hold it"
_COVER_FILES = {"mjpeg": ("cover.jpg", "image/jpeg"), "png": ("cover.png", "image/png")}


class Remuxer:
    """Writes the packets of carried streams into an output, in its own streams."""

    def __init__(
        self,
        carried: CarriedStreams,
        output: OutputContainer,
        *,
        format: str,
        ledger: Ledger | None = None,
    ) -> None:
        self._carried = carried
        self._ledger = ledger
        self._entries: dict[int, StreamEntries] = {}
        self._output = output
        self._streams: dict[int, Stream] = {}
        self._converters: dict[int, SubtitleConverter] = {}
        self._last_dts: dict[int, int] = {}
        self._hides_negative = format in ISO_MEDIA
        self.refused = 0
        """Packets that the muxer did not take."""
        self._format = format
        carried.kept.clear()
        carried.dropped.clear()
        carried.losses.clear()

    def add_before_video(self) -> None:
        """Add the streams that stand before the main video in the input."""
        for stream in self._carried.streams:
            if stream.index < self._carried.video_index:
                self._add(stream)

    def add_after_video(self) -> None:
        """Add the other streams, and ask the source for the packets of all."""
        for stream in self._carried.streams:
            if stream.index > self._carried.video_index:
                self._add(stream)
        self._carried.claim(set(self._streams))

    def _add(self, stream: Stream) -> None:
        if stream.type == "data" and self._carried.chapters:
            return  # the text of an MP4's chapters, which are written anew
        if is_cover(stream) and self._format in HOLD_COVERS_AS_ATTACHMENTS:
            reason = self._attach_cover(stream)
            if not reason:
                return
        else:
            reason = why_not(stream, self._format)
        if reason and self._convert(stream):
            return
        if reason:
            self._carried.dropped.append(note(stream, reason))
            return
        self._take(stream, copy_stream(self._output, stream), note(stream))
        language = stream.metadata.get("language", "und")
        if self._format == "mov" and quicktime_language(language) is None:
            self._carried.losses.append(f"mov knows no language '{language}': it was dropped.")

    def _take(self, stream: Stream, copy: Stream, said: StreamNote) -> None:
        """Remember where a stream goes, and leave out its tags where that is asked for."""
        self._streams[stream.index] = copy
        self._carried.kept.append(said)
        if not self._carried.keeps_tags and stream.type != "attachment":
            tags = dict(copy.metadata)
            copy.metadata.clear()
            copy.metadata.update({key: tags[key] for key in tags if key == "language"})
        if self._ledger is None:
            return
        if isinstance(stream, AttachmentStream):
            self._ledger.add_file(said, stream.data or b"")
        elif not is_cover(stream):
            self._entries[stream.index] = self._ledger.add_stream(copy, said)

    def _convert(self, stream: Stream) -> bool:
        """Add a stream of text in a format that the output holds, if there is one."""
        codec = converted_to(codec_name(stream), self._format)
        if not codec:
            return False
        try:
            converter = SubtitleConverter(stream, self._output, codec=codec)
        except (av.error.FFmpegError, ValueError):
            return False
        self._converters[stream.index] = converter
        lost = lost_by_conversion(codec_name(stream))
        self._take(stream, converter.stream, note(stream, lost, converted_to=codec))
        return True

    def _attach_cover(self, stream: Stream) -> str:
        """Add a cover in Matroska's way; return why that is not possible, empty if it was."""
        picture = self._carried.cover(stream.index)
        file = _COVER_FILES.get(codec_name(stream))
        if picture is None or file is None:
            return _CANNOT_HOLD
        self._output.add_attachment(*file, bytes(picture))
        self._carried.kept.append(note(stream))
        if self._ledger is not None:
            self._ledger.add_file(note(stream), bytes(picture))
        return ""

    def write_waiting(self, shift_seconds: Fraction = Fraction(0)) -> None:
        """Write every packet that the source has read so far.

        Args:
            shift_seconds: What to add to their time stamps.
        """
        for packet in self._carried.take():
            self._write(packet, shift_seconds)

    def finish(self) -> None:
        """Write what was held back, at the end."""
        for index, converter in self._converters.items():
            self._mux(index, converter.flush())

    def _write(self, packet: "Packet[Any]", shift_seconds: Fraction) -> None:
        if packet.is_discard and not self._can_hide(packet):
            return
        index = packet.stream_index
        if packet.dts is None:
            packet.dts = packet.pts
        if packet.dts is None:  # a cover picture: one packet without any time
            packet.pts = packet.dts = 0
        if shift_seconds:
            shift = round(shift_seconds / (to_fraction(packet.time_base) or 1))
            packet.pts = None if packet.pts is None else packet.pts + shift
            packet.dts += shift
        if packet.stream.type == "subtitle" and packet.duration and (packet.pts or 0) < 0:
            # It goes when it would have gone. FFmpeg reads a negative start in MP4 as a late one.
            packet.duration = max(1, packet.duration + (packet.pts or 0))
            packet.pts = packet.dts = 0
        if self._begins_too_early(packet):
            packet.pts = packet.dts = 0
        # Muxers refuse what does not go forward.
        if packet.dts < self._last_dts.get(index, packet.dts):
            self.refused += 1
            return
        self._last_dts[index] = packet.dts
        try:
            if index in self._converters:
                self._mux(index, self._converters[index](packet))
            else:
                packet.stream = self._streams[index]
                self._mux(index, [packet])
        except (av.error.ArgumentError, av.error.InvalidDataError):
            self.refused += 1

    def _mux(self, index: int, packets: "Sequence[Packet[Any]]") -> None:
        """Write packets that come of one stream of the input, and note those that were taken."""
        for packet in packets:
            sent = None if self._ledger is None else taken(packet)
            self._output.mux_one(packet)
            if sent is not None:
                self._enter(index, sent)

    def _enter(self, index: int, sent: Taken) -> None:
        """Note a packet that the muxer took."""
        if index in self._entries:
            self._entries[index].add(sent)
        elif self._ledger is not None:
            stream = next(s for s in self._carried.streams if s.index == index)
            self._ledger.add_file(note(stream), sent.payload)

    def _can_hide(self, packet: "Packet[Any]") -> bool:
        """Return whether the output can hold a packet that is decoded but not to be heard.

        Those before zero, which an AAC decoder needs to get going, an MP4 hides by its edit list.
        """
        return self._hides_negative and packet.pts is not None and packet.pts < 0

    def _begins_too_early(self, packet: "Packet[Any]") -> bool:
        """Return whether a first packet reaches a little below zero.

        An MP4 says by an edit list to hear only the rest of such a packet. Other muxers move all
        streams instead, and with them the video, off its ticks. Opus has its own way to say it.
        """
        pts, codec = packet.pts, packet.stream.codec_context
        if self._hides_negative or pts is None or pts >= 0 or codec is None:
            return False
        return pts + (packet.duration or 0) > 0 and "opus" not in codec.name


def rehearse(carried: CarriedStreams, *, format: str) -> None:
    """Find out which streams an output would keep and which not, in the notes of `carried`."""
    with av.open(io.BytesIO(), "w", format=format) as output:
        remuxer = Remuxer(carried, output, format=format)
        remuxer.add_before_video()
        remuxer.add_after_video()


def copy_stream(output: OutputContainer, stream: Stream) -> Stream:
    """Add a stream that takes the packets of another one unchanged."""
    copy = output.add_stream_from_template(stream, opaque=True)
    copy.metadata.update(clean(stream.metadata))
    if output.format.name == "mov" and (language := stream.metadata.get("language")):
        copy.metadata["language"] = quicktime_language(language) or "und"
    copy.disposition = stream.disposition
    return copy


def why_not(stream: Stream, format: str) -> str:
    """Return why a container cannot hold a stream, empty if it can."""
    if stream.type == "data":
        return "timed data is not copied"
    if stream.codec_context is None and stream.type != "attachment":
        return "its codec is unknown here"
    reason = why_no_copy(
        format, kind=stream.type, codec=codec_name(stream), is_cover=is_cover(stream)
    )
    if reason:
        return reason
    try:
        with av.open(io.BytesIO(), "w", format=format) as trial:
            copy_stream(trial, stream)
            trial.start_encoding()
    except (av.error.FFmpegError, ValueError):
        return _CANNOT_HOLD
    return ""
