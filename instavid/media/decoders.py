"""Which decoder to read a video with, where FFmpeg's own choice loses something."""

from typing import cast

import av
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

_KEEP_ALPHA = {"vp9": "libvpx-vp9", "vp8": "libvpx"}
"""FFmpeg's native decoders of these see no transparency."""


def decoder_of(stream: VideoStream) -> VideoCodecContext:
    """Return the stream's own decoder, or one that gives the transparency that it is tagged with.

    Args:
        stream: Set up for decoding, its limits included.
    """
    own = stream.codec_context
    name = _KEEP_ALPHA.get(own.name, "")
    if stream.metadata.get("alpha_mode") != "1" or name not in av.codecs_available:
        return own
    decoder = cast(VideoCodecContext, av.CodecContext.create(name, "r"))
    decoder.extradata = own.extradata
    decoder.options = dict(own.options)
    return decoder
