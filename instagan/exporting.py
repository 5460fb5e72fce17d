"""Exporting one direction of a pair as a file that is checked before it gets its name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from instagan.atomic import replacing
from instagan.cards import Pair
from instagan.config import Direction
from instagan.errors import ExportError, PairError
from instagan.exports import onnx_file, torchscript_file
from instagan.exports.facts import describe
from instagan.exports.graph import StraightGenerator
from instagan.exports.parity import Case, Difference, compare, example_cases, example_set
from instagan.models.generators import SetGenerator
from instagan.pairs import load_generator
from instagan.sequential import TranslatesSets
from instagan.types import SetBatch

FormatName = Literal["onnx", "torchscript"]
TOLERANCE = 1 / 255
"""What results may differ by, in a range from -1 to 1: half the step of 8-bit pixels."""


@dataclass(frozen=True)
class Format:
    """How files of one kind are named, written and run."""

    suffix: str
    write: Callable[..., None]
    load: Callable[[Path], TranslatesSets]
    check_packages: Callable[[], None] = lambda: None


FORMATS: Mapping[FormatName, Format] = {
    "onnx": Format(".onnx", onnx_file.write, onnx_file.load, onnx_file.check_packages),
    "torchscript": Format(".pt", torchscript_file.write, torchscript_file.load),
}


@dataclass(frozen=True)
class Export:
    """A file that was written, and how far its results are from the pair's own."""

    path: Path
    facts: Mapping[str, Any]
    differences: tuple[Difference, ...]

    @property
    def largest(self) -> float:
        """The largest difference of all."""
        return _worst(self.differences).largest


def export_pair(
    pair: Pair,
    path: Path,
    *,
    direction: Direction = "AtoB",
    to: FormatName,
    tolerance: float = TOLERANCE,
) -> Export:
    """Write one direction of a pair to a file, and run what was written beside the pair itself.

    Batch, number of masks, height and width stay free in both formats. The file gets its name, or
    takes the place of one that has it, only when all results are within the tolerance.

    Args:
        pair: of set generators.
        path: where to; its folder must be there.
        direction: "AtoB" or "BtoA".
        to: the format.
        tolerance: the largest difference allowed, in the units of pictures and masks, -1 to 1.

    Raises:
        MissingPackageError: the format needs packages that are not installed.
        PairError: the pair lacks the direction, its weights are damaged, or its generators are of
            another kind.
        ExportError: torch cannot export them, or what came out does not run, or differs by more
            than the tolerance; no file is left.
        OSError: the file cannot be written.
    """
    form = FORMATS[to]
    form.check_packages()
    generator = load_generator(pair, direction)
    if not isinstance(generator, SetGenerator):
        raise PairError(
            f"Pair {pair.card.name!r} has {pair.card.architecture.kind!r} generators; "
            "only those of kind 'set' can be exported"
        )
    facts = describe(pair, direction)
    straight = StraightGenerator(generator).eval().requires_grad_(False)
    with replacing(path) as draft:
        _write(form, straight, draft, facts=facts)
        cases = example_cases(pair.card.working_size, ins_per=pair.card.ins_per)
        found = _run_beside(generator, form, draft, cases, path=path)
        _check(found, tolerance=tolerance, path=path)
    return Export(path, facts, found)


def _write(form: Format, straight: nn.Module, draft: Path, *, facts: Mapping[str, Any]) -> None:
    try:
        form.write(straight, _tracer_input(), draft, facts=facts)
    except (torch.onnx.OnnxExporterError, ImportError) as fault:
        raise ExportError(
            f"torch {torch.__version__} cannot export this pair ({fault}); "
            "bring torch and onnxscript up to date, or use --to torchscript"
        ) from fault


def _run_beside(
    generator: SetGenerator, form: Format, draft: Path, cases: Sequence[Case], *, path: Path
) -> tuple[Difference, ...]:
    try:
        return compare(generator, form.load(draft), cases)
    except Exception as fault:  # runtimes have errors of their own
        reason = str(fault).strip().splitlines()[-1:]
        raise ExportError(
            f"{path} is not written: it does not run ({' '.join(reason)}); try the other format"
        ) from fault


def _tracer_input() -> SetBatch:
    """Return a set in which no two sizes are alike, so that none is taken for another."""
    return example_set((2, 3), (45, 38), rng=torch.Generator().manual_seed(0))


def _check(found: tuple[Difference, ...], *, tolerance: float, path: Path) -> None:
    worst = _worst(found)
    if not worst.largest <= tolerance:
        raise ExportError(
            f"{path} is not written: on {worst.case} it differs by {worst.largest:.2g} from the "
            f"pair, more than {tolerance:g}; try the other format, or --tolerance"
        )


def _worst(found: tuple[Difference, ...]) -> Difference:
    return max(found, key=lambda one: one.largest)
