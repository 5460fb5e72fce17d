"""Which containers can be written without going back, and how."""

from instavid.errors import UsageError
from instavid.media.fragments import with_exact_times

STREAMED = ("matroska", "nut", "yuv4mpegpipe", "mpegts", "mp4")
"""FFmpeg's names of the containers that may go into a pipe."""

# A fragment per key frame; `instavid.media.fragments` says why not without `delay_moov`.
_FRAGMENTED = "+frag_keyframe+empty_moov+delay_moov+default_base_moof"
_IN_MPEGTS = ("auto", "copy-like", "libx264", "libx265", "mpeg2video", "h264", "hevc")
_IN_Y4M = ("auto", "copy-like", "rawvideo")


def streamed_container(like: str, *, codec: str) -> str:
    """Return the container for a pipe: the input's where it can be streamed, else Matroska.

    Args:
        like: FFmpeg's name of the input's format.
        codec: The encoder that was asked for.

    >>> streamed_container("mov,mp4,m4a,3gp,3g2,mj2", codec="auto")
    'matroska'
    >>> streamed_container("yuv4mpegpipe", codec="auto")
    'yuv4mpegpipe'
    >>> streamed_container("yuv4mpegpipe", codec="ffv1")
    'matroska'
    """
    fits = {
        "nut": True,
        "mpegts": codec in _IN_MPEGTS,
        "yuv4mpegpipe": codec in _IN_Y4M,
    }
    return like if fits.get(like, False) else "matroska"


def check_streamed(container: str, *, codec: str) -> None:
    """Refuse an encoder that a container for raw pictures cannot take.

    Raises:
        UsageError: It cannot.
    """
    if container == "yuv4mpegpipe" and codec not in _IN_Y4M:
        raise UsageError(
            f"yuv4mpegpipe holds raw pictures, not those of {codec}: leave out -c {codec}, or "
            "choose -f matroska."
        )


def streaming_movflags(asked: str | None) -> str:
    """Return FFmpeg's flags for an MP4 that goes into a pipe.

    Raises:
        UsageError: Those that were asked for need a file.
    """
    if asked is None:
        return _FRAGMENTED
    if "empty_moov" not in asked or "faststart" in asked:
        raise UsageError(
            f"movflags={asked} needs a file. For a pipe, leave it out or give "
            "movflags=+frag_keyframe+empty_moov."
        )
    return with_exact_times(asked)
