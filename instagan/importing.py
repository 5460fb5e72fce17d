"""Turning the authors' published `.pth` files into a pair, without running what they hold."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from instagan.cards import Card, CropMargins, Domain, Pair
from instagan.config import DIRECTIONS, Direction, GeneratorConfig
from instagan.errors import WeightsError
from instagan.pair_writing import save_pair
from instagan.pth import ImportedGenerator, read_pth

LICENCE_NOTE = "weights keep the licence of their source; ask there before passing them on"


def import_pth(
    path_a: str | os.PathLike[str],
    path_b: str | os.PathLike[str] | None = None,
    *,
    folder: str | os.PathLike[str],
    domain_a: Domain,
    domain_b: Domain,
    working_size: tuple[int, int],
    name: str | None = None,
    crop_margins: Mapping[Direction, CropMargins] | None = None,
    ins_per: int = 2,
    provenance: Mapping[str, str] | None = None,
    half: bool = False,
    overwrite: bool = False,
) -> Pair:
    """Write a pair from one or two published generators.

    Args:
        path_a: `..._net_G_A.pth`, which maps A to B.
        path_b: `..._net_G_B.pth`, which maps B to A, or None.
        folder: the pair's own folder; `name` defaults to its last part.
        domain_a, domain_b: names and detector classes of both sides.
        working_size: (height, width) in pixels that the weights were trained on.
        crop_margins: for each direction; None takes 0.25 object heights on every side.
        ins_per: instances translated at once; the published weights were trained with 2.
        provenance: added to what is noted here: file names, their SHA-256, the licence.
        half, overwrite: as for `save_pair`.

    Raises:
        WeightsError: a file is no generator of this kind; the message says what it is.
        PairError: the pair cannot be written.
    """
    paths = {
        direction: Path(path)
        for direction, path in zip(DIRECTIONS, (path_a, path_b), strict=True)
        if path is not None
    }
    found = {direction: read_pth(path) for direction, path in paths.items()}
    folder = Path(folder)
    card = Card(
        name=folder.name if name is None else name,
        architecture=_common_shape(found, paths),
        working_size=working_size,
        domain_a=domain_a,
        domain_b=domain_b,
        crop_margins=crop_margins or {direction: CropMargins() for direction in DIRECTIONS},
        ins_per=ins_per,
        provenance={**_sources(paths), "licence": LICENCE_NOTE, **(provenance or {})},
    )
    states = {direction: one.state for direction, one in found.items()}
    return save_pair(folder, card, states, half=half, overwrite=overwrite)


def _common_shape(
    found: Mapping[Direction, ImportedGenerator], paths: Mapping[Direction, Path]
) -> GeneratorConfig:
    shapes = {direction: one.config for direction, one in found.items()}
    if len(set(shapes.values())) > 1:
        told = ", ".join(
            f"{paths[d].name} has width {shape.base_width} and {shape.blocks} blocks"
            for d, shape in shapes.items()
        )
        raise WeightsError(f"{told}; a pair has one shape, import them as two pairs")
    return next(iter(shapes.values()))


def _sources(paths: Mapping[Direction, Path]) -> dict[str, str]:
    notes = {}
    for direction, path in paths.items():
        with path.open("rb") as file:
            notes[f"{direction}_source_sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        notes[f"{direction}_source"] = path.name
    return notes
