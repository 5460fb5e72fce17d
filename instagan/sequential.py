"""Mini-batches of instances, one after the other: training and inference both take these steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from instagan.masks import BLANK, find_valid
from instagan.types import SetBatch, SetOutput


class TranslatesSets(Protocol):
    """What the loop needs of a generator; see `SetGenerator.forward`."""

    def __call__(
        self, image: Tensor, masks: Tensor, valid: Tensor | None, *, need_masks: bool
    ) -> SetOutput: ...


@dataclass(frozen=True)
class Step:
    """One mini-batch of instances translated, in all samples together.

    rows: (K,) int64 on the CPU, the samples that have an instance in this mini-batch.
    given: those samples: the image so far and the masks of this mini-batch.
    made: what the generator made of `given`.
    so_far: all samples: the image so far and every mask translated up to here. Masks of
        later mini-batches are blank and not valid.
    """

    rows: Tensor
    given: SetBatch
    made: SetOutput
    so_far: SetBatch


def walk(
    generator: TranslatesSets,
    image: Tensor,
    masks: Tensor,
    valid: Tensor | None = None,
    *,
    ins_per: int = 2,
    need_masks: bool = True,
) -> Iterator[Step]:
    """Translate `ins_per` slots at a time, each time on the picture made before (eq. 8-9).

    Samples without an instance in a mini-batch are left exactly as they are, at no cost.
    Gradients never cross from one step to the next. The generator runs when a step is
    asked for, so that an optimiser may change it between two steps.

    Args:
        generator: called as `SetGenerator.forward`.
        image: (B, 3, H, W) float in [-1, 1].
        masks: (B, N, H, W) float in [-1, 1], in the order to be translated.
        valid: (B, N) bool; None: the masks with a pixel above -1.
        ins_per: slots of one mini-batch.
        need_masks: False leaves the masks as given, which is cheaper.

    Yields:
        ceil(N / ins_per) steps.
    """
    known = (find_valid(masks) if valid is None else valid).cpu()
    given = SetBatch(image, masks, known)
    now = before_first(given)
    for chunk in mini_batches(masks.shape[1], ins_per=ins_per):
        step = take_step(generator, now, given, chunk, need_masks=need_masks)
        yield step
        now = step.so_far.detach()


def mini_batches(slots: int, *, ins_per: int) -> Iterator[slice]:
    """Yield the slots of one mini-batch after the other, `ins_per` of them and the rest."""
    if ins_per < 1:
        raise ValueError(f"ins_per must be 1 or more, got {ins_per}")
    for start in range(0, slots, ins_per):
        yield slice(start, min(start + ins_per, slots))


def before_first(given: SetBatch) -> SetBatch:
    """Return the state of a batch in which nothing has been translated: no mask, none valid."""
    masks = torch.full_like(given.masks, BLANK)
    return SetBatch(given.image, masks, torch.zeros_like(given.valid))


def take_step(
    generator: TranslatesSets,
    now: SetBatch,
    given: SetBatch,
    chunk: slice,
    *,
    need_masks: bool = True,
) -> Step:
    """Translate one mini-batch of instances.

    Args:
        generator: called as `SetGenerator.forward`.
        now: what the mini-batches before have made, `before_first` at first.
        given: the batch as it was; `valid` on the CPU.
        chunk: the slots of this mini-batch.
        need_masks: False leaves the masks as given, which is cheaper.
    """
    rows = given.valid[:, chunk].any(1).nonzero()[:, 0]
    whole = SetBatch(now.image, given.masks[:, chunk], given.valid[:, chunk])
    some = whole.rows(rows)
    made = SetOutput(some.image, some.masks)
    if len(rows):
        made = generator(some.image, some.masks, some.valid, need_masks=need_masks)
    return Step(rows, some, made, _put(now, whole, made, rows=rows, chunk=chunk))


def translate(
    generator: TranslatesSets,
    image: Tensor,
    masks: Tensor,
    valid: Tensor | None = None,
    *,
    ins_per: int = 2,
    need_masks: bool = True,
) -> SetOutput:
    """Translate all instances and keep the last step; arguments as for `walk`.

    Returns:
        image (B, 3, H, W) and masks (B, N, H, W); slots that are not valid, and whole
        samples without a valid slot, come back unchanged. With `need_masks=False` all
        masks come back as given.
    """
    result = SetOutput(image, masks)
    for step in walk(generator, image, masks, valid, ins_per=ins_per, need_masks=need_masks):
        result = SetOutput(step.so_far.image, step.so_far.masks)
    return result


def _put(
    now: SetBatch, whole: SetBatch, made: SetOutput, *, rows: Tensor, chunk: slice
) -> SetBatch:
    """Return `now` with the samples of one mini-batch replaced by what was made of them."""
    image, new_masks = made.image.to(now.image.dtype), made.masks.to(now.masks.dtype)
    if len(rows) < len(now.image):
        place = rows.to(now.image.device)
        image = now.image.index_copy(0, place, image)
        new_masks = whole.masks.index_copy(0, place, new_masks)
    masks = torch.cat([now.masks[:, : chunk.start], new_masks, now.masks[:, chunk.stop :]], 1)
    valid = now.valid.clone()
    valid[:, chunk] = whole.valid
    return SetBatch(image, masks, valid)
