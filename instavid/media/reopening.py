"""One encoder after another for the same stream, each of which begins a closed group."""

import io

import av
from av.video.stream import VideoStream

from instavid.errors import UnavailableError
from instavid.media.encoding import add_video_stream, open_encoder, stream_header
from instavid.media.encoding_plan import EncodingPlan


class EncoderSeries:
    """Gives encoders as planned, the first of which is that of the output itself."""

    def __init__(self, plan: EncodingPlan, stream: VideoStream) -> None:
        """Prepare.

        Args:
            plan: What to encode.
            stream: Of the output, its encoder open.
        """
        self._plan, self._stream = plan, stream
        self._is_first = True
        self._scratch: av.container.OutputContainer | None = None

    def next(self) -> VideoStream:
        """Return an encoder that has encoded nothing yet; the one before is let go.

        Raises:
            UnavailableError: It does not continue what the first one began.
        """
        if self._is_first:
            self._is_first = False
            return self._stream
        self.close()
        # In a container of the same format, for that decides where an encoder puts its headers.
        self._scratch = av.open(io.BytesIO(), "w", format=self._plan.container)
        stream = add_video_stream(self._scratch, self._plan)
        open_encoder(stream)
        if stream_header(stream, self._plan) != self._stream.codec_context.extradata:
            raise UnavailableError(
                f"Encoder {self._plan.encoder.name} does not write the same header twice, so that "
                "a video cannot be made of segments. Give --no-resume."
            )
        return stream

    def close(self) -> None:
        """Let go of the encoder, unless it is the output's own."""
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None
