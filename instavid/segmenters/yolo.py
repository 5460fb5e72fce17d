"""Instances from any YOLO segmentation model that ultralytics can load."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torchvision.ops import nms

from instagan.memory import is_out_of_memory
from instavid.devices import turn_on
from instavid.errors import UnavailableError
from instavid.memory import Descent, Way, descent, halvings, in_memory
from instavid.segmenters.letterbox import Letterbox
from instavid.segmenters.ultralytics_models import load_segmentation_model, training_size
from instavid.segmenters.weights import find_weights, require_classes
from instavid.segmenters.yolo_output import draw, read_dense, read_ranked
from instavid.types import Frame, Instances


class YoloSegmenter:
    """Satisfies `Segmenter`; the network runs in RGB, on our own letterbox, without a predictor.

    ultralytics' predictor is left out because it changes the thread count of the process, gives up
    on a batch when a clock runs out, and draws every mask over the whole frame.
    """

    class_names: tuple[str, ...]
    """What the model can find, by class number."""

    def __init__(
        self,
        weights: str | Path,
        *,
        device: str = "cpu",
        imgsz: int | None = None,
        conf: float = 0.25,
        classes: Sequence[str] | None = None,
        iou: float = 0.7,
        max_det: int = 100,
        batch: int = 8,
        half: bool = False,
    ) -> None:
        """Load a model.

        Args:
            weights: A .pt file, or a published name such as `yolo11n-seg`.
            device: As torch names it: cpu, cuda:0, mps.
            imgsz: The longer side of what the network sees, px, rounded up to its stride; what it
                was trained at when None.
            conf: Lowest score to report, 0 to 1. A follower wants about 0.1, and decides itself
                which of the weak ones to believe.
            classes: Names of the classes to report; all when None.
            iou: Boxes that overlap more than this are one object, whatever their classes.
            max_det: Most instances per frame.
            batch: Most frames per pass through the network.
            half: Compute in 16 bits; only done on a GPU.

        Raises:
            ModelError: The weights are missing, damaged, or draw no masks.
            UsageError: A class is unknown to the model.
            UnavailableError: The device is.
        """
        path = find_weights(weights)
        model = load_segmentation_model(path)
        names = model.names
        self.class_names = tuple(names[number] for number in sorted(names))
        wanted = _class_numbers(classes, self.class_names, path.name)
        self._device = torch.device(device)
        self._dtype = torch.float16 if half and self._device.type != "cpu" else torch.float32
        try:
            self._model = model.to(self._device, self._dtype)
            self._wanted = None if wanted is None else wanted.to(self._device)
        except (RuntimeError, AssertionError) as error:
            if is_out_of_memory(error):
                raise
            raise UnavailableError(f"Device '{device}' cannot be used for segmentation.") from error
        self._stride = max(32, int(model.stride.max()))
        longest = imgsz or training_size(model)
        self._longest = -(-longest // self._stride) * self._stride
        self._conf, self._iou, self._max_det, self._batch = conf, iou, max_det, batch

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        """Return one `Instances` per frame, best first, masks in upright frame coordinates."""
        found: list[Instances] = []
        for _, same_size in itertools.groupby(frames, lambda frame: frame.picture.upright_size):
            alike = list(same_size)
            found += in_memory(self._segment_alike, alike, self._course(alike[0]))
        return found

    def _course(self, frame: Frame) -> Descent[Way]:
        """Return how many frames like this one to take at once."""
        height, width = frame.picture.upright_size
        work = f"segmenting {width}x{height} at {self._longest} px"
        return descent(work, self._device, [Way(count) for count in halvings(self._batch)])

    @torch.inference_mode()
    def _segment_alike(self, frames: Sequence[Frame], way: Way) -> list[Instances]:
        height, width = frames[0].picture.upright_size
        box = Letterbox.fit(height, width, longest=self._longest, stride=self._stride)
        pixels = torch.from_numpy(np.stack([box.apply(frame.rgb()) for frame in frames]))
        images = pixels.to(self._device).permute(0, 3, 1, 2).to(self._dtype) / 255
        with turn_on(self._device):
            predictions, prototypes = self._model(images)[0]
        return [
            self._read(prediction.float(), prototype.float(), box)
            for prediction, prototype in zip(predictions, prototypes, strict=True)
        ]

    def _read(
        self, prediction: torch.Tensor, prototypes: torch.Tensor, box: Letterbox
    ) -> Instances:
        """Turn the network's output for one frame into instances, best first."""
        if getattr(self._model, "end2end", False):
            found = read_ranked(prediction, wanted=self._wanted)
        else:
            found = read_dense(prediction, len(self.class_names), wanted=self._wanted)
        found = found.only(found.scores > self._conf)
        # All classes at once: an animal that looks a bit like two kinds is still one animal.
        found = found.only(nms(found.boxes_xyxy, found.scores, self._iou)[: self._max_det])
        return draw(found, prototypes, box, self.class_names)


def _class_numbers(
    classes: Sequence[str] | None, known: Sequence[str], model: str
) -> torch.Tensor | None:
    if classes is None:
        return None
    return torch.tensor([known.index(name) for name in require_classes(classes, known, model)])
