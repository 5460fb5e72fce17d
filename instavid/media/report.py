"""What reading a damaged or lying file came to: counted while decoding, judged afterwards."""

from dataclasses import dataclass

from instavid.media.info import VideoInfo

_TOLERANCE = 2.5
"""Frames by which a container may end before its duration."""
_TAGGED_TOLERANCE = 1.5
"""The same where the duration is that of the video stream: the length of one frame is unknown."""
# Where the duration in the header is a fact; elsewhere FFmpeg guesses it from the bit rate.
_HONEST_CONTAINERS = ("mov,mp4", "matroska", "avi", "nut", "flv")


@dataclass(frozen=True)
class DecodeReport:
    """How complete the pictures are that a source gave."""

    frames: int
    """Pictures given."""
    frames_expected: int | None
    """Pictures that the header promised, None where it promised nothing."""
    decode_errors: int
    """Packets that could not be decoded and were skipped."""
    corrupt_frames: int
    """Pictures that were decoded with damage in them."""
    repaired_time_stamps: int
    is_complete: bool
    """False when pictures are missing or damaged."""
    warnings: tuple[str, ...] = ()
    """One sentence for each thing that a user should know."""


@dataclass
class Tally:
    """What a reader counts."""

    tagged_seconds: float | None
    """Length of the video stream as its own tag says, None where there is none."""
    frames: int = 0
    packets: int = 0
    """Packets of the video."""
    discarded: int = 0
    """Those of them that an edit list hides."""
    decode_errors: int = 0
    corrupt_packets: int = 0
    """Packets of the video that the container marks as damaged, such as MPEG-TS after a gap."""
    corrupt_frames: int = 0
    video_end_seconds: float | None = None
    end_seconds: float | None = None
    """Where the packets of any stream end."""
    read_error: str = ""
    """Why part of the container could not be read."""
    change: str = ""
    """What the pictures changed to, which ended the reading."""
    has_ended: bool = False
    end_byte: int = 0
    """Where the last packet ends among the bytes that were read."""
    ends_in_a_piece: bool = False
    """Whether the last packet of all is only the first part of one."""
    gaps: int = 0
    """Places where an MPEG-TS lacks packets."""
    breaks_off: bool = False
    """Whether a stream stopped in the middle of something."""


def judge(
    tally: Tally, info: VideoInfo, *, repairs: int, is_cut: bool = False, has_ended: bool = False
) -> DecodeReport:
    """Hold what was read against what the header promised.

    Args:
        tally: What was read.
        info: What the header says.
        repairs: Time stamps that had to be repaired.
        is_cut: Whether only a part was asked for, so that counts say nothing.
        has_ended: Whether all of that part was read.
    """
    is_short = tally.has_ended and not has_ended and _is_short(tally, info, is_cut=is_cut)
    damage = _damage(tally, is_short=is_short)
    repaired = [f"{repairs} time stamps were missing or out of order."] if repairs else []
    return DecodeReport(
        frames=tally.frames,
        frames_expected=None if is_cut else _frames_expected(tally, info),
        decode_errors=tally.decode_errors,
        corrupt_frames=tally.corrupt_frames,
        repaired_time_stamps=repairs,
        is_complete=(tally.has_ended or has_ended) and not damage,
        warnings=(*info.warnings, *damage, *repaired),
    )


def _damage(tally: Tally, *, is_short: bool) -> list[str]:
    said = []
    if tally.breaks_off:
        said.append("The stream breaks off in the middle.")
    elif is_short:
        said.append("The file ends before its header says so: it is cut off.")
    if tally.read_error:
        said.append(f"Part of the file could not be read ({tally.read_error}).")
    if tally.change:
        said.append(
            f"The pictures change to {tally.change} after {tally.frames} frames; "
            "the rest was left out."
        )
    if tally.decode_errors:
        said.append(f"{tally.decode_errors} damaged packets were skipped.")
    if tally.gaps:
        said.append(f"{tally.gaps} gaps or damaged packets are in its transport stream.")
    if tally.corrupt_packets:
        said.append(f"{tally.corrupt_packets} packets were damaged, or others before them lost.")
    if tally.corrupt_frames:
        said.append(f"{tally.corrupt_frames} pictures were decoded with damage in them.")
    return said


def _is_short(tally: Tally, info: VideoInfo, *, is_cut: bool) -> bool:
    """Return whether both the count and the duration say that the end is missing.

    One alone is no proof: headers count frames that were never stored.
    """
    by_count = None if is_cut else _is_short_by_count(tally, info)
    verdicts = [v for v in (by_count, _is_short_by_time(tally, info)) if v is not None]
    return bool(verdicts) and all(verdicts)


def _is_short_by_count(tally: Tally, info: VideoInfo) -> bool | None:
    if info.frame_count_from_header is None:
        return None
    return tally.packets < info.frame_count_from_header - 1


def _is_short_by_time(tally: Tally, info: VideoInfo) -> bool | None:
    promised, reached = _promised_seconds(tally, info), tally.end_seconds
    frame_seconds = float(1 / (info.average_frame_rate or 25))
    tolerance = max(_TOLERANCE * frame_seconds, 0.1)
    if tally.tagged_seconds is not None:
        reached, tolerance = tally.video_end_seconds, _TAGGED_TOLERANCE * frame_seconds
    if promised is None or reached is None:
        return None
    return reached < promised - tolerance


def _promised_seconds(tally: Tally, info: VideoInfo) -> float | None:
    if tally.tagged_seconds is not None:
        return tally.tagged_seconds
    is_honest = info.container.startswith(_HONEST_CONTAINERS)
    return info.duration_seconds_from_header if is_honest else None


def _frames_expected(tally: Tally, info: VideoInfo) -> int | None:
    if info.frame_count_from_header is not None:
        return info.frame_count_from_header - tally.discarded
    promised = _promised_seconds(tally, info)
    if promised is None or info.average_frame_rate is None:
        return None
    return round(promised * info.average_frame_rate)
