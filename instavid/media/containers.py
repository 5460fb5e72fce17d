"""What output containers can hold, where FFmpeg's muxers lose it without a word (tried on 8.1)."""

ISO_MEDIA = ("mp4", "mov", "3gp")
"""Time bases are kept, by edit lists; nothing may start below zero."""
CONSTANT_RATE = ("avi", "mpeg", "mxf", "yuv4mpegpipe")
"""Pictures have no time stamps of their own."""
TURN_PICTURES = ("mp4", "mov", "3gp", "matroska", "webm")
"""Say how pictures are to be turned and mirrored."""
HOLD_CHAPTERS = ("mp4", "mov", "matroska", "webm", "nut", "asf", "ogv")
HOLD_ATTACHMENTS = ("matroska",)
HOLD_COVERS_AS_STREAMS = ("mp4",)
HOLD_COVERS_AS_ATTACHMENTS = ("matroska",)
LOSE_TAGS = ("mpegts", "mpeg", "mxf", "3gp", "yuv4mpegpipe")
KNOW_FIELD_ORDER = ("matroska", "mov")
"""Name the field order, even of codecs that do not."""

_Y4M_KINDS = ("yuv420p", "yuv422p", "yuv444p")
_Y4M_DEPTHS = ("", "9le", "10le", "12le", "14le", "16le")
CONTAINER_FORMATS = {
    "yuv4mpegpipe": (
        *(kind + depth for kind in _Y4M_KINDS for depth in _Y4M_DEPTHS),
        *("gray", "gray9le", "gray10le", "gray12le", "gray16le", "yuv411p"),
    )
}
"""Pixel formats that containers of raw video can name."""

# Of other codecs the muxer makes private data that nobody can read.
MPEGTS_CODECS = (
    *("h264", "hevc", "vvc", "mpeg1video", "mpeg2video", "mpeg4", "cavs", "vc1"),
    *("aac", "aac_latm", "mp2", "mp3", "ac3", "eac3", "truehd", "dts", "opus"),
    *("dvb_subtitle", "dvb_teletext"),
)


def why_no_copy(container: str, *, kind: str, codec: str, is_cover: bool) -> str:
    """Return why a container cannot hold a copied stream, empty if it may.

    Args:
        container: FFmpeg's name of the muxer.
        kind: audio, video, subtitle or attachment.
        codec: FFmpeg's name of the codec.
        is_cover: Whether the stream is a picture about the video.

    >>> why_no_copy("webm", kind="attachment", codec="ttf", is_cover=False)
    'webm holds no attachments'
    """
    if container == "yuv4mpegpipe":
        return "yuv4mpegpipe holds one raw video and nothing else"
    if kind == "attachment" and container not in HOLD_ATTACHMENTS:
        return f"{container} holds no attachments"
    if is_cover and container not in HOLD_COVERS_AS_STREAMS + HOLD_COVERS_AS_ATTACHMENTS:
        return f"{container} holds no cover pictures"
    if container == "mpegts" and codec not in MPEGTS_CODECS:
        return f"mpegts holds no {codec}"
    return ""
