"""instavid.media.verification: every kind of damage is seen, and nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from clips import TWELVE, Clip, write_clip

from instavid.media.ledger import Ledger
from instavid.media.verification import Verification, verify
from instavid.picture import Planes
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource
from instavid.types import Frame

PROVENANCE = {"tool": "instavid 1", "pairs": "a:AtoB 0123456789abcdef"}
SIZE = (96, 64)
UPRIGHT = (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
QUARTER_TURN = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
TAGGED = Clip(
    audio="aac",
    size=SIZE,
    display_matrix=QUARTER_TURN,
    colours=(1, 1, 1, 1),
    chapters=("One", "Two"),
    tags={"title": "Meadow", "comment": "Summer"},
)


@dataclass(frozen=True)
class Written:
    """A finished file and what it must hold."""

    path: Path
    ledger: Ledger

    def verify(self) -> Verification:
        return verify(self.path, self.ledger)


def scene(index: int) -> Planes:
    """Return picture `index` of a lively scene: stripes on the move over a coloured slope."""
    width, height = SIZE
    y, x = np.mgrid[:height, :width]
    luma = 90 + 50 * np.sin((x + 5 * index) / 9) + y / 2
    chroma = [np.full((height // 2, width // 2), level) for level in (90 + index, 160 - index)]
    return tuple(plane.astype(np.uint8) for plane in (luma, *chroma))


def lively(frames: Iterator[Frame]) -> Iterator[Frame]:
    for frame in frames:
        yield replace(frame, planes=scene(frame.index))


def write(source: Path, target: Path, **arguments: Any) -> Written:
    """Encode a lively scene with the streams of a file."""
    with FileSource(source) as frames:
        sink = FileSink(
            target,
            like=frames.info,
            carry=frames.carried,
            verifiable=True,
            provenance=PROVENANCE,
            **arguments,
        )
        with sink:
            for frame in lively(iter(frames)):
                sink.write(frame)
        assert sink.ledger is not None
        return Written(target, sink.ledger)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "in.mp4", TAGGED)


@pytest.mark.parametrize(
    ("ending", "codec"),
    [
        *((ending, "ffv1") for ending in (".mp4", ".mkv", ".avi", ".nut")),
        *((ending, "libx264") for ending in (".mp4", ".mov", ".mkv", ".avi", ".nut", ".ts")),
    ],
)
def test_a_good_file_passes(source: Path, ending: str, codec: str, tmp_path: Path) -> None:
    result = write(source, tmp_path / f"out{ending}", codec=codec).verify()
    assert result.failures == ()
    assert result.frames == 12
    assert result.packets > 12
    assert result.is_bit_exact == (codec == "ffv1")


@pytest.mark.parametrize(
    ("clip", "ending"),
    [
        (Clip(pts=(0,)), ".mp4"),
        (Clip(codec="ffv1", size=(63, 47)), ".mkv"),
        (Clip(codec="ffv1", size=(63, 47)), ".mp4"),
        (Clip(codec="ffv1", pixel_format="yuv444p10le"), ".mkv"),
        (Clip(codec="ffv1", pixel_format="bgr0"), ".mp4"),
        (Clip(codec="ffv1", pixel_format="gray"), ".mp4"),
        (Clip(codec="ffv1", pixel_format="yuva420p"), ".webm"),
        (Clip(audio="libopus"), ".webm"),
        (Clip(audio="aac"), ".ts"),
        (Clip(audio="pcm_s16le"), ".mov"),
        (Clip(subtitle="mov_text", audio="aac"), ".mp4"),
        (Clip(audio="aac", cover=True), ".mkv"),
        (Clip(pts=(0, 3000, 3100, 9000, 20000), time_base=Fraction(1, 90000)), ".mkv"),
    ],
    ids=[
        *("one frame", "odd", "odd H.264", "10 bit", "RGB", "grey", "alpha", "Opus", "TS", "PCM"),
        *("subtitle", "cover", "variable rate"),
    ],
)
def test_nothing_is_wrong_with_files_of_any_kind(clip: Clip, ending: str, tmp_path: Path) -> None:
    name = "in.mp4" if clip.codec == "libx264" and clip.audio != "pcm_s16le" else "in.mkv"
    source = write_clip(tmp_path / name, clip)
    with FileSource(source) as frames:
        target = tmp_path / f"out{ending}"
        sink = FileSink(target, like=frames.info, carry=frames.carried, verifiable=True)
        with sink:
            for frame in frames:
                sink.write(frame)
    assert sink.ledger is not None
    result = verify(target, sink.ledger)
    assert result.failures == ()
    assert result.frames == len(clip.pts)


@pytest.mark.parametrize("ending", [".ts", ".nut", ".mp4"])
def test_a_second_video_that_is_decoded_before_zero_moves_all_streams(
    ending: str, tmp_path: Path
) -> None:
    clip, both = write_clip(tmp_path / "in.mp4"), tmp_path / "both.mp4"
    with av.open(str(clip)) as source, av.open(str(both), "w") as output:
        video = source.streams.video[0]
        copies = [output.add_stream_from_template(video, opaque=True) for _ in range(2)]
        for packet in source.demux(video):
            if packet.size:
                again = av.Packet(bytes(packet))
                again.pts, again.dts, again.duration = packet.pts, packet.dts, packet.duration
                again.time_base, again.is_keyframe = packet.time_base, packet.is_keyframe
                again.stream, packet.stream = copies[1], copies[0]
                output.mux([packet, again])
    with FileSource(both) as frames:
        target = tmp_path / f"out{ending}"
        # Without B-frames of its own the first video is decoded when it is shown.
        sink = FileSink(
            target,
            like=frames.info,
            carry=frames.carried,
            options={"bf": "0"},
            verifiable=True,
        )
        with sink:
            for frame in frames:
                sink.write(frame)
    assert sink.ledger is not None
    assert verify(target, sink.ledger).failures == ()


# Damage on purpose.


Alter = Callable[[int, Any], Any]
"""Takes a stream's index and a packet; returns the packet to write, or None."""


def remux(path: Path, alter: Alter, **wanted: Any) -> None:
    """Write a file's packets again, one of them altered."""
    before = path.rename(path.with_name(f"before{path.suffix}"))
    ticks = {"video_track_timescale": "12800", "movie_timescale": "12800"}
    options = ticks if path.suffix == ".mp4" else {}
    with av.open(str(before)) as source, av.open(str(path), "w", options=options) as output:
        streams = [s for s in source.streams if s.type != "data"]
        copies = {s.index: output.add_stream_from_template(s, opaque=True) for s in streams}
        for stream in streams:
            copies[stream.index].metadata.update(stream.metadata)
        if "display_matrix" in wanted:
            copies[0].set_display_matrix(wanted["display_matrix"])
        output.metadata.update({**source.metadata, **wanted.get("tags", {})})
        output.set_chapters(wanted.get("chapters", source.chapters()))
        seen: dict[int, int] = {}
        for packet in source.demux(streams):
            if not packet.size:
                continue
            index = packet.stream_index
            seen[index] = seen.get(index, -1) + 1
            altered = alter(seen[index], packet) if index == wanted.get("stream", 0) else packet
            if altered is not None:
                altered.stream = copies[index]
                output.mux_one(altered)
    before.unlink()


def unchanged(_: int, packet: Any) -> Any:
    return packet


def without(number: int) -> Alter:
    return lambda index, packet: None if index == number else packet


def later(number: int, ticks: int) -> Alter:
    def alter(index: int, packet: Any) -> Any:
        if index == number:
            packet.pts += ticks
        return packet

    return alter


def with_other_bytes(number: int) -> Alter:
    def alter(index: int, packet: Any) -> Any:
        if index != number:
            return packet
        content = bytearray(bytes(packet))
        content[len(content) // 2] ^= 1
        new = av.Packet(bytes(content))
        new.pts, new.dts, new.duration = packet.pts, packet.dts, packet.duration
        new.time_base = packet.time_base
        return new

    return alter


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_the_damage_is_what_is_seen(source: Path, ending: str, tmp_path: Path) -> None:
    """Without any, a file that was written again passes: the tests below are of what they say."""
    written = write(source, tmp_path / f"out{ending}", codec="ffv1")
    remux(written.path, unchanged)
    assert written.verify().failures == ()


@pytest.mark.parametrize(
    ("ending", "alter", "further", "words"),
    [
        (".mp4", without(5), {}, "11 frames can be decoded of 12"),
        (".mkv", without(11), {}, "11 frames can be decoded of 12"),
        (".mp4", later(6, 3), {}, "1 time stamps are not what was written"),
        (".mkv", later(6, 2), {}, "1 time stamps are not what was written"),
        (".mkv", with_other_bytes(4), {}, "bit-equal"),
        (".mp4", with_other_bytes(3), {"stream": 1}, "1 packets of the audio stream 1 (aac) hold"),
        (".mkv", without(3), {"stream": 1}, "audio stream 1 (aac) has"),
        (".mkv", later(5, 9), {"stream": 1}, "1 packets of the audio stream 1 (aac) have other"),
        (".mp4", unchanged, {"display_matrix": UPRIGHT}, "The display matrix is"),
        (".mkv", unchanged, {"display_matrix": UPRIGHT}, "The display matrix is"),
        (".mp4", unchanged, {"tags": {"comment": "Summer"}}, "The tag comment is 'Summer'"),
        (".mkv", unchanged, {"tags": {"title": "Wood"}}, "The tag title is 'Wood'"),
        (".mkv", unchanged, {"chapters": []}, "There are 0 chapters, not 2"),
    ],
)
def test_damage_is_seen_and_named(
    source: Path, ending: str, alter: Alter, further: dict[str, Any], words: str, tmp_path: Path
) -> None:
    written = write(source, tmp_path / f"out{ending}", codec="ffv1")
    remux(written.path, alter, **further)
    result = written.verify()
    assert not result.has_passed
    assert words in " ".join(result.failures)


def test_a_file_that_is_cut_off_or_no_video_is_seen(source: Path, tmp_path: Path) -> None:
    written = write(source, tmp_path / "out.mkv")
    content = written.path.read_bytes()
    written.path.write_bytes(content[: len(content) * 2 // 3])
    assert "frames can be decoded of 12" in " ".join(written.verify().failures)
    written.path.write_bytes(b"nothing")
    assert "cannot be read again" in " ".join(written.verify().failures)


# Other pictures under the same times, with an encoder that loses some of each.


def replaced(pictures: list[Planes], written: Written, target: Path, **arguments: Any) -> Written:
    """Encode other pictures at the times of a file that was written; return them as that file."""
    made = written.path.with_name("in.mp4")
    with FileSource(made) as frames:
        sink = FileSink(
            target, like=frames.info, carry=frames.carried, provenance=PROVENANCE, **arguments
        )
        with sink:
            for frame in frames:
                sink.write(replace(frame, planes=pictures[frame.index]))
    return Written(target, written.ledger)


def swapped(pictures: list[Planes]) -> list[Planes]:
    return [*pictures[:4], pictures[5], pictures[4], *pictures[6:]]


def shifted(pictures: list[Planes]) -> list[Planes]:
    return [pictures[0], *pictures[:-1]]


def foreign(pictures: list[Planes]) -> list[Planes]:
    grey = tuple(np.full_like(plane, 128) for plane in pictures[0])
    return [*pictures[:7], grey, *pictures[8:]]


def wrong_matrix(pictures: list[Planes]) -> list[Planes]:
    """Return what a conversion to RGB by BT.601 and back by BT.709 makes of pictures."""

    def convert(planes: Planes) -> Planes:
        luma, blue, red = (plane.astype(np.float32) for plane in planes)
        wide = [np.repeat(np.repeat(p - 128, 2, 0), 2, 1) for p in (blue, red)]
        # Differences of the two matrices, for Cb and Cr as they are.
        new = luma - 0.118 * wide[0] - 0.212 * wide[1]
        cb, cr = (
            1.019 * (blue - 128) + 0.115 * (red - 128),
            0.075 * (blue - 128) + 1.025 * (red - 128),
        )
        return tuple(
            np.clip(np.rint(p), 0, 255).astype(np.uint8) for p in (new, cb + 128, cr + 128)
        )

    return [convert(planes) for planes in pictures]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (swapped, "2 frames, the first of them frame 4 at 0.160 s, are out of order"),
        (shifted, "out of place by +1"),
        (foreign, "Frame 7 at 0.280 s is not the picture"),
        (wrong_matrix, "colours moved by"),
    ],
)
@pytest.mark.parametrize("codec", ["libx264", "libvpx-vp9"])
def test_wrong_pictures_are_seen_through_the_loss_of_an_encoder(
    source: Path, codec: str, damage: Any, words: str, tmp_path: Path
) -> None:
    written = write(source, tmp_path / "first.mp4", codec=codec)
    pictures = [scene(index) for index in TWELVE]
    assert replaced(pictures, written, tmp_path / "same.mp4", codec=codec).verify().has_passed
    result = replaced(damage(pictures), written, tmp_path / "out.mp4", codec=codec).verify()
    assert words in " ".join(result.failures)


@pytest.mark.parametrize("crf", [0, 30, 51])
def test_no_quality_is_taken_for_damage(source: Path, crf: int, tmp_path: Path) -> None:
    result = write(source, tmp_path / "out.mp4", crf=crf).verify()
    assert result.failures == ()
    assert result.is_bit_exact == (crf == 0)


def test_a_single_sample_is_seen_where_the_encoder_loses_none(source: Path, tmp_path: Path) -> None:
    written = write(source, tmp_path / "first.mp4", codec="ffv1")
    pictures = [scene(index) for index in TWELVE]
    pictures[3][2][5, 7] ^= 1
    result = replaced(pictures, written, tmp_path / "out.mp4", codec="ffv1").verify()
    assert result.failures == ("Frame 3 at 0.120 s is not bit-equal to what was encoded.",)


def test_what_is_noted_of_100000_frames_with_sound_stays_below_20_mib(source: Path) -> None:
    with FileSource(source) as frames:
        sink = FileSink(source.with_name("out.mp4"), like=frames.info, verifiable=True)
        assert sink.ledger is not None
        entries = sink.ledger.pictures
        picture = av.VideoFrame(*SIZE, "yuv420p")
        for _ in range(100):
            entries.add(picture)
    per_frame = (
        entries.stamps.itemsize
        + entries.samples.itemsize
        + entries.means.nbytes // len(entries.means)
    )
    sound = 100_000 / 25 * 48000 / 1024 * 16
    assert 100_000 * per_frame + sound < 20 * 2**20
