"""Instances from torchvision's Mask R-CNN, slower than YOLO and under a permissive licence."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torchvision.ops import nms

from instagan.memory import is_out_of_memory
from instagan.windows import Window
from instavid.core.masks import NOTHING, placed, without_specks
from instavid.defaults import MASK_RCNN
from instavid.devices import turn_on
from instavid.errors import UnavailableError
from instavid.memory import Way, descent, in_memory
from instavid.segmenters.drawing import Drawn, distinct_instances
from instavid.segmenters.mask_rcnn_model import coco_names, load_mask_rcnn
from instavid.segmenters.weights import require_classes
from instavid.types import Frame, Instances, Mask

FloatArray = npt.NDArray[np.float32]

_MASK_LEVEL = 0.5


class MaskRcnnSegmenter:
    """Satisfies `Segmenter`; the ResNet-50 FPN v2 model of torchvision, trained on COCO.

    The parts of the model are called one after the other, because its own `forward` draws every
    mask over the whole frame, which takes gigabytes for large pictures with many objects.
    """

    class_names: tuple[str, ...]
    """What the model can find."""

    def __init__(
        self,
        weights: str | Path = MASK_RCNN,
        *,
        device: str = "cpu",
        imgsz: int | None = None,
        conf: float = 0.25,
        classes: Sequence[str] | None = None,
        iou: float = 0.7,
        max_det: int = 100,
    ) -> None:
        """Load a model.

        Args:
            weights: A file of its weights, or its name, for which it is downloaded once.
            device: As torch names it: cpu, cuda:0, mps.
            imgsz: The longer side of what the network sees, px; when None as torchvision does it,
                the shorter one 800 and the longer one 1333 at the most.
            conf: Lowest score to report, 0 to 1.
            classes: Names of the classes to report; all when None.
            iou: Boxes that overlap more than this are one object, whatever their classes.
            max_det: Most instances per frame.

        Raises:
            ModelError: The weights are missing, damaged, or of another model.
            UsageError: A class is unknown to the model.
            UnavailableError: The device is.
        """
        self._names = coco_names()
        self.class_names = tuple(name for name in self._names.values())
        self._wanted = require_classes(classes, self.class_names, MASK_RCNN)
        model = load_mask_rcnn(weights, imgsz=imgsz, conf=conf, max_det=max_det)
        self._device = torch.device(device)
        try:
            self._model = model.to(self._device)
        except (RuntimeError, AssertionError) as error:
            if is_out_of_memory(error):
                raise
            raise UnavailableError(f"Device '{device}' cannot be used for segmentation.") from error
        self._iou = iou

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        """Return one `Instances` per frame, best first, masks in upright frame coordinates."""
        course = descent("segmenting with Mask R-CNN", self._device, [Way(1)])
        return in_memory(self._segment_one, frames, course)

    def _segment_one(self, frames: Sequence[Frame], way: Way) -> list[Instances]:
        return [distinct_instances(self._find(frame)) for frame in frames]

    @torch.inference_mode()
    def _find(self, frame: Frame) -> list[Drawn]:
        height, width = frame.picture.upright_size
        picture = torch.from_numpy(frame.rgb()).to(self._device).permute(2, 0, 1) / 255
        model: Any = self._model
        with turn_on(self._device):
            images, _ = model.transform([picture])
            features = model.backbone(images.tensors)
            proposals, _ = model.rpn(images, features)
            ((found,), _) = model.roi_heads(features, proposals, images.image_sizes)
        seen_height, seen_width = images.image_sizes[0]
        scale = np.array([width / seen_width, height / seen_height] * 2, np.float32)
        # All classes at once: an animal that looks a bit like two kinds is still one animal.
        best = nms(found["boxes"], found["scores"], self._iou)
        boxes = found["boxes"][best].cpu().numpy() * scale
        masks = found["masks"][best, 0].float().cpu().numpy()
        names = [self._names.get(number, "") for number in found["labels"][best].tolist()]
        scores = found["scores"][best].tolist()
        return [
            Drawn(draw_in_box(mask, box, height=height, width=width), name, score)
            for box, mask, name, score in zip(boxes, masks, names, scores, strict=True)
            if name in self._wanted
        ]


def draw_in_box(inside: FloatArray, box_xyxy: FloatArray, *, height: int, width: int) -> Mask:
    """Return the mask that a coarse drawing of a box's inside stands for.

    Args:
        inside: (h, w) float32, 0 to 1, the probability of being inside; it fills the box.
        box_xyxy: (4,) float32, px of the frame.
        height, width: Of the frame, px.
    """
    x0, y0, x1, y1 = (float(value) for value in box_xyxy)
    box = Window(round(x0), round(y0), round(x1), round(y1))
    window = box.intersect(Window(0, 0, width, height))
    if window.is_empty:
        return NOTHING
    down, across = inside.shape[0] / (y1 - y0), inside.shape[1] / (x1 - x0)
    # Pixel (0, 0) of the window, at its centre, in indices of `inside` (centres at integers).
    x = (window.left + 0.5 - x0) * across - 0.5
    y = (window.top + 0.5 - y0) * down - 0.5
    fine = cv2.warpAffine(
        inside,
        np.array([[across, 0, x], [0, down, y]]),
        (window.width, window.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return placed(without_specks(fine > _MASK_LEVEL), window)
