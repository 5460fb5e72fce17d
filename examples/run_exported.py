"""Turn the objects of one picture into others with an exported pair, without instavid.

python examples/run_exported.py horse2zebra_AtoB.onnx horse.jpg zebra.png horse_0.png horse_1.png
(`instavid pairs export horse2zebra --to onnx` makes the first; the last are masks, white inside)
"""

import json
import sys

import numpy as np
from PIL import Image


def load(path: str):
    """Return a function of image, masks and valid, and what the file says of itself."""
    if path.endswith(".onnx"):
        import onnxruntime as ort

        session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
        facts = json.loads(session.get_modelmeta().custom_metadata_map["instavid.json"])
        return lambda *args: session.run(None, dict(zip(facts["inputs"], args, strict=True))), facts
    import torch

    net = torch.jit.load(path, map_location="cpu", _extra_files=(extra := {"instavid.json": ""}))
    return lambda *a: [t.numpy() for t in net(*map(torch.tensor, a))], json.loads(*extra.values())


def crop_box(masks: list[Image.Image], margin: dict, aspect: float) -> tuple[int, ...]:
    """Return left, top, right, bottom around all objects, with the margins that the pair wants."""
    left, top, right, bottom = np.array([mask.getbbox() for mask in masks]).T
    unit = (bottom - top).max()
    x = left.min() - unit * margin["left"], right.max() + unit * margin["right"]
    y = top.min() - unit * margin["top"], bottom.max() + unit * margin["bottom"]
    half = max(y[1] - y[0], (x[1] - x[0]) / aspect) / 2 * np.array([-1, 1])
    box = sum(x) / 2 + half * aspect, sum(y) / 2 + half
    return tuple(np.clip(np.round(box).T.flatten(), 0, 2 * masks[0].size).astype(int).tolist())


def translate(run, facts: dict, picture: Image.Image, given: list[Image.Image]) -> None:
    """Change the objects under the masks; `facts` say how the generator wants to be called."""
    size = (facts["working_size"]["width"], facts["working_size"]["height"])
    box = crop_box(given, facts["crop_margins"], size[0] / size[1])
    crops = [np.asarray(p.resize(size, box=box), np.float32) for p in (picture, *given)]
    image = crops[0].transpose(2, 0, 1)[None] / 127.5 - 1  # (1, 3, h, w) from -1 to 1
    masks = np.float32(np.stack(crops[1:])[None] > 127) * 2 - 1  # (1, N, h, w), -1 or 1
    changed = (masks > 0).any((0, 1))
    for first in range(0, len(given), facts["ins_per"]):  # a few at a time, on what was made before
        some = masks[:, first : first + facts["ins_per"]]
        image, drawn = run(image, some, np.ones(some.shape[:2], bool))
        changed |= (drawn > 0).any((0, 1))
    made = np.uint8(np.dstack([*(image[0] + 1) * 127.5 + 0.5, 255 * changed]))  # (h, w, RGBA)
    patch = Image.fromarray(made).resize((box[2] - box[0], box[3] - box[1]))
    picture.paste(patch, box, patch)


if __name__ == "__main__":
    model, source, target, *mask_files = sys.argv[1:]
    image = Image.open(source).convert("RGB")
    translate(*load(model), image, [Image.open(path).convert("L") for path in mask_files])
    image.save(target)
