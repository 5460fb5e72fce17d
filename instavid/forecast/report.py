"""What a run would come to, for people and for programs."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from instavid.forecast.space import megabytes
from instavid.media.carried import StreamNote
from instavid.media.info import VideoInfo
from instavid.reports import slowest


@dataclass(frozen=True)
class Forecast:
    """What a run would come to: facts of the header, and estimates from a sample."""

    input: str
    output: Path
    info: VideoInfo
    encoder: str
    container: str
    pixel_format: str
    kept: tuple[StreamNote, ...]
    """Other streams of the input that would be in the output."""
    dropped: tuple[StreamNote, ...]
    """Those that would not, each with its reason."""
    left_out: tuple[str, ...]
    """Kinds of streams, and tags, that the output shall not have."""
    losses: tuple[str, ...]
    """A sentence for each thing of the input that the output would not hold."""
    device: str
    sampled_frames: int
    instances_per_frame: float
    """Changed in the sample, on average."""
    stage_seconds: dict[str, float]
    """Time that each stage worked on a frame of the sample; stages overlap."""
    seconds_per_frame: float
    output_bytes: int | None
    """None where the header does not tell the length."""
    kept_bytes: int
    """Of the video a second time, which a run keeps for --resume while it works; else 0."""
    free_bytes: int | None
    memory_bytes: int
    """The most that this process had while the sample was worked on."""
    gpu_bytes: int | None
    """The same of the GPU, None on a CPU."""

    @property
    def seconds(self) -> float | None:
        """Return how long the run would take, without loading the networks."""
        frames = self.info.expected_frames
        return None if frames is None else frames * self.seconds_per_frame

    @property
    def disk_bytes(self) -> int | None:
        """Return how much room the run would take at most, None where that is unknown."""
        return None if self.output_bytes is None else self.output_bytes + self.kept_bytes

    @property
    def is_short_of_room(self) -> bool:
        """Return whether that would plainly not fit."""
        if self.disk_bytes is None or self.free_bytes is None:
            return False
        return self.disk_bytes > self.free_bytes

    def to_json(self) -> dict[str, Any]:
        """Return the forecast as one JSON object; what is estimated stands under `estimated`."""
        info, rate = self.info, self.info.average_frame_rate
        return {
            "input": self.input,
            "output": str(self.output),
            "frames_expected": info.expected_frames,
            "width": info.picture.width,
            "height": info.picture.height,
            "fps": None if rate is None else float(rate),
            "encoder": self.encoder,
            "container": self.container,
            "pixel_format": self.pixel_format,
            "device": self.device,
            "streams": {
                "kept": [asdict(note) for note in self.kept],
                "dropped": [asdict(note) for note in self.dropped],
            },
            "left_out": list(self.left_out),
            "losses": list(self.losses),
            "free_bytes": self.free_bytes,
            "estimated": {
                "sampled_frames": self.sampled_frames,
                "instances_per_frame": round(self.instances_per_frame, 2),
                "seconds": None if self.seconds is None else round(self.seconds, 1),
                "stage_seconds_per_frame": {k: round(v, 4) for k, v in self.stage_seconds.items()},
                "slowest_stage": slowest(self.stage_seconds),
                "output_bytes": self.output_bytes,
                "disk_bytes": self.disk_bytes,
                "memory_bytes": self.memory_bytes,
                "gpu_bytes": self.gpu_bytes,
            },
        }

    def summary(self) -> str:
        """Return the lines that a person wants to see."""
        info, picture = self.info, self.info.picture
        lines = [
            f"{self.input} -> {self.output}",
            f"  {info.length}, {picture.width}x{picture.height} {info.codec}; to be encoded by "
            f"{self.encoder} ({self.pixel_format}) into {self.container}",
        ]
        kept = ", ".join(str(note) for note in self.kept)
        lines += [f"  keeps {kept}"] if kept else []
        lines += [f"  leaves out, as asked: {', '.join(self.left_out)}"] if self.left_out else []
        lines += [f"  loses: {loss}" for loss in self.losses]
        room = "" if self.free_bytes is None else f" of {megabytes(self.free_bytes)} free"
        short = ", which is NOT ENOUGH" if self.is_short_of_room else ""
        memory = f"memory {megabytes(self.memory_bytes)}"
        if self.gpu_bytes is not None:
            memory += f", of the GPU {megabytes(self.gpu_bytes)}"
        size = "unknown" if self.output_bytes is None else megabytes(self.output_bytes)
        if self.disk_bytes is not None and self.kept_bytes:
            size += f", {megabytes(self.disk_bytes)} while it works (less with --no-resume)"
        time = f"{self.seconds_per_frame:.3f} s per frame"
        if self.seconds is not None:
            time = f"{self.seconds:.0f} s ({time})"
        return "\n".join(
            [
                *lines,
                f"  estimated from {self.sampled_frames} frames: {self.instances_per_frame:.1f} "
                f"instances per frame; time {time} on {self.device}",
                f"  estimated: slowest stage {slowest(self.stage_seconds)}; {memory}; "
                f"disk {size}{room}{short}",
            ]
        )
