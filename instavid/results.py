"""The files that a run writes: its result and the masks, marked as made by a model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from instavid import __version__
from instavid.castings import ChosenPair
from instavid.mattes import matte_format
from instavid.media.copying.joining import COPY_LIKE
from instavid.media.encoding_plan import EncodingPlan
from instavid.media.info import VideoInfo
from instavid.media.output_pipe import OutputPipe
from instavid.outputs import OtherFile
from instavid.recipe import KEY
from instavid.sinks.file import FileSink
from instavid.sources.camera import CameraSource
from instavid.sources.file import FileSource


@dataclass(frozen=True)
class Encoding:
    """How a result is written; None is the default of the codec."""

    codec: str = "auto"
    """FFmpeg's name; "auto" is libx264 where the container takes it, "copy-like" the input's, whose
    packets are copied where nothing changes."""
    crf: float | None = None
    preset: str | None = None
    pix_fmt: str | None = None
    """FFmpeg's name; None keeps that of the source where the codec can."""
    options: Mapping[str, str] | None = None
    """Further options of the encoder, by FFmpeg's names."""

    @property
    def may_copy(self) -> bool:
        """Return whether packets of the input are wanted beside its pictures."""
        return self.codec == COPY_LIKE


USUAL = Encoding()


def file_sink(
    target: str | Path | OutputPipe,
    source: FileSource | CameraSource,
    *,
    encoding: Encoding,
    chosen: Sequence[ChosenPair],
    overwrite: bool = False,
    inputs: Sequence[str | Path] = (),
    strict: bool = False,
    container: str | None = None,
    verifiable: bool = False,
    recipe: Callable[[EncodingPlan], str] | None = None,
) -> FileSink:
    """Prepare the file that holds what the pairs make of an open source, marked as theirs.

    Args:
        recipe: Returns the options to tell in it, see `instavid.recipe`.
        target, source, encoding, chosen, overwrite, inputs, strict, verifiable: As for `FileSink`.
    """
    sink = FileSink(
        target,
        like=source.info,
        carry=source.carried if isinstance(source, FileSource) else None,
        codec=encoding.codec,
        crf=encoding.crf,
        preset=encoding.preset,
        pix_fmt=encoding.pix_fmt,
        options=dict(encoding.options or {}),
        overwrite=overwrite,
        provenance=_provenance(chosen),
        inputs=inputs,
        strict=strict,
        container=container,
        verifiable=verifiable,
        coded=source.coded if isinstance(source, FileSource) else "a camera gives no packets",
    )
    if recipe is not None:
        sink.tell({KEY: recipe(sink.plan)})
    return sink


def matte_sink(
    path: str | Path | None,
    info: VideoInfo,
    *,
    overwrite: bool,
    chosen: Sequence[ChosenPair],
    inputs: Sequence[str | Path | OtherFile],
) -> FileSink | None:
    if path is None:
        return None
    like = replace(info, picture=matte_format(info.picture), field_order="progressive")
    return FileSink(
        path,
        like=like,
        codec="ffv1",
        overwrite=overwrite,
        provenance=_provenance(chosen),
        inputs=inputs,
        option="--save-masks",
    )


def _provenance(chosen: Sequence[ChosenPair]) -> dict[str, str]:
    """Return what the container's tag says, so that nobody takes the result for a recording."""
    pairs = (
        f"{choice.pair.card.name}:{choice.selection.direction} {choice.pair.card.sha256[:16]}"
        for choice in chosen
    )
    return {
        "tool": f"instavid {__version__}",
        "pairs": ", ".join(pairs),
        # IPTC's name for a picture of which a trained model made a part.
        "DigitalSourceType": "compositeWithTrainedAlgorithmicMedia",
    }
