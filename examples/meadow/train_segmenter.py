"""Train a small YOLO segmenter from nothing on a rendered meadow:

instavid data meadow data/segmenter --for segmenter --pictures 2400 --seed 1
python examples/meadow/train_segmenter.py data/segmenter meadow.pt --run runs/segmenter

Run it again with --resume to go on from the last whole epoch.
"""

import argparse
from pathlib import Path

import torch

from instavid.taming import replaced, tamed

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("data", type=Path, help="folder that `instavid data meadow` has written")
parser.add_argument("weights", type=Path, help=".pt file to write")
parser.add_argument("--run", type=Path, required=True, help="folder for checkpoints and logs")
parser.add_argument("--architecture", default="yolo11n-seg.yaml")
parser.add_argument("--refine", type=Path, help="weights to go on from, for finer masks")
parser.add_argument("--epochs", type=int, default=16)
parser.add_argument("--imgsz", type=int, default=320)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--resume", action="store_true")
given = parser.parse_args()
run, kept = given.run.resolve(), given.run.resolve() / "weights"

with tamed():
    from ultralytics import YOLO
    from ultralytics.data import utils as data_utils
    from ultralytics.engine import trainer

    with (
        # It would look for a font for its plots, and download it.
        replaced(data_utils, "check_font", lambda font: None),
        # It refuses bfloat16 on a CPU, where it saves half of the time.
        replaced(trainer, "autocast", lambda *_, **__: torch.autocast("cpu", torch.bfloat16)),
    ):
        torch.set_num_threads(given.threads)
        model = YOLO(kept / "last.pt" if given.resume else given.refine or given.architecture)
        model.train(
            data=str((given.data / "data.yaml").resolve()),
            project=str(run.parent), name=run.name, exist_ok=True, resume=given.resume,
            epochs=given.epochs, batch=16, nbs=16, imgsz=given.imgsz, seed=given.seed,
            device="cpu", amp=False, channels_last=True, plots=False, cache="ram",
            # Without this it would begin anew, whatever weights were loaded.
            pretrained=given.refine is not None,
            # Near animals are 3 times as large as far ones already; animals never stand on heads.
            scale=0.4, flipud=0.0, hsv_h=0.015, hsv_s=0.4, hsv_v=0.3, erasing=0.0,
            # Whole scenes at the end, as they will come; `rect` takes no mosaics, and no padding.
            close_mosaic=max(1, given.epochs // 4), rect=given.refine is not None,
            optimizer="AdamW", lr0=0.001 if given.refine else 0.002, lrf=0.02, momentum=0.9,
            cos_lr=True, warmup_epochs=0.5, warmup_bias_lr=0.0,
        )  # fmt: skip
    best = torch.load(kept / "best.pt", map_location="cpu", weights_only=False)["model"].half()
    # The rest of a checkpoint tells of this machine: paths, branches, times.
    best.args = {"task": "segment", "imgsz": given.imgsz}
    torch.save({"model": best, "train_args": best.args}, given.weights)
