"""What the output of a YOLO segmentation head means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from instavid.core.masks import placed, without_specks
from instavid.segmenters.drawing import Drawn, distinct_instances
from instavid.segmenters.letterbox import Letterbox
from instavid.types import Instances

_SECOND_CHOICE = 0.5


@dataclass(frozen=True)
class Candidates:
    """Objects that a head proposes in one picture, n of them."""

    boxes_xyxy: torch.Tensor
    """(n, 4) float32, px of the network."""
    scores: torch.Tensor
    """(n,) float32, 0 to 1."""
    classes: torch.Tensor
    """(n,) int64, class numbers."""
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


def read_dense(
    prediction: torch.Tensor, classes: int, *, wanted: torch.Tensor | None = None
) -> Candidates:
    """Read an ordinary head: (4 + classes + c, anchors) float32, boxes as centre and size.

    Args:
        prediction: For one picture.
        classes: How many the model knows.
        wanted: Class numbers to look for, all when None. Where another class is likelier, half the
            score is left: enough to keep a known object when the model wavers, seldom for a birth.
    """
    by_class = prediction[4 : 4 + classes]
    scores, numbers = by_class.max(dim=0)
    if wanted is not None:
        best, place = by_class[wanted].max(dim=0)
        scores, numbers = torch.where(best < scores, _SECOND_CHOICE * best, best), wanted[place]
    centre, half_size = prediction[0:2].T, prediction[2:4].T / 2
    boxes = torch.cat((centre - half_size, centre + half_size), dim=1)
    return Candidates(boxes, scores, numbers, prediction[4 + classes :].T)


def read_ranked(prediction: torch.Tensor, *, wanted: torch.Tensor | None = None) -> Candidates:
    """Read an end-to-end head: (ranks, 6 + c) float32, as corners, score, class, coefficients."""
    found = Candidates(
        prediction[:, :4], prediction[:, 4], prediction[:, 5].long(), prediction[:, 6:]
    )
    return found if wanted is None else found.only(torch.isin(found.classes, wanted))


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
    scores, classes = found.scores.tolist(), found.classes.tolist()

    def drawn() -> Iterator[Drawn]:
        for index, corners in enumerate(found.boxes_xyxy.cpu().numpy()):
            window = box.window(corners)
            if not window.is_empty:
                mask = placed(without_specks(box.draw(logits[index], window)), window)
                yield Drawn(mask, class_names[classes[index]], scores[index])

    return distinct_instances(drawn())
