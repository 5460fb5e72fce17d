"""Text subtitles in the format of another container: FFmpeg rewrites them, their times stay."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, cast

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.subtitles.codeccontext import SubtitleCodecContext
from av.subtitles.subtitle import AssSubtitle, SubtitleSet

from instavid.core.cues import Cue, CueSequencer
from instavid.media.containers import ISO_MEDIA
from instavid.media.rationals import to_fraction
from instavid.media.tags import clean

_TEXT = ("subrip", "ass", "ssa", "webvtt", "mov_text", "text")
_WRITTEN_IN = {**dict.fromkeys(ISO_MEDIA, "mov_text"), "matroska": "subrip", "webm": "webvtt"}
_STYLED = ("ass", "ssa")
# Fields of an ASS event before its text: ReadOrder, Layer, Style, Name, three margins, Effect.
_FIELDS_BEFORE_TEXT = 8
_EVENT = "0,0,Default,,0,0,0,,"
_LINE_BREAK = r"\N"
# FFmpeg's WebVTT encoder writes text as it is, and what follows a < would be taken for a tag.
_ESCAPED = {"webvtt": str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})}


def converted_to(codec: str, container: str) -> str:
    """Return the codec that text subtitles get in a container that cannot hold theirs.

    Empty where they are no text, or the container holds none.

    >>> converted_to("subrip", "mp4"), converted_to("hdmv_pgs_subtitle", "mp4")
    ('mov_text', '')
    """
    return _WRITTEN_IN.get(container, "") if codec in _TEXT else ""


def lost_by_conversion(codec: str) -> str:
    """Return what of subtitles no other text format keeps, empty for nothing that matters."""
    return "styles and positions are lost" if codec in _STYLED else ""


class SubtitleConverter:
    """Turns the packets of one text subtitle stream into those of a new stream.

    Raises:
        ValueError, av.error.FFmpegError: On making it: the output does not take the new codec.
    """

    def __init__(self, stream: Stream, output: OutputContainer, *, codec: str) -> None:
        """Add the new stream to an output whose header is not written.

        Args:
            stream: Where the packets come from.
            output: What gets the new stream.
            codec: FFmpeg's name of the new codec.
        """
        self._decoder = _decoder(stream)
        self._time_base = to_fraction(stream.time_base) or Fraction(1, 1000)
        self.stream = cast(Any, output.add_stream(codec))
        encoder: SubtitleCodecContext = self.stream.codec_context
        encoder.subtitle_header = self._decoder.subtitle_header
        encoder.time_base = self.stream.time_base = self._time_base
        self.stream.metadata.update(clean(stream.metadata, of_coding=True))
        self.stream.disposition = stream.disposition
        # A track of MP4 shows one text at a time: what overlaps would be shown too late.
        self._sequencer = CueSequencer(joint=_LINE_BREAK) if codec == "mov_text" else None
        self._escapes = _ESCAPED.get(codec, {})

    def __call__(self, packet: "Packet[Any]") -> "list[Packet[Any]]":
        """Return the packets to write now, none where nothing is shown or not before the next.

        Raises:
            av.error.FFmpegError: The packet is damaged.
        """
        shown = self._decoder.decode2(packet)
        rects = [rect for rect in shown or () if isinstance(rect, AssSubtitle)]
        text = _LINE_BREAK.join(_text(rect) for rect in rects)
        if not text or packet.pts is None:
            return []
        cue = Cue(packet.pts, packet.pts + (packet.duration or 0), text)
        return self._encode([cue] if self._sequencer is None else self._sequencer.push(cue))

    def flush(self) -> "list[Packet[Any]]":
        """Return the packets that are left at the end."""
        return self._encode([] if self._sequencer is None else self._sequencer.flush())

    def _encode(self, cues: Iterable[Cue]) -> "list[Packet[Any]]":
        return [self._packet(cue) for cue in cues]

    def _packet(self, cue: Cue) -> "Packet[Any]":
        event = (_EVENT + cue.text.translate(self._escapes)).encode()
        subtitle = SubtitleSet.create(event, 0, cue.end - cue.start, cue.start)
        packet = self.stream.codec_context.encode_subtitle(subtitle)
        packet.pts = packet.dts = cue.start
        packet.duration = cue.end - cue.start
        packet.time_base = self._time_base
        packet.stream = self.stream
        return cast("Packet[Any]", packet)


def _decoder(stream: Stream) -> SubtitleCodecContext:
    """Return a decoder of its own: the stream's belongs to the thread that reads."""
    context = cast(SubtitleCodecContext, av.CodecContext.create(stream.codec_context.name, "r"))
    context.extradata = stream.codec_context.extradata
    context.open(strict=False)
    return context


def _text(rect: AssSubtitle) -> str:
    fields = rect.ass.decode("utf-8", "replace").split(",", _FIELDS_BEFORE_TEXT)
    return fields[-1] if len(fields) > _FIELDS_BEFORE_TEXT else ""
