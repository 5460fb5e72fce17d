"""Writes pictures and polygons to train a YOLO segmenter on."""

from pathlib import Path

from instavid.datasets.files import OnPicture, claim_folder, write_bytes, write_image
from instavid.meadow.datasets import PictureSize, Shot, plan_shots
from instavid.meadow.polygons import outline
from instavid.meadow.render import Rendered
from instavid.meadow.world import KINDS, Kind

_HERDS: tuple[tuple[Kind, ...], ...] = (("sheep",), ("giraffe",), KINDS)
_EMPTY_EVERY = 25
_PARTS = {"train": 4, "val": 5}
_VAL_SHARE = 0.06
_PER_SCENE = 6


def write_segmenter_set(
    folder: Path,
    *,
    pictures: int,
    seed: int,
    size: PictureSize | None = None,
    overwrite: bool = False,
    on_picture: OnPicture = lambda done, total: None,
) -> None:
    """Write `images`, `labels` and `data.yaml`, as ultralytics reads them.

    Scenes have sheep, giraffes, or both, in turn; one in 25 is empty. Every visible animal has one
    polygon, its visible parts joined by bridges. 6 % more pictures, of other scenes, are for `val`.

    Args:
        folder: Where to.
        pictures: How many to train on.
        seed: Of the set, 1 or more; sets of other seeds share no scene with it.
        size: Of the pictures; 360 by 640 when None.
        overwrite: Whether the folder may have something in it.
        on_picture: Told of progress.

    Raises:
        UsageError: A number is out of range.
        OutputError: The folder is not empty or cannot be written to.
    """
    claim_folder(folder, overwrite=overwrite)
    counts = {"train": pictures, "val": max(1, round(pictures * _VAL_SHARE))}
    done = 0
    for split, count in counts.items():
        shots = plan_shots(
            count,
            seed=seed,
            part=_PARTS[split],
            herds=_HERDS,
            per_scene=_PER_SCENE,
            empty_every=_EMPTY_EVERY,
        )
        scenes = -(-count // _PER_SCENE)
        for number, shot in enumerate(shots):
            # Neighbours by name show different scenes: not everybody shuffles batches.
            place = (number % _PER_SCENE) * scenes + number // _PER_SCENE
            _write_picture(folder, split, place, shot, size or PictureSize())
            done += 1
            on_picture(done, sum(counts.values()))
    write_bytes(folder / "data.yaml", _description().encode())


def label_lines(rendered: Rendered) -> list[str]:
    """Return a line per visible animal: its class number and the polygon as shares of the sides."""
    height, width = rendered.elements.shape
    lines = []
    for mask, kind in zip(rendered.masks, rendered.labels, strict=True):
        points = outline(mask.full(height, width)) / (width, height)
        if len(points) >= 3:
            numbers = " ".join(f"{value:.5f}" for value in points.reshape(-1))
            lines.append(f"{KINDS.index(kind)} {numbers}")
    return lines


def _write_picture(folder: Path, split: str, number: int, shot: Shot, size: PictureSize) -> None:
    rendered = shot.render(size)
    stem = f"{number:05d}"
    write_image(folder / "images" / split / f"{stem}.jpg", rendered.rgb)
    text = "".join(f"{line}\n" for line in label_lines(rendered))
    write_bytes(folder / "labels" / split / f"{stem}.txt", text.encode())


def _description() -> str:
    names = "".join(f"  {number}: {kind}\n" for number, kind in enumerate(KINDS))
    # No `path`: ultralytics then takes the folder of this file, wherever it is moved.
    return f"train: images/train\nval: images/val\nnames:\n{names}"
