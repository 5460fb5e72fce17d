"""Writes pictures and masks of two kinds of animals, to train a pair on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from instagan.data.layout import DomainLetter, image_folder, mask_folder, mask_path
from instavid.datasets.files import OnPicture, claim_folder, remove_files, write_image
from instavid.errors import UsageError
from instavid.meadow.datasets import PictureSize, Shot, plan_shots
from instavid.meadow.render import Rendered, render
from instavid.meadow.world import Kind
from instavid.types import Mask

LEAST_SEEN = 0.6
"""Share of an animal that must be seen; the rest is hidden or outside of the picture."""
LEAST_HEIGHT_PX = 24
_PER_SCENE = 4
_TEST_SHARE = 0.1


class _Part(NamedTuple):
    split: str
    domain: DomainLetter
    kind: Kind
    number: int


_PARTS = (
    _Part("train", "A", "sheep", 0),
    _Part("train", "B", "giraffe", 1),
    _Part("test", "A", "sheep", 2),
    _Part("test", "B", "giraffe", 3),
)


def write_pair_set(
    folder: Path,
    *,
    pictures: int,
    seed: int,
    size: PictureSize | None = None,
    overwrite: bool = False,
    on_picture: OnPicture = lambda done, total: None,
) -> None:
    """Write sheep as domain A and giraffes as domain B, in the layout of `instagan.data.layout`.

    No two parts share a scene, for the same scene of two kinds would be nearly aligned. An animal
    gets a mask when at least 60 % of it is seen, counting what others hide and what lies outside of
    the picture on the left and right, and when what is seen is at least 24 px high. Moments
    at which no animal gets one are passed over.

    Args:
        folder: Where to.
        pictures: How many to train on in each domain; a tenth more are for `test`.
        seed: Of the set, 1 or more; sets of other seeds share no scene with it.
        size: Of the pictures; 360 by 640 when None.
        overwrite: Whether the folder may have something in it.
        on_picture: Told of progress.

    Raises:
        UsageError: A number is out of range.
        OutputError: The folder is not empty or cannot be written to.
    """
    claim_folder(folder, overwrite=overwrite)
    _remove_earlier(folder)
    counts = {"train": pictures, "test": max(1, round(pictures * _TEST_SHARE))}
    done = 0
    for part in _PARTS:
        for number, (rendered, masks) in enumerate(
            _pictures(part, counts[part.split], seed=seed, size=size or PictureSize())
        ):
            _write_picture(folder, part, f"{part.kind}_{number:05d}", rendered, masks)
            done += 1
            on_picture(done, 2 * sum(counts.values()))


def _remove_earlier(folder: Path) -> None:
    """Remove what an earlier set left: a mask of it would become an object of a new picture."""
    for part in _PARTS:
        for place in (image_folder, mask_folder):
            there = place(folder, part.split, domain=part.domain)
            remove_files(there.glob(f"{part.kind}_[0-9]*"))


def well_seen(shot: Shot, rendered: Rendered) -> list[Mask]:
    """Return the visible masks of the animals that are seen well enough to learn from."""
    animals = {animal.identity: animal for animal in shot.scene.animals}
    found = []
    for identity, mask in zip(rendered.identities, rendered.masks, strict=True):
        if mask.window.height < LEAST_HEIGHT_PX:
            continue
        alone = Shot(replace(shot.scene, animals=(animals[identity],)), shot.seconds)
        if mask.area >= LEAST_SEEN * _whole_area(alone, *rendered.elements.shape):
            found.append(mask)
    return found


def _whole_area(alone: Shot, height: int, width: int) -> float:
    """Return the size of a single animal in px, as a frame twice as wide shows it."""
    # Drawn at half the size: this is most of the work for a data set.
    drawn = render(alone.scene, alone.seconds, height=height // 2, width=width)
    return sum(mask.area for mask in drawn.masks) * (height / (height // 2)) ** 2


def _pictures(
    part: _Part, count: int, *, seed: int, size: PictureSize
) -> Iterator[tuple[Rendered, list[Mask]]]:
    # More are planned than wanted: some have to be passed over.
    shots = plan_shots(
        8 * count + 8, seed=seed, part=part.number, herds=((part.kind,),), per_scene=_PER_SCENE
    )
    for shot in shots:
        if count == 0:
            return
        rendered = shot.render(size)
        if masks := well_seen(shot, rendered):
            yield rendered, masks
            count -= 1
    raise UsageError(
        f"animals are seldom {LEAST_HEIGHT_PX} px high in pictures of {size.height}x{size.width} "
        "px: make the pictures larger"
    )


def _write_picture(
    folder: Path, part: _Part, stem: str, rendered: Rendered, masks: list[Mask]
) -> None:
    picture = image_folder(folder, part.split, domain=part.domain) / f"{stem}.jpg"
    write_image(picture, rendered.rgb)
    for index, mask in enumerate(masks):
        path = mask_path(folder, part.split, domain=part.domain, stem=stem, index=index)
        white = mask.full(*rendered.elements.shape).astype(np.uint8) * 255
        write_image(path, white)
