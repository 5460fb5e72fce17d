"""Finds out what a run would come to, from the header and from a sample through the real stages."""

import resource
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from instavid.batch.naming import Task
from instavid.errors import InputError
from instavid.forecast.nowhere import Nowhere
from instavid.forecast.report import Forecast
from instavid.forecast.sampling import FollowedApart, Sample, take_sample
from instavid.forecast.space import free_bytes
from instavid.keeping import is_kept
from instavid.media.carried import CarriedStreams
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.info import VideoInfo
from instavid.media.weighing import Weight, weigh
from instavid.networks import foresight_frames
from instavid.reports import PipelineReport
from instavid.results import file_sink
from instavid.sources.file import FileSource
from instavid.transfigurer import Transfigurer

_PATIENCE_SECONDS = 10.0
"""From here on, a first pass with a few frames must do."""


@dataclass(frozen=True)
class _Measured:
    """What frames of the sample went through."""

    counts: PipelineReport
    weighed: Weight

    @property
    def stage_seconds(self) -> dict[str, float]:
        """Return how long each stage worked on a frame, but for decoding."""
        spent = self.counts.stage_seconds
        per_frame = {name: seconds / self.counts.frames for name, seconds in spent.items()}
        return {**per_frame, "encode": self.weighed.seconds_per_frame}

    def seconds_per_frame(self, decode_seconds: float, device: torch.device) -> float:
        """Return how long a frame takes, the stages at work beside one another."""
        networks = self.counts.seconds / self.counts.frames
        others = decode_seconds, self.weighed.seconds_per_frame
        if device.type == "cpu":  # they take their time from the networks
            return networks + sum(others)
        return max(networks, *others)


def forecast(transfigurer: Transfigurer, task: Task, *, makes_folder: bool = False) -> Forecast:
    """Say what a run would come to; writes nothing.

    Args:
        transfigurer: How it would be done.
        task: What would be done.
        makes_folder: Whether the folder of the output would be made if it is not there.

    Raises:
        InstavidError: What would be refused at once is refused here, in the same words.
        instagan.PairError: The pair is missing or damaged.
    """
    target = _nearest(task.output) if makes_folder else task.output
    adjust = transfigurer.adjust
    with FileSource(
        task.input,
        span=transfigurer.span,
        adjust=adjust,
        keeps_coded=transfigurer.encoding.may_copy,
    ) as source:
        sink = file_sink(
            target,
            source,
            encoding=transfigurer.encoding,
            chosen=transfigurer.chosen,
            overwrite=transfigurer.overwrite,
            inputs=[task.input],
            strict=transfigurer.strict,
            container=transfigurer.container,
        )
        losses, info, plan = sink.foresee(), source.info, sink.plan
        kept, dropped = tuple(source.carried.kept), tuple(source.carried.dropped)
        seconds = info.duration_seconds_from_header
        copied = _sound_bytes(source.carried, seconds)
        as_it_is = replace(source.described, duration_seconds_from_header=seconds)
        needs_twice = is_kept(task.input, [sink], resume=transfigurer.resume)
    sample = take_sample(task.input, as_it_is, transfigurer.span, adjust)
    if not sample.frames:
        raise InputError(f"Cannot read {task.input}: no frame could be decoded for a sample.")
    measured = _measure(transfigurer, sample, plan, info)
    frames = info.expected_frames
    video_bytes = None if frames is None else measured.weighed.bytes_of(frames)
    decode_seconds = sample.decode_seconds * _decoded_per_frame(as_it_is, info)
    return Forecast(
        input=task.input,
        output=task.output,
        info=info,
        encoder=plan.encoder.name,
        container=plan.container,
        pixel_format=plan.pixel_format,
        kept=kept,
        dropped=dropped,
        left_out=tuple(sorted(adjust.without)),
        losses=losses,
        device=str(transfigurer.torch_device),
        sampled_frames=measured.counts.frames,
        instances_per_frame=measured.counts.instances / measured.counts.frames,
        stage_seconds={**measured.stage_seconds, "decode": decode_seconds},
        seconds_per_frame=measured.seconds_per_frame(decode_seconds, transfigurer.torch_device),
        output_bytes=None if video_bytes is None else video_bytes + copied,
        kept_bytes=video_bytes if video_bytes and needs_twice else 0,
        free_bytes=free_bytes(target.absolute()),
        memory_bytes=_peak_memory(),
        gpu_bytes=_gpu_memory(transfigurer.torch_device),
    )


def _decoded_per_frame(as_it_is: VideoInfo, info: VideoInfo) -> float:
    """Return how many pictures are decoded for one of the result, on average."""
    if as_it_is.average_frame_rate is None or info.average_frame_rate is None:
        return 1.0
    return float(as_it_is.average_frame_rate / info.average_frame_rate)


def _nearest(output: Path) -> Path:
    """Return a file of that name in the nearest folder above that exists."""
    absolute = output.absolute()
    return next(f for f in absolute.parents if f.is_dir()) / output.name


def _measure(
    transfigurer: Transfigurer, sample: Sample, plan: EncodingPlan, info: VideoInfo
) -> _Measured:
    """Send the sample through the stages: a few frames first, and all where that is quick."""
    first = _run(transfigurer, sample.thinned, info)
    quick = first.seconds / first.frames * sample.frames < _PATIENCE_SECONDS
    return _Measured(
        _run(transfigurer, sample, info) if quick else first, weigh(sample.stretches, plan)
    )


def _run(transfigurer: Transfigurer, sample: Sample, info: VideoInfo) -> PipelineReport:
    pipeline = transfigurer.networks.pipeline(
        conf=transfigurer.conf,
        batch=transfigurer.batch_size,
        feather=transfigurer.feather,
        foresight=foresight_frames(info),
    )
    apart = pipeline.following(lambda follower: FollowedApart(follower, sample))
    return apart.run(sample, Nowhere())


def _sound_bytes(carried: CarriedStreams, seconds: float | None) -> int:
    """Return about how much room copied sound takes; other streams hardly take any."""
    kept = {note.index for note in carried.kept}
    sounds = [s.codec_context for s in carried.streams if s.type == "audio" and s.index in kept]
    return round(sum((s.bit_rate or 0) / 8 for s in sounds if s is not None) * (seconds or 0))


def _peak_memory() -> int:
    """Return the most memory that this process has had so far, bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _gpu_memory(device: torch.device) -> int | None:
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
