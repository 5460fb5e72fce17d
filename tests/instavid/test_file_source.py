"""instavid.sources.file: exact pictures and times of good files, one clear line about bad ones."""

import functools
import http.server
import shutil
import threading
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from clips import TWELVE, Clip, copy, packets, picture, read, same_samples, write_clip

from instavid.errors import InputError, InputNotFoundError, UsageError
from instavid.picture import PictureFormat, planes_from_frame
from instavid.sources.file import FileSource

LOSSLESS = {"options": {"qp": "0", "preset": "ultrafast"}}
VFR = (0, 3000, 3100, 9000, 20000, 21000, 50000, 51234, 60000, 61000, 70000, 99999)


def made(clip: Clip):
    """Return the planes that a clip was made of."""
    picture_format = PictureFormat(clip.pixel_format, *clip.size)
    return [planes_from_frame(picture(clip, n), picture_format) for n in range(len(clip.pts))]


@pytest.mark.parametrize(
    "clip",
    [
        pytest.param(Clip(**LOSSLESS), id="8-bit 4:2:0"),
        pytest.param(Clip(pixel_format="yuv420p10le", **LOSSLESS), id="10-bit"),
        pytest.param(Clip(pixel_format="yuv444p", size=(63, 47), **LOSSLESS), id="odd 4:4:4"),
        pytest.param(Clip(codec="ffv1", pixel_format="gray"), id="grey"),
        pytest.param(Clip(codec="ffv1", size=(63, 47)), id="odd 4:2:0"),
        pytest.param(Clip(codec="ffv1", pixel_format="gbrp16le"), id="16-bit RGB"),
        pytest.param(Clip(codec="ffv1", pixel_format="yuva420p"), id="alpha"),
        pytest.param(Clip(pts=(0,), **LOSSLESS), id="one frame"),
        pytest.param(Clip(size=(2, 2), pixel_format="yuv444p", **LOSSLESS), id="tiny"),
    ],
)
def test_samples_are_as_they_were_coded(clip, tmp_path):
    seen = read(write_clip(tmp_path / "clip.mkv", clip))

    assert seen.info.picture.pixel_format == clip.pixel_format
    assert same_samples(seen.planes, made(clip))
    assert seen.report.is_complete
    assert seen.report.warnings == ()


def test_packed_pixels_become_planes(tmp_path):
    clip = Clip(codec="rawvideo", pixel_format="yuyv422", size=(64, 48), pts=(0, 1))

    seen = read(write_clip(tmp_path / "clip.nut", clip))

    assert seen.info.picture.pixel_format == "yuv422p"
    packed = np.frombuffer(picture(clip, 1).planes[0], np.uint8).reshape(48, -1)[:, :128]
    np.testing.assert_array_equal(seen.planes[1][0], packed[:, 0::2])
    np.testing.assert_array_equal(seen.planes[1][2], packed[:, 3::4])


def test_frames_stay_as_they_were_while_more_are_decoded(tmp_path):
    path = write_clip(tmp_path / "clip.mkv", Clip(**LOSSLESS))
    with FileSource(path) as source:
        frames = list(source)

    assert same_samples([f.planes for f in frames], made(Clip()))
    with pytest.raises(ValueError, match="read-only"):
        frames[0].planes[0][:] = 0


@pytest.mark.parametrize(
    ("pts", "time_base"),
    [
        pytest.param(VFR, Fraction(1, 90000), id="variable rate"),
        pytest.param(tuple(n * 1001 for n in TWELVE), Fraction(1, 30000), id="NTSC"),
        pytest.param(tuple(45000 + n * 3003 for n in TWELVE), Fraction(1, 90000), id="late start"),
        pytest.param(TWELVE, Fraction(1, 25), id="constant rate"),
    ],
)
def test_times_are_exact(pts, time_base, tmp_path):
    clip = Clip(
        pts=pts,
        time_base=time_base,
        last_duration=4321,
        muxer_options={
            "video_track_timescale": str(time_base.denominator),
            "movie_timescale": str(time_base.denominator),
        },
    )

    seen = read(write_clip(tmp_path / "clip.mp4", clip))

    starts = [start for start, _ in seen.times]
    assert starts == [p * time_base for p in pts]
    assert [length for _, length in seen.times] == [
        *(b - a for a, b in pairwise(starts)),
        4321 * time_base,
    ]
    assert seen.report.repaired_time_stamps == 0


def test_avi_with_b_frames_is_in_order_from_zero(tmp_path):
    seen = read(write_clip(tmp_path / "clip.avi", Clip(options={"bf": "3"})))

    assert [start * 25 for start, _ in seen.times] == list(TWELVE)


def test_raw_stream_without_stamps_is_spaced_evenly(tmp_path):
    seen = read(write_clip(tmp_path / "clip.h264"))

    assert [start * 25 for start, _ in seen.times] == list(TWELVE)
    assert seen.report.repaired_time_stamps == 12


def test_matroska_that_begins_below_zero_keeps_its_spacing(tmp_path):
    clip = Clip(pts=tuple(n - 6 for n in TWELVE), muxer_options={"avoid_negative_ts": "disabled"})

    seen = read(write_clip(tmp_path / "clip.mkv", clip))

    assert [start * 25 for start, _ in seen.times] == [n - 6 for n in TWELVE]


def test_synthetic_source_needs_no_file():
    with FileSource("lavfi:testsrc2=size=64x48:rate=30:duration=0.5") as source:
        assert len(list(source)) == 15


def test_colours_and_pixel_shape_are_told(tmp_path):
    clip = Clip(colours=(2, 9, 16, 9), sample_aspect_ratio=Fraction(16, 9))

    info = read(write_clip(tmp_path / "clip.mp4", clip)).info

    tags = info.picture.tags
    assert (tags.range, tags.space, tags.transfer, tags.primaries) == (2, 9, 16, 9)
    assert info.picture.sample_aspect_ratio == Fraction(16, 9)


def test_cover_picture_is_not_the_video(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", Clip(cover=True))

    assert read(path).info.picture.width == 64


def test_default_video_is_preferred_to_a_larger_one(tmp_path):
    with av.open(str(tmp_path / "clip.mkv"), "w") as container:
        clips = [Clip(size=(96, 64), pts=(0,)), Clip(pts=(0,))]
        streams = [container.add_stream("ffv1", rate=25) for _ in clips]
        for stream, clip, disposition in zip(streams, clips, (0, 1), strict=True):
            stream.width, stream.height = clip.size
            stream.codec_context.time_base = clip.time_base
            stream.disposition = disposition
        for stream, clip in zip(streams, clips, strict=True):
            container.mux(stream.encode(picture(clip, 0)) + stream.encode(None))

    assert read(tmp_path / "clip.mkv").info.picture.width == 64


def test_packets_of_other_streams_are_forgotten_unless_a_sink_wants_them(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", Clip(audio="aac"))
    with FileSource(path) as source:
        list(source)

        assert list(source.carried.take()) == []


def test_stop_ends_the_iteration(tmp_path):
    with FileSource(write_clip(tmp_path / "clip.mp4")) as source:
        frames = iter(source)
        next(frames)
        source.stop()

        assert len(list(frames)) <= 1  # the one that is held back
    assert not source.report().is_complete


def test_leaving_while_another_thread_reads_is_safe(tmp_path):
    path = write_clip(tmp_path / "clip.mkv", Clip(pts=tuple(range(400))))
    started = threading.Event()

    def consume(source):
        for _ in source:
            started.set()

    with FileSource(path) as source:
        reader = threading.Thread(target=consume, args=(source,))
        reader.start()
        assert started.wait(10)
    reader.join(10)

    assert not reader.is_alive()


def test_file_name_that_looks_like_a_protocol_is_read(tmp_path, monkeypatch):
    write_clip(tmp_path / "clip.mp4").rename(tmp_path / "12:30.mp4")
    monkeypatch.chdir(tmp_path)

    assert len(read("12:30.mp4").times) == 12


# What cannot be read: one line each.


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "not a video file|end of file", id="empty"),
        pytest.param(b"hello, world\n" * 99, "not a video file", id="text"),
        pytest.param(bytes(range(256)) * 64, "not a video file", id="noise"),
        pytest.param(
            b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n", "not a video", id="playlist"
        ),
        pytest.param(b"ffconcat version 1.0\nfile clip.mp4\n", "not a video", id="script"),
    ],
)
def test_files_that_are_no_video_are_refused(content, expected, tmp_path):
    write_clip(tmp_path / "clip.mp4")
    path = tmp_path / "bad.mp4"
    path.write_bytes(content)

    with pytest.raises(InputError, match=f"(?i)bad.mp4: ({expected})") as caught:
        read(path)

    assert "\n" not in str(caught.value)


def test_missing_file_is_named():
    with pytest.raises(InputNotFoundError, match=r"nowhere\.mp4: no such file"):
        FileSource("nowhere.mp4")


def test_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="it is a folder"):
        FileSource(tmp_path)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the clip, and never answers about anything slow."""

    def do_GET(self):
        if self.path == "/slow.mp4":
            self.server.is_over.wait(10)
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path):
    write_clip(tmp_path / "clip.mkv")
    handler = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.is_over = threading.Event()
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.is_over.set()
        running.shutdown()
        thread.join()


def test_url_is_read(server):
    assert len(read(f"{server}/clip.mkv").times) == 12


def test_url_that_is_not_there_is_told_in_one_line(server):
    with pytest.raises(InputError, match=r"nowhere.mp4: .*404") as caught:
        read(f"{server}/nowhere.mp4")

    assert "\n" not in str(caught.value)


def test_server_that_does_not_answer_is_given_up(server, monkeypatch):
    monkeypatch.setattr("instavid.media.opening.TIMEOUT_SECONDS", 0.3)

    with pytest.raises(InputError, match=r"no answer within 0.3 s"):
        read(f"{server}/slow.mp4")


def test_unknown_kind_of_url_is_refused():
    with pytest.raises(UsageError, match="'gopher' is not one of http"):
        FileSource("gopher://example.org/clip.mp4")


def test_sound_without_pictures_is_refused(tmp_path):
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1600), np.int16), layout="stereo")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))

    with pytest.raises(InputError, match="no video stream, only audio"):
        read(path)


def test_too_large_pictures_are_refused_before_they_are_decoded(tmp_path):
    path = write_clip(tmp_path / "clip.mp4")

    with pytest.raises(InputError, match="64x48 are larger"), FileSource(path, max_pixels=3000):
        pass


# Damage: what can be decoded is, and the report says that something is missing.


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@pytest.mark.parametrize("share", [0.35, 0.6, 0.8])
@pytest.mark.parametrize(
    ("name", "audio"), [("clip.mp4", "aac"), ("clip.mkv", "aac"), ("clip.mkv", None)]
)
def test_truncated_file_is_not_complete(name, audio, share, tmp_path):
    clip = Clip(
        codec="mpeg4",
        size=(320, 240),
        pts=tuple(range(50)),
        audio=audio,
        options={"g": "1"},
        muxer_options={"movflags": "+faststart"} if name.endswith("mp4") else {},
    )
    path = cut(write_clip(tmp_path / name, clip), share)

    report = read(path).report

    assert 0 < report.frames < 50
    assert not report.is_complete
    assert report.frames_expected == 50
    assert any("cut off" in warning for warning in report.warnings)


def test_hole_is_counted_and_decoding_goes_on(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", Clip(pts=tuple(range(40)), options={"g": "8"}))
    with av.open(str(path)) as container:
        middle = [p.pos for p in container.demux(video=0) if p.size][17]
    data = bytearray(path.read_bytes())
    data[middle : middle + 60] = bytes(60)
    path.write_bytes(data)

    report = read(path).report

    assert report.decode_errors + report.corrupt_frames > 0
    assert report.frames >= 30
    assert not report.is_complete


def test_pictures_that_change_size_end_the_video(tmp_path):
    path = tmp_path / "clip.ts"
    with path.open("wb") as file:
        for size in ((64, 48), (96, 64)):
            part = write_clip(tmp_path / "part.ts", Clip(size=size))
            shutil.copyfileobj(part.open("rb"), file)

    seen = read(path)

    assert {planes[0].shape for planes in seen.planes} == {(48, 64)}
    assert not seen.report.is_complete
    assert any("change to 96x64 after 12 frames" in w for w in seen.report.warnings)

    copy(path, tmp_path / "out.mp4")
    written = read(tmp_path / "out.mp4")
    assert len(written.planes) == len(seen.planes) == 12
    assert written.report.is_complete


# Files that break tools.


@pytest.mark.parametrize(
    ("name", "frames", "is_complete"),
    [
        ("cotracker_teddy.mp4", 141, True),  # the header says 142
        ("ffmpegwasm_video-3s.avi", 110, True),
        ("interlaced_tff.mp4", 60, True),
        ("moviepy_fire2.mp4", 25, True),
        ("moviepy_no_duration.webm", 74, True),
        ("moviepy_test_video.mp4", 5, True),
        ("moviepy_transparent.webm", 150, True),
        ("mp4parse_minimal.mp4", 1, True),
        ("mp4parse_no_timescale.mp4", 170, False),  # 12 of 182 packets cannot be decoded
        ("torchcodec_av1_video.mkv", 125, True),
        ("torchcodec_h264_10bits.mp4", 30, True),
        ("torchcodec_nasa_13013.mp4", 390, True),
        ("truncated_60pct.mp4", 107, False),
    ],
)
def test_strange_files_are_read_to_their_end(shared, name, frames, is_complete):
    seen = read(shared / "data" / "robust" / name)

    assert len(seen.times) == seen.report.frames == frames
    assert seen.report.is_complete == is_complete
    assert all(length >= 0 for _, length in seen.times)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mp4parse_bipbop_nonfragment_header.mp4", "no picture of its h264 video"),
        ("mp4parse_chunk_out_of_range.mp4", "not a video file, or damaged"),
        ("mp4parse_sine-3s-xhe-aac-44khz-mono.mp4", "no video stream, only audio"),
        ("mp4parse_zero_empty_stsc.mp4", "no picture of its h264 video"),
    ],
)
def test_hopeless_files_are_refused_in_one_line(shared, name, expected):
    with pytest.raises(InputError, match=expected) as caught:
        read(shared / "data" / "robust" / name)

    assert "\n" not in str(caught.value)


def test_strange_headers_are_understood(shared):
    folder = shared / "data" / "robust"

    fire, overflow, fields, transparent = (
        read(folder / name).info
        for name in (
            "moviepy_fire2.mp4",
            "mp4parse_no_timescale.mp4",
            "interlaced_tff.mp4",
            "moviepy_transparent.webm",
        )
    )

    assert fire.picture.orientation.quarter_turns == 2
    assert overflow.display_matrix is None
    assert "display matrix" in overflow.warnings[0]
    assert fields.field_order == "tff"
    assert transparent.picture.pixel_format == "yuva420p"
    assert packets(folder / "moviepy_fire2.mp4", "audio")


def test_a_packet_that_a_transport_stream_marks_as_damaged_is_told(tmp_path):
    path = write_clip(tmp_path / "air.ts")
    data = bytearray(path.read_bytes())
    video = [
        at for at in range(0, len(data), 188) if data[at + 1] & 0x1F == 1 and data[at + 2] == 0
    ]
    data[video[len(video) // 2] + 1] |= 0x80
    path.write_bytes(data)
    report = read(path).report
    assert not report.is_complete
    assert "1 packets were damaged, or others before them lost." in report.warnings


def test_a_second_video_of_an_unknown_codec_is_named_as_dropped(tmp_path):
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("mpeg4", rate=25) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(3):
            for stream in streams:
                container.mux(stream.encode(picture(Clip(), index)))
        for stream in streams:
            container.mux(stream.encode(None))
    first, _, third = path.read_bytes().rpartition(b"V_MPEG4/ISO/ASP")
    path.write_bytes(first + b"V_UNHEARD/OF/XX" + third)
    result, _ = copy(path, tmp_path / "out.mkv")
    assert [(note.kind, note.codec) for note in result.dropped] == [("video", "unknown")]
