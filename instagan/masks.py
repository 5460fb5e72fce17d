"""What is done to instance masks outside the networks: find, merge, order, weigh."""

from dataclasses import dataclass

import torch
from torch import Tensor

from instagan.config import MaskOrder
from instagan.types import SetBatch

BLANK = -1.0


@dataclass(frozen=True)
class Slots:
    """Where the M instances of a batch lie; index tensors are (M,) int64.

    owner: the sample each belongs to. slot: its place among the sample's masks.
    rank: how many valid slots of the same sample precede it.
    most: the largest number of instances in one sample, known without asking the device.
    """

    owner: Tensor
    slot: Tensor
    rank: Tensor
    most: int

    def __len__(self) -> int:
        return len(self.owner)


def find_valid(masks: Tensor) -> Tensor:
    """Return (B, N) bool: which of the (B, N, H, W) masks have a pixel above -1.

    >>> find_valid(torch.tensor([[[[-1.0, -1.0]], [[-1.0, 0.5]]]])).tolist()
    [[False, True]]
    """
    return (masks > BLANK).flatten(2).any(2)


def find_valid_or_first(masks: Tensor) -> Tensor:
    """Like `find_valid`, but a sample without instances counts its first, blank mask.

    That is the rule of the authors' code, kept where nobody says which slots are valid.
    """
    valid = find_valid(masks)
    if valid.shape[1]:
        valid[:, 0] |= ~valid.any(1)
    return valid


def locate(valid: Tensor, *, device: torch.device) -> Slots:
    """Return the places of the True entries of (B, N) `valid`, sample by sample.

    This waits for the GPU once if `valid` lies there, and not at all otherwise.
    """
    host = valid.cpu()
    owner, slot = host.nonzero(as_tuple=True)
    rank = (host.cumsum(1) - 1)[owner, slot]
    most = int(host.sum(1).max()) if host.numel() else 0
    return Slots(owner.to(device), slot.to(device), rank.to(device), most)


def coverage(masks: Tensor) -> Tensor:
    """Merge (B, N, H, W) masks in [-1, 1] into one (B, 1, H, W) in [0, 1]: 1 inside any.

    >>> coverage(torch.tensor([[[[-1.0, 1.0]], [[-1.0, 0.0]]]])).tolist()
    [[[[0.0, 1.0]]]]
    """
    return ((masks + 1) / 2).sum(1, keepdim=True).clamp(0, 1)


def merged(masks: Tensor, valid: Tensor) -> Tensor:
    """Merge the valid ones of (B, N, H, W) masks into one (B, 1, H, W), all in [-1, 1]."""
    return 2 * coverage(masks.masked_fill(~valid[:, :, None, None], BLANK)) - 1


def as_one(batch: SetBatch) -> SetBatch:
    """Return the batch with all instances of a sample in one mask, of which it has one or none."""
    masks = merged(batch.masks, batch.valid.to(batch.masks.device))
    return SetBatch(batch.image, masks, batch.valid.any(1, keepdim=True))


def share_out(union: Tensor, masks: Tensor, valid: Tensor) -> Tensor:
    """Divide one mask among instances: each pixel to the one whose middle is nearest.

    Args:
        union: (B, 1, H, W) in [-1, 1], what is to be divided.
        masks: (B, N, H, W) in [-1, 1], whose middles count.
        valid: (B, N) bool, on the device of the masks; the others come back as given.

    Returns:
        (B, N, H, W) in [-1, 1]; one valid instance gets all.
    """
    if not masks.shape[1]:
        return masks
    y, x = (torch.arange(side, device=masks.device).float() for side in masks.shape[-2:])
    weight = (masks.detach().float() + 1).clamp(min=0) + 1e-6
    total = weight.sum((2, 3))
    middle_y = (weight.sum(3) * y).sum(2) / total
    middle_x = (weight.sum(2) * x).sum(2) / total
    off_y, off_x = y - middle_y[..., None], x - middle_x[..., None]
    distance = off_y[..., :, None].square() + off_x[..., None, :].square()
    distance = distance.masked_fill(~valid[:, :, None, None], torch.inf)
    own = distance == distance.min(1, keepdim=True).values
    shared = torch.where(own, union, BLANK)
    return torch.where(valid[:, :, None, None], shared, masks)


def background_weight(before: Tensor, after: Tensor) -> Tensor:
    """Return (B, 1, H, W): 1 where both sets of masks show background, 0 inside either.

    The w(a, b') of eq. 6; the text there says minimum, the authors' code takes the union.
    """
    return 1 - coverage(torch.cat([before, after], 1))


def select(
    masks: Tensor,
    valid: Tensor,
    *,
    limit: int,
    order: MaskOrder = "decreasing",
    rng: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Take the `limit` largest instances of every sample, and order them.

    Args:
        masks: (B, N, H, W) float in [-1, 1].
        valid: (B, N) bool.
        limit: the number of slots returned; samples with fewer get blank, invalid slots.
        order: "decreasing" by area, or "random".
        rng: a CPU generator, needed for "random" only.

    Returns:
        masks (B, limit, H, W), blank where invalid, and valid (B, limit).
    """
    if order == "random" and rng is None:
        raise ValueError("order 'random' needs a torch.Generator, got rng=None")
    area = masks.mean((2, 3)).masked_fill(~valid.to(masks.device), -torch.inf)
    picked = area.argsort(dim=1, descending=True, stable=True)[:, :limit]
    if order == "random":
        known = area.gather(1, picked).isfinite().cpu()
        keys = torch.rand(known.shape, generator=rng).masked_fill(~known, torch.inf)
        picked = picked.gather(1, keys.argsort(dim=1).to(picked.device))
    return _take(masks, valid, picked, limit)


def _take(masks: Tensor, valid: Tensor, picked: Tensor, limit: int) -> tuple[Tensor, Tensor]:
    """Gather the picked slots, blank the invalid ones, and fill up to `limit`."""
    chosen_valid = valid.gather(1, picked.to(valid.device))
    sample = torch.arange(len(masks), device=masks.device)[:, None]
    chosen = masks[sample, picked]
    chosen = chosen.masked_fill(~chosen_valid.to(masks.device)[:, :, None, None], BLANK)
    missing = limit - picked.shape[1]
    chosen = torch.nn.functional.pad(chosen, (0, 0, 0, 0, 0, missing), value=BLANK)
    return chosen, torch.nn.functional.pad(chosen_valid, (0, missing), value=False)
