"""Trying an encoding out before it is needed, so that what cannot work is refused at once."""

import io

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from instavid.errors import InstavidError, UnavailableError, UsageError
from instavid.media.containers import MPEGTS_CODECS
from instavid.media.encoders import HARDWARE
from instavid.media.encoding import add_video_stream, encode, open_encoder
from instavid.media.encoding_plan import EncodingPlan


def try_out(plan: EncodingPlan) -> None:
    """Encode one frame into memory: only that shows what an encoder really takes.

    Raises:
        UsageError: The encoder refuses its options or the container the encoder.
        UnavailableError: The encoder does not run on this machine.
    """
    options = dict(plan.muxer_options)
    if "faststart" in options.get("movflags", ""):
        del options["movflags"]  # reads its file again, which memory is not
    try:
        container = av.open(io.BytesIO(), "w", format=plan.container, container_options=options)
        with container:
            stream = _added(container, plan)
            open_encoder(stream)
            container.mux(encode(stream, _blank(plan)))
            container.mux(encode(stream, None))
    except UsageError:
        raise
    except (av.error.FFmpegError, ValueError) as error:
        raise _refusal(plan, error) from error
    left = [key for key in stream.codec_context.options if key in plan.encoder.asked]
    if left:
        raise UsageError(f"Encoder {plan.encoder.name} does not use the option '{left[0]}'.")


def _refusal(plan: EncodingPlan, error: Exception) -> InstavidError:
    encoder = plan.encoder
    if encoder.name.endswith(HARDWARE):
        return UnavailableError(f"Encoder {encoder.name} does not run on this machine ({error}).")
    asked = ", ".join(f"{key}={encoder.options[key]}" for key in sorted(encoder.asked))
    return UsageError(
        f"Encoder {encoder.name} refuses {plan.pixel_format} {plan.picture.width}x"
        f"{plan.picture.height}{' with ' + asked if asked else ''} ({error})."
    )


def _blank(plan: EncodingPlan) -> av.VideoFrame:
    frame = av.VideoFrame(plan.picture.width, plan.picture.height, plan.pixel_format)
    for plane in frame.planes:
        # Fresh memory may hold more than 10 bits say: libx264 then aborts the whole process.
        plane.update(bytes(plane.buffer_size))
    frame.pts, frame.time_base = 0, plan.time_base
    return frame


def _added(container: OutputContainer, plan: EncodingPlan) -> VideoStream:
    codec = av.Codec(plan.encoder.name, "w").canonical_name
    if plan.container == "mpegts" and codec not in MPEGTS_CODECS:
        raise _misfit(plan)
    try:
        return add_video_stream(container, plan)
    except ValueError as error:
        raise _misfit(plan) from error


def _misfit(plan: EncodingPlan) -> UsageError:
    fitting = [c for c in ("mp4", "mov", "matroska", "webm", "nut", "avi") if _holds(c, plan)]
    return UsageError(
        f"{plan.container} cannot hold {plan.encoder.name}. Containers that can: "
        f"{', '.join(fitting) or 'none known'}."
    )


def _holds(container: str, plan: EncodingPlan) -> bool:
    try:
        with av.open(io.BytesIO(), "w", format=container) as output:
            output.add_stream(plan.encoder.name, rate=25)
    except (av.error.FFmpegError, ValueError):
        return False
    return True
