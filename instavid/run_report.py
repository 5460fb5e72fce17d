"""All that is to be said of one run, for people and for programs."""

from dataclasses import asdict, dataclass
from typing import Any

from instavid.media.report import DecodeReport
from instavid.media.verification import Verification
from instavid.reports import PipelineReport
from instavid.sinks.result import SinkResult


@dataclass(frozen=True)
class PairSummary:
    """A pair that was at work."""

    name: str
    direction: str
    classes: tuple[str, ...]
    sha256: str
    """Of the card, which holds the digests of the weights."""


@dataclass(frozen=True)
class RunReport:
    """All that is to be said of one run."""

    input: str
    counts: PipelineReport
    decoded: DecodeReport
    written: SinkResult
    pairs: tuple[PairSummary, ...]
    device: str
    verification: Verification | None = None
    """What came of reading the result again, where that was asked for."""

    @property
    def frames(self) -> int:
        """Return the number of frames written."""
        return self.counts.frames

    @property
    def frames_changed(self) -> int:
        """Return the number of frames in which something was changed."""
        return self.counts.frames_changed

    @property
    def seconds(self) -> float:
        """Return the time that the pipeline ran."""
        return self.counts.seconds

    @property
    def speed(self) -> float:
        """Return how many frames a second this run made, those of an earlier run not counted."""
        made = self.frames - self.counts.resumed
        return made / self.seconds if self.seconds else 0.0

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return one sentence for each thing that a user should know."""
        return (*self.decoded.warnings, *self.written.warnings)

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON object; `schema` counts incompatible changes."""
        counts = asdict(self.counts)
        seconds = counts.pop("stage_seconds")
        return {
            "schema": 1,
            "input": self.input,
            "output": str(self.written.path),
            "pairs": [asdict(pair) for pair in self.pairs],
            "device": self.device,
            **counts,
            "fps": self.speed,
            "stage_seconds": {name: round(value, 3) for name, value in seconds.items()},
            "slowest_stage": self.counts.slowest_stage,
            "bytes": self.written.bytes,
            "encoder": self.written.encoder,
            "frames_copied": self.written.copied,
            "streams": {
                "kept": [asdict(note) for note in self.written.kept],
                "dropped": [asdict(note) for note in self.written.dropped],
            },
            "complete": self.decoded.is_complete,
            "decode": {
                "frames_expected": self.decoded.frames_expected,
                "decode_errors": self.decoded.decode_errors,
                "corrupt_frames": self.decoded.corrupt_frames,
                "repaired_time_stamps": self.decoded.repaired_time_stamps,
            },
            "verification": self.verification.to_json() if self.verification else None,
            "warnings": list(self.warnings),
        }

    def summary(self) -> str:
        """Return the few lines that a person wants to see at the end."""
        counts = self.counts
        share = counts.changed_area
        stages = ", ".join(f"{name} {value:.1f} s" for name, value in counts.stage_seconds.items())
        lines = [
            f"{self.written.shown}: {self.frames} frames in {self.seconds:.1f} s "
            f"({self.speed:.1f} fps)",
            f"  changed {counts.instances} instances of {counts.tracks} tracks in "
            f"{counts.frames_changed} frames, {share:.1%} of the picture",
            f"  slowest stage: {counts.slowest_stage} ({stages})",
        ]
        if counts.resumed:
            lines.append(f"  went on from frame {counts.resumed}, where an earlier run had ended")
        if self.written.copied:
            lines.append(f"  not encoded anew: {self.written.copied} frames, as the input has them")
        notes = self.written.kept
        kept = ", ".join(f"{note.kind} ({note.codec})" for note in notes if not note.converted_to)
        if kept:
            lines.append(f"  copied unchanged: {kept}")
        lines += [f"  {note}" for note in notes if note.converted_to]
        if self.verification is not None:
            lines.append(f"  {self.verification.summary()}")
        return "\n".join(lines)
