"""A picture of how far a run is: the same objects, translated by the present generators."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from instagan.atomic import replace_files
from instagan.config import DIRECTIONS, Direction
from instagan.sequential import translate
from instagan.types import SetBatch

_EDGE = torch.tensor([1.0, -1.0, -1.0])


@torch.no_grad()
def draw_samples(
    generators: Mapping[Direction, nn.Module], given: Mapping[Direction, SetBatch], *, ins_per: int
) -> Tensor:
    """Return (3, H, W) uint8: for each direction a row of sources above a row of results.

    The outline of the masks, given or generated, is red.
    """
    rows: list[Tensor] = []
    for direction in DIRECTIONS:
        batch = given[direction]
        made = translate(
            generators[direction], batch.image, batch.masks, batch.valid, ins_per=ins_per
        )
        rows += [_row(batch.image, batch.masks), _row(made.image.float(), made.masks.float())]
    width = max(row.shape[2] for row in rows)
    rows = [torch.nn.functional.pad(row, (0, width - row.shape[2])) for row in rows]
    return ((torch.cat(rows, 1) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def save_picture(path: Path, picture: Tensor) -> None:
    """Write (3, H, W) uint8 as a PNG file, whole or not at all."""
    buffer = io.BytesIO()
    Image.fromarray(picture.permute(1, 2, 0).cpu().numpy()).save(buffer, "PNG")
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_files(path.parent, {path.name: buffer.getvalue()}, last=path.name)


def _row(images: Tensor, masks: Tensor) -> Tensor:
    inside = (masks > 0).any(1, keepdim=True).float()
    grown = torch.nn.functional.max_pool2d(inside, 3, stride=1, padding=1)
    outline = (grown - inside).bool()
    drawn = torch.where(outline, _EDGE.to(images)[:, None, None], images)
    return torch.cat(list(drawn.cpu()), 2)


def first_samples(batches: Sequence[SetBatch]) -> SetBatch:
    """Join batches of one sample each."""
    slots = max(batch.masks.shape[1] for batch in batches)
    padded = [
        torch.nn.functional.pad(b.masks, (0, 0, 0, 0, 0, slots - b.masks.shape[1]), value=-1.0)
        for b in batches
    ]
    valid = [torch.nn.functional.pad(b.valid, (0, slots - b.valid.shape[1])) for b in batches]
    return SetBatch(torch.cat([b.image for b in batches]), torch.cat(padded), torch.cat(valid))
