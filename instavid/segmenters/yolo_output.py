"""What the output of a YOLO segmentation head means."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from instavid.core.masks import placed
from instavid.segmenters.letterbox import Letterbox
from instavid.types import Instances, Mask

_SAME_OBJECT_IOU = 0.8


@dataclass(frozen=True)
class Candidates:
    """Objects that a head proposes in one picture, n of them."""

    boxes_xyxy: torch.Tensor
    """(n, 4) float32, px of the network."""
    scores: torch.Tensor
    """(n,) float32, 0 to 1."""
    classes: torch.Tensor
    """(n,) class numbers, of any dtype."""
    coefficients: torch.Tensor
    """(n, c) float32; a mask is their sum of c prototypes, positive inside."""

    def only(self, which: torch.Tensor) -> "Candidates":
        """Return a selection, by a bool mask (n,) or by indices."""
        return Candidates(
            self.boxes_xyxy[which],
            self.scores[which],
            self.classes[which],
            self.coefficients[which],
        )


def read_dense(prediction: torch.Tensor, classes: int) -> Candidates:
    """Read an ordinary head: (4 + classes + c, anchors) float32, boxes as centre and size."""
    scores, numbers = prediction[4 : 4 + classes].max(dim=0)
    centre, half_size = prediction[0:2].T, prediction[2:4].T / 2
    boxes = torch.cat((centre - half_size, centre + half_size), dim=1)
    return Candidates(boxes, scores, numbers, prediction[4 + classes :].T)


def read_ranked(prediction: torch.Tensor) -> Candidates:
    """Read an end-to-end head: (ranks, 6 + c) float32, as corners, score, class, coefficients."""
    return Candidates(prediction[:, :4], prediction[:, 4], prediction[:, 5], prediction[:, 6:])


def draw(
    found: Candidates, prototypes: torch.Tensor, box: Letterbox, class_names: Sequence[str]
) -> Instances:
    """Draw masks at frame size, without empty ones and without second masks of one object.

    Args:
        found: Best first.
        prototypes: (c, h, w) float32 over the padded picture.
        box: How the frame lies in the padded picture.
        class_names: By class number.
    """
    logits = torch.einsum("nc,chw->nhw", found.coefficients, prototypes).cpu().numpy()
    masks: list[Mask] = []
    kept: list[int] = []
    for index, corners in enumerate(found.boxes_xyxy.cpu().numpy()):
        window = box.window(corners)
        if window.is_empty:
            continue
        mask = placed(box.draw(logits[index], window), window)
        if mask.area and all(mask.iou(other) <= _SAME_OBJECT_IOU for other in masks):
            masks.append(mask)
            kept.append(index)
    scores, classes = found.scores.tolist(), found.classes.int().tolist()
    return Instances(
        tuple(masks),
        tuple(class_names[classes[index]] for index in kept),
        tuple(scores[index] for index in kept),
    )
