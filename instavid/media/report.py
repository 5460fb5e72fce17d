"""What reading a damaged or lying file came to: counted while decoding, told afterwards."""

from dataclasses import dataclass


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
