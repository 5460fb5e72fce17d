"""One encoder after another for the same stream, each of which begins a closed group."""

import io

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from instavid.errors import UnavailableError
from instavid.media.encoding import add_video_stream, open_encoder, stream_header
from instavid.media.encoding_plan import EncodingPlan


def new_header(plan: EncodingPlan) -> bytes:
    """Return what the planned encoder writes before any picture; each segment must begin so."""
    container, stream = _open_apart(plan)
    with container:
        return bytes(stream.codec_context.extradata or b"")


class EncoderSeries:
    """Gives encoders as planned, apart from the output's own.

    That one stays idle: one that has worked holds the pictures that it looked ahead at as long as
    the file is open, 400 MiB at 1080p.
    """

    def __init__(self, plan: EncodingPlan, stream: VideoStream) -> None:
        """Prepare.

        Args:
            plan: What to encode.
            stream: Of the output, its encoder open.
        """
        self._plan, self._stream = plan, stream
        self._container: OutputContainer | None = None

    def next(self) -> VideoStream:
        """Return an encoder that has encoded nothing yet; the one before is let go.

        Raises:
            UnavailableError: It does not fit the header that the output has.
        """
        self.close()
        self._container, stream = _open_apart(self._plan)
        if stream_header(stream, self._plan) != self._stream.codec_context.extradata:
            raise UnavailableError(
                f"Encoder {self._plan.encoder.name} does not write the same header twice, so that "
                "a video cannot be made of several of its streams. Give another one with -c."
            )
        return stream

    def close(self) -> None:
        """Let go of the encoder."""
        if self._container is not None:
            self._container.close()
            self._container = None


def _open_apart(plan: EncodingPlan) -> tuple[OutputContainer, VideoStream]:
    # In a container of the same format, for that decides where an encoder puts its headers.
    container = av.open(io.BytesIO(), "w", format=plan.container)
    stream = add_video_stream(container, plan)
    open_encoder(stream)
    return container, stream
