"""The losses of the paper as pure functions, unweighted; masks and images in [-1, 1]."""

import torch
from torch import Tensor

from instagan.masks import background_weight, coverage
from instagan.types import SetBatch, SetOutput


def adversarial_loss(score: Tensor, *, real: bool) -> Tensor:
    """Least squares (eq. 3): mean distance of (B, 1, h, w) scores from 1 (real) or 0.

    A discriminator minimises the mean of that of real samples and that of fakes.
    """
    return (score - float(real)).square().mean()


def cycle_loss(given: SetBatch, back: SetOutput) -> Tensor:
    """L1 between picture and masks and their way there and back (eq. 4)."""
    return _set_distance(given, back)


def identity_loss(given: SetBatch, same: SetOutput) -> Tensor:
    """L1 between a sample and what the generator *into* its own domain makes of it (eq. 5)."""
    return _set_distance(given, same)


def context_loss(given: SetBatch, made: SetOutput, *, per_background: bool = False) -> Tensor:
    """L1 between the pictures where both have background (eq. 6).

    The mean runs over all pixels, as in the authors' code, so the pull of the background
    is in proportion to its share of the picture; `per_background` divides by that share.
    Gradients reach the made masks too, but not through the share: no mask gains by growing.
    """
    weight = background_weight(given.masks, made.masks)
    pull = (weight * (given.image - made.image).abs()).mean()
    return pull / weight.detach().mean().clamp(min=0.05) if per_background else pull


def mirror_loss(made: SetOutput, of_mirrored: SetOutput) -> Tensor:
    """L1 between what was made of a sample, mirrored, and what was made of the mirrored sample.

    Nothing else tells a generator that the way an object faces matters: one that paints every
    giraffe facing left fools a discriminator just as well. Gradients reach the latter only.
    """
    picture = (made.image.detach().flip(3) - of_mirrored.image).abs()
    masks = (made.masks.detach().flip(3) - of_mirrored.masks).abs()
    return torch.cat([picture, masks], 1).mean()


def temporal_loss(expected: SetOutput, of_next: SetOutput, *, known: Tensor) -> Tensor:
    """L1 between what was made of the next frame and what was made of this one, moved along.

    G(warp x) = warp G(x), for a known warp instead of an estimated one. Only where the new
    objects are, as pictures outside of them are the source's in the end, and only where the warp
    is known. Gradients reach `of_next` only.

    Args:
        expected: see `instagan.training.motions.Motion.next_made`.
        of_next: what the generator makes of `Motion.next_given`.
        known: (B, 1, H, W) bool.
    """
    where = (coverage(expected.masks).detach() > 0.5) & known
    share = where.float().mean().clamp(min=0.05)
    picture = ((expected.image.detach() - of_next.image).abs() * where).mean() / share
    masks = ((expected.masks.detach() - of_next.masks).abs() * known).mean()
    return picture + masks


def _set_distance(given: SetBatch, made: SetOutput) -> Tensor:
    """Mean over the image's channels and the mask slots alike, empty slots included."""
    return torch.cat([(given.image - made.image).abs(), (given.masks - made.masks).abs()], 1).mean()
