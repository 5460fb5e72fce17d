"""An encoding that works on this machine: as asked for, or by the software encoder of the codec."""

import logging
from dataclasses import replace

from instavid.errors import UnavailableError
from instavid.media.encoders import choose_encoder, software_name
from instavid.media.encoding_plan import EncodingPlan, plan_encoding
from instavid.media.fallback import EncoderWish, in_software
from instavid.media.info import VideoInfo
from instavid.media.trial import try_out

_log = logging.getLogger(__name__)


def plan_usable(
    wish: EncoderWish,
    info: VideoInfo,
    *,
    container: str,
    timescale: int | None = None,
    movflags: str | None = None,
    is_strict: bool = False,
) -> EncodingPlan:
    """Plan an encoding and try it out; one line is logged where another encoder stands in.

    Args:
        wish: What is asked of which encoder.
        info: The video that is to come.
        container: FFmpeg's name of the output container.
        timescale, movflags: As for `plan_encoding`.
        is_strict: Whether another encoder than the one asked for will not do.

    Raises:
        UsageError: Encoder, options, pixel format and container do not fit together.
        UnavailableError: The encoder needs a device that is not there, and nothing stands in.
    """

    def planned(wish: EncoderWish) -> EncodingPlan:
        encoder = choose_encoder(
            wish.codec,
            container=container,
            crf=wish.crf,
            preset=wish.preset,
            options=dict(wish.options),
            is_hdr=info.is_hdr,
        )
        plan = plan_encoding(
            info,
            encoder,
            container=container,
            pix_fmt=wish.pix_fmt,
            timescale=timescale,
            movflags=movflags,
        )
        try_out(plan)
        return plan

    try:
        if software_name(wish.codec) is not None:
            # Whether it runs comes before what it calls its quality.
            planned(replace(wish, crf=None))
        return planned(wish)
    except UnavailableError as error:
        stand_in = None if is_strict else in_software(wish)
        if stand_in is None:
            raise
        software, left_out = stand_in
        plan = planned(software)
        without = f", without {', '.join(left_out)}" if left_out else ""
        _log.warning("%s %s is used instead%s.", error, software.codec, without)
        return plan
