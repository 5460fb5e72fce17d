"""Text subtitles: kept with their times, lines and plain styles where the container changes."""

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from av.subtitles.subtitle import SubtitleSet
from clips import copy

from instavid.core.cues import Cue, CueSequencer
from instavid.errors import OutputError

MS = Fraction(1, 1000)
# (start, length, ASS text), ms.
PLAIN = ((40, 300, r"{\b1}Hello{\b0} {\i1}there{\i0}\Nyou, you"), (600, 123, "ÄÖ & <3"))
BOTH = ((100, 400, "first"), (300, 500, "second"), (900, 50, "third"))


def write(path: Path, codec: str, cues: Sequence[tuple[int, int, str]]) -> Path:
    """Write a second of grey pictures with subtitles."""
    header = av.CodecContext.create("subrip", "r")
    header.open(strict=False)
    with av.open(str(path), "w") as output:
        video = output.add_stream("libvpx" if path.suffix == ".webm" else "libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        stream = output.add_stream(codec)
        stream.codec_context.subtitle_header = header.subtitle_header
        stream.time_base = stream.codec_context.time_base = MS
        stream.metadata["language"] = "fra"
        stream.disposition = av.stream.Disposition.forced
        output.start_encoding()
        for start, length, text in cues:
            if codec == "webvtt":
                text = text.replace("&", "&amp;").replace("<", "&lt;")
            event = SubtitleSet.create(f"0,0,Default,,0,0,0,,{text}".encode(), 0, length, start)
            packet = stream.codec_context.encode_subtitle(event)
            packet.pts = packet.dts = start
            packet.duration, packet.time_base, packet.stream = length, MS, stream
            output.mux_one(packet)
        for number in range(25):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
    return path


def shown(path: Path) -> list[tuple[int, int, str]]:
    """Return (start, length, ASS text) of every text, ms."""
    found = []
    with av.open(str(path)) as container:
        stream = container.streams.subtitles[0]
        for packet in container.demux(stream):
            if not packet.size:
                continue
            texts = stream.codec_context.decode2(packet) or ()
            text = r"\N".join(rect.ass.decode().split(",", 8)[-1] for rect in texts)
            # MP4's decoder ends every style at once.
            text = re.sub(r"(\{\\[bi])1\}([^{]*)\{\\r\}", r"\g<1>1}\g<2>\g<1>0}", text)
            if text:
                base = stream.time_base / MS
                found.append((round(packet.pts * base), round(packet.duration * base), text))
    return found


@pytest.mark.parametrize(
    ("ending", "codec", "into", "new"),
    [
        (".mkv", "subrip", ".mp4", "mov_text"),
        (".mkv", "subrip", ".mov", "mov_text"),
        (".mkv", "subrip", ".webm", "webvtt"),
        (".webm", "webvtt", ".mp4", "mov_text"),
        (".mp4", "mov_text", ".mkv", "subrip"),
        (".mp4", "mov_text", ".webm", "webvtt"),
        (".mkv", "ass", ".mp4", "mov_text"),
        (".mkv", "ass", ".webm", "webvtt"),
    ],
)
def test_text_is_converted_where_the_container_asks_for_it(ending, codec, into, new, tmp_path):
    path = write(tmp_path / f"in{ending}", codec, PLAIN)

    result, _ = copy(path, tmp_path / f"out{into}")

    assert shown(tmp_path / f"out{into}") == list(PLAIN)
    (note,) = result.kept
    assert (note.codec, note.converted_to) == (codec, new)
    assert result.dropped == ()
    with av.open(str(tmp_path / f"out{into}")) as container:
        stream = container.streams.subtitles[0]
        assert stream.codec_context.codec.canonical_name == new
        assert stream.language == "fra"
        if into != ".mov":  # which does not say it
            assert stream.disposition & av.stream.Disposition.forced


@pytest.mark.parametrize("codec", ["subrip", "ass", "webvtt"])
def test_what_the_container_holds_is_copied(codec, tmp_path):
    path = write(tmp_path / "in.mkv", codec, PLAIN)

    result, _ = copy(path, tmp_path / "out.mkv")

    assert shown(tmp_path / "out.mkv") == list(PLAIN)
    assert [note.converted_to for note in result.kept] == [""]
    assert result.warnings == ()


def test_texts_that_overlap_keep_their_times_in_a_track_that_shows_one(tmp_path):
    path = write(tmp_path / "in.mkv", "subrip", BOTH)

    copy(path, tmp_path / "out.mp4")

    assert shown(tmp_path / "out.mp4") == [
        (100, 200, "first"),
        (300, 200, r"first\Nsecond"),
        (500, 300, "second"),
        (900, 50, "third"),
    ]


def test_lost_styling_is_a_loss_and_converting_is_none(tmp_path):
    styled = write(tmp_path / "ass.mkv", "ass", PLAIN)
    plain = write(tmp_path / "srt.mkv", "subrip", PLAIN)

    with pytest.raises(OutputError, match=r"would not hold everything.*styles and positions"):
        copy(styled, tmp_path / "out.mp4", strict=True)
    result, _ = copy(plain, tmp_path / "out.mp4", strict=True)

    assert result.warnings == ()
    said, _ = copy(styled, tmp_path / "warned.mp4")
    assert said.warnings == (
        "Lost: subtitle stream 1 (ass) converted to mov_text: styles and positions are lost.",
    )


def test_no_text_at_all_is_carried_too(tmp_path):
    path = write(tmp_path / "in.mkv", "subrip", ())

    copy(path, tmp_path / "out.mp4")

    assert shown(tmp_path / "out.mp4") == []


def test_bad_text_is_left_out_and_counted(tmp_path):
    path = write(tmp_path / "in.mkv", "subrip", ((0, 100, "good"), (200, 100, "WRONG")))
    path.write_bytes(path.read_bytes().replace(b"WRONG", b"\xff\xfe\xfd\xfc\xfb"))

    result, _ = copy(path, tmp_path / "out.mp4")

    assert shown(tmp_path / "out.mp4") == [(0, 100, "good")]
    assert any("1 packets" in warning for warning in result.warnings)


def test_sequence_shows_at_every_time_what_the_cues_show():
    cues = [Cue(0, 9, "a"), Cue(2, 5, "b"), Cue(2, 3, "c"), Cue(5, 5, "none"), Cue(12, 14, "d")]
    sequencer = CueSequencer(joint="+")
    sequence = [out for cue in cues for out in sequencer.push(cue)] + sequencer.flush()

    assert all(a.end <= b.start for a, b in pairwise(sequence))
    for time in range(15):
        wanted = "+".join(c.text for c in cues if c.start <= time < c.end)
        assert "+".join(c.text for c in sequence if c.start <= time < c.end) == wanted
    assert CueSequencer(joint="+").flush() == []
