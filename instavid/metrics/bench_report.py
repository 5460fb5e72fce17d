"""The result of a benchmark, for people and for programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from instavid.metrics.speed_case import SAME_NUMBERS, SpeedCase
from instavid.metrics.stage_times import StageTime, StageTimes


@dataclass(frozen=True)
class BenchReport:
    """All that was measured, and on what."""

    machine: Mapping[str, Any]
    settings: Mapping[str, Any]
    cases: tuple[SpeedCase, ...] = ()
    """Of the generator."""
    steps: tuple[SpeedCase, ...] = ()
    """Of the training step."""
    stages: StageTimes | None = None

    @property
    def faults(self) -> list[str]:
        """Return a sentence for each comparison of two things that were not the same."""
        return [
            f"the {what} of {case.baseline} and {case.candidate} differ by "
            f"{case.max_difference:.2g} with {case.masks} masks, more than {SAME_NUMBERS:g}: "
            "this comparison means nothing"
            for what, cases in (("outputs", self.cases), ("losses", self.steps))
            for case in cases
            if not case.agrees
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON object; `schema` counts incompatible changes."""
        return {
            "schema": 1,
            "machine": dict(self.machine),
            "settings": dict(self.settings),
            "generator": [_case_json(case) for case in self.cases],
            "step": [_case_json(case) for case in self.steps],
            "stages": _stages_json(self.stages) if self.stages else None,
        }

    def table(self) -> str:
        """Return what a person wants to see."""
        machine = self.machine
        load = machine["load_average"]
        lines = [
            f"instavid {machine['instavid']}, torch {machine['torch']}, {machine['device']} "
            f"({machine['device_name'] or 'unknown'}), {machine['threads']} threads"
            + (f", load average {load} on {machine['cpu_cores']} cores" if load is not None else "")
        ]
        if self.cases:
            lines += ["", *self._generator_lines()]
        if self.steps:
            lines += ["", *self._step_lines()]
        if self.stages:
            lines += ["", *_stage_lines(self.stages)]
        return "\n".join(lines)

    def _generator_lines(self) -> list[str]:
        first = self.cases[0]
        pictures = f"{first.batch} picture{'s' * (first.batch != 1)}"
        return [
            f"generator, {self._networks}, {pictures}, {self.settings['rounds']} rounds",
            "  masks " + _case_head(first, "max diff"),
            *(f"  {case.masks:5} {_case_line(case, samples=1)}" for case in self.cases),
        ]

    def _step_lines(self) -> list[str]:
        return [
            f"training step of the paper's recipe, {self._networks}, ms per sample, "
            f"{self.settings['rounds']} rounds",
            "  masks batch " + _case_head(self.steps[0], "loss diff"),
            *(
                f"  {case.masks:5} {case.batch:5} {_case_line(case, samples=case.batch)}"
                for case in self.steps
            ),
        ]

    @property
    def _networks(self) -> str:
        height, width = self.settings["size"]
        return f"{height}x{width}, width {self.settings['width']}, {self.settings['blocks']} blocks"


def _case_head(case: SpeedCase, difference: str) -> str:
    return (
        f"{case.baseline + ' ms':>14} {case.candidate + ' ms':>12} "
        f"{'ratio':>7}  {'95 % interval':<16} {'spread':>6}  {difference:>9}"
    )


def _case_line(case: SpeedCase, *, samples: int) -> str:
    """Return the times divided by a number of samples, and how they compare."""
    times, ratio = case.times, case.times.ratio
    interval = f"{ratio.low:.3f} to {ratio.high:.3f}"
    if ratio.coverage < 0.95:
        interval += f" ({ratio.coverage:.0%})"
    return (
        f"{times.baseline_ms / samples:14.1f} {times.candidate_ms / samples:12.1f} "
        f"{ratio.median:7.3f}  {interval:<16} {times.ratio_spread:6.1%}  {case.max_difference:9.1g}"
    )


def _stage_lines(stages: StageTimes) -> list[str]:
    lines = [
        f"stages, {stages.frames} frames with {stages.instances} instances"
        + (" (scripted)" if stages.scripted else "")
        + f"; {stages.translated_crops} crops of {stages.translated_frames} frames translated",
        f"  {'stage':<12} {'frames':>6} {'ms/frame':>10} {'fps':>9}",
    ]
    lines += [_stage_line(row) for row in stages.rows]
    total = sum(row.ms_per_frame for row in stages.rows)
    return [*lines, f"  {'in sum':<12} {'':>6} {total:10.2f} {1000 / total:9.2f}"]


def _stage_line(row: StageTime) -> str:
    return f"  {row.stage:<12} {row.frames:6} {row.ms_per_frame:10.2f} {row.fps:9.2f}"


def _case_json(case: SpeedCase) -> dict[str, Any]:
    times = case.times
    return {
        "masks": case.masks,
        "batch": case.batch,
        "baseline": {"name": case.baseline, "median_ms": times.baseline_ms},
        "candidate": {"name": case.candidate, "median_ms": times.candidate_ms},
        "ratio": {**asdict(times.ratio), "spread": times.ratio_spread},
        "max_difference": case.max_difference,
        "baseline_seconds": list(times.baseline_seconds),
        "candidate_seconds": list(times.candidate_seconds),
    }


def _stages_json(stages: StageTimes) -> dict[str, Any]:
    rows = [
        {
            "stage": row.stage,
            "frames": row.frames,
            "ms_per_frame": row.ms_per_frame,
            "fps": row.fps,
            "pass_seconds": list(row.pass_seconds),
        }
        for row in stages.rows
    ]
    return {**asdict(stages), "rows": rows}
