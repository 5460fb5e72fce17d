"""V3: what lies beside the video is in the result bit for bit, or named as dropped."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import av
from clips import Clip, copy, write_clip
from rows import Row, row_of

from instavid.media.languages import quicktime_language

_TAGS = {"title": "Field"}
SOURCES = {
    "full.mp4": Clip(audio="aac", subtitle="mov_text", chapters=("One", "Two"), tags=_TAGS),
    "cover.mp4": Clip(audio="aac", cover=True, tags=_TAGS),
    "plain.mov": Clip(audio="pcm_s16le", tags=_TAGS),
    "full.mkv": Clip(
        audio="flac", chapters=("One", "Two"), attachment=b"a font", cover=True, tags=_TAGS
    ),
    "voice.webm": Clip(
        codec="libvpx-vp9",
        options={"deadline": "realtime", "cpu-used": "8"},
        audio="libopus",
        tags=_TAGS,
    ),
    "air.ts": Clip(audio="mp2"),
}
TARGETS = ("mp4", "mov", "mkv", "webm", "ts")


def prove_streams(folder: Path) -> Row:
    """Send every kind of source into every container."""

    def outcomes() -> Iterator[str]:
        for name, clip in SOURCES.items():
            source = write_clip(folder / name, clip)
            for ending in TARGETS:
                wrong = _lost(source, folder / f"to.{ending}")
                yield wrong and f"{name} to {ending}: {wrong}"

    return row_of(
        "V3", outcomes(), "streams, tags and chapters of 6 x 5 containers: equal or named"
    )


def _lost(source: Path, target: Path) -> str:
    """Copy a file; return what is neither in the result nor named, or ""."""
    encoder = {"codec": "libvpx-vp9"} if target.suffix == ".webm" else {"preset": "ultrafast"}
    options = {"deadline": "realtime", "cpu-used": "8"} if target.suffix == ".webm" else {}
    own = {"tool": "faults"}
    result, _ = copy(source, target, overwrite=True, options=options, provenance=own, **encoder)
    said = " ".join(result.warnings)
    before, after = _streams(source), _streams(target)
    missing = [one for one in before if one not in after]
    named = [*result.dropped, *(note for note in result.kept if note.converted_to)]
    if len(missing) > len(named):
        return f"{missing} is gone, named are {named} {said}"
    if set(_chapters(source)) - set(_chapters(target)) and "chapters" not in said:
        return "chapters are gone and not named"
    if _tag(source) != _tag(target) and "tags" not in said:
        return f"title {_tag(source)!r} is {_tag(target)!r}"
    return ""


def _streams(path: Path) -> list[tuple[str, str, int, str]]:
    """Return kind, language, disposition and the digest of the packets of each stream."""
    with av.open(str(path)) as container:
        digests = {stream.index: hashlib.md5() for stream in container.streams}
        for packet in container.demux():
            if packet.size and not packet.is_discard:
                digests[packet.stream.index].update(_payload(bytes(packet)))
        found = []
        for stream in container.streams:
            if stream.type == "data" or stream == container.streams.video[0]:
                continue
            language = stream.metadata.get("language", "und")
            language = quicktime_language(language) or language  # deu and ger are one
            kind = int(stream.disposition) & ~1
            found.append((stream.type, language, kind, digests[stream.index].hexdigest()))
        return found


def _payload(packet: bytes) -> bytes:
    """Return a packet without the ADTS header that MPEG-TS puts before AAC."""
    return packet[7:] if packet[:1] == b"\xff" and packet[1] & 0xF6 == 0xF0 else packet


def _chapters(path: Path) -> list[tuple[str, float]]:
    with av.open(str(path)) as container:
        return [
            (chapter["metadata"].get("title", ""), float(chapter["start"] * chapter["time_base"]))
            for chapter in container.chapters()
        ]


def _tag(path: Path) -> str:
    with av.open(str(path)) as container:
        return container.metadata.get("title", "")
