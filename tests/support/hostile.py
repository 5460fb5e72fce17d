"""Inputs that reach for other files, for the network, or for all memory."""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import av

_PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
_DASH = (
    '<?xml version="1.0"?><MPD type="static"><Period><AdaptationSet><Representation id="1" '
    'bandwidth="9"><BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>'
)
_NEAR = "http://127.0.0.1:9/a.ts"


@dataclass(frozen=True)
class Trick:
    """What to give as input, after its files were written."""

    name: str
    source: str


def tricks(folder: Path, secret: Path) -> list[Trick]:
    """Write 30 playlists, scripts and addresses that would open something else.

    Args:
        folder: Where to write them.
        secret: A real video that none of them may open.
    """
    here = secret.absolute()
    scripts = {
        "hls.m3u8": _PLAYLIST.format(here),
        "hls.mp4": _PLAYLIST.format(here),
        "hls.mkv": _PLAYLIST.format(f"file://{here}"),
        "hls.ts": _PLAYLIST.format(_NEAR),
        "hls-near.m3u8": _PLAYLIST.format(here.name),
        "hls-crypto.m3u8": _PLAYLIST.format(f"crypto:{here}"),
        "hls-key.m3u8": f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{here}"\n#EXTINF:9,\n{here}\n',
        "hls-map.m3u8": f'#EXTM3U\n#EXT-X-MAP:URI="{here}"\n#EXTINF:9,\n{here}\n',
        "hls-range.m3u8": f"#EXTM3U\n#EXT-X-BYTERANGE:100@0\n#EXTINF:9,\n{here}\n",
        "hls-master.m3u8": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\n{here}\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile '{here}'\n",
        "list.mp4": f"ffconcat version 1.0\nfile {here.name}\n",
        "list.txt": f"ffconcat version 1.0\nfile {_NEAR}\n",
        "options.ffconcat": f"ffconcat version 1.0\nfile '{here}'\noption safe 0\n",
        "dash.mpd": _DASH.format(here),
        "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 9 RTP/AVP 96\n",
        "script.avs": f'AviSource("{here}")',
        "graph.txt": f"movie={here}",
        "subtitle.srt": f"1\n00:00:00,000 --> 00:00:01,000\n{here}\n",
        "meta.txt": f";FFMETADATA1\ntitle={here}\n",
        "link.html": f'<video src="{here}">',
        "smooth.ism": f"<SmoothStreamingMedia>{here}</SmoothStreamingMedia>",
        "picture.svg": f'<svg><image href="{here}"/></svg>',
        "file%03d.png": "no picture",
    }  # fmt: skip
    found = []
    for name, content in scripts.items():
        (folder / name).write_text(content)
        found.append(Trick(name, str(folder / name)))
    places = [
        f"concat:{here}|{here}",
        f"subfile,,start,0,end,9999,,:{here}",
        f"crypto+file://{here}",
        f"file://{here}",
        "data:video/mp4;base64,AAAA",
        f"cache:{here}",
    ]
    return [*found, *(Trick(place.split(":")[0] + ":", place) for place in places)]


def bombs(folder: Path) -> list[Path]:
    """Write 6 small files that stand for pictures of 100 million pixels and more."""
    png = folder / "bomb.png"
    head = struct.pack(">IIBBBBB", 12_000, 12_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(12_000 * 1501), 9)
    parts = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    png.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts))
    files = [png]
    for name, codec, pixel_format in (
        ("ffv1.mkv", "ffv1", "gray"),
        ("jpeg.avi", "mjpeg", "yuvj420p"),
        ("x264.mp4", "libx264", "yuv420p"),
        ("still.gif", "gif", "gray"),
        ("png.mov", "png", "gray"),
    ):
        files.append(_black(folder / name, codec, pixel_format))
    return files


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def _black(path: Path, codec: str, pixel_format: str) -> Path:
    """Write one black picture of 72 million pixels."""
    width, height = 12_000, 6_000
    options = {"preset": "ultrafast"} if codec == "libx264" else {}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=1, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        frame = av.VideoFrame(width, height, pixel_format)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
