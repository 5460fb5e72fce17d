"""A call of every command that works without a camera, each as small as it can be."""

from pathlib import Path

from bars import TINY, write_bars
from world import World


def every_command(world: World, folder: Path) -> list[list[object]]:
    """Return the calls; what they write goes into a folder.

    `demo` is left out: it does what `run`, `data meadow` and `compare` do, and takes a minute.
    """
    data = write_bars(folder / "bars")
    clip, result = world.clip, folder / "out.mkv"
    pair = world.cache / "pairs" / "sheep2giraffe"
    finder = ["--seg-model", world.segmenter, "--imgsz", 64, "-d", "cpu"]
    told = [
        "--domain",
        "A",
        *(part for name in ("sheep", "giraffe", "cow") for part in ("--class", name)),
    ]
    run = [clip, "-p", pair, *finder, "-y"]
    masks = ["--save-masks", folder / "masks.mkv"]
    return [
        ["doctor"],
        ["pairs", "list"],
        ["pairs", "path"],
        ["pairs", "show", pair],
        ["pairs", "export", pair, "--to", "torchscript", "-o", folder / "exported"],
        ["run", *run, "-o", result, *masks, "--progress", "none"],
        ["live", *run, "-o", folder / "live.mkv", "--duration", "0.3"],
        ["compare", clip, result, "-o", folder / "both.mkv"],
        ["eval", "video", clip, result, "--masks", folder / "masks.mkv"],
        ["eval", "segmenter", world.segmenter, "--meadow-seeds", "1..1", "--frames", 2,
         "-d", "cpu"],
        ["bench", "--only", "generator", "--size", "32x32", "--width", 2, "--rounds", 1,
         "-d", "cpu"],
        ["data", "check", data],
        ["data", "preview", data, "-o", folder / "preview.png"],
        ["data", "split", data, "--test", "0.25", "--dry-run"],
        ["data", "from-images", data / "trainA", folder / "photos", *told, *finder,
         "--conf", "0.001", "--least", "0"],
        ["data", "from-video", clip, "-o", folder / "frames", *told, *finder],
        ["data", "meadow", folder / "meadow", "--for", "pair", "--pictures", 1, "--size", "90x160"],
        ["train", "--data", data, "-p", "a2b", "-o", folder / "run", *TINY, "--stages", "24:2",
         "-d", "cpu"],
        ["eval", "pair", pair, "--data", data, "--split", "train", "--judge", world.segmenter,
         "--imgsz", 64, "-d", "cpu", "--inception", "none", "--plots", folder / "plots"],
        ["train-classifier", "--data", data, "-o", folder / "c.safetensors", "--imagenet", "none",
         "--size", 32, "--width", 2, "--steps", 2, "--batch", 4, "-d", "cpu", "--hold-out", "0.3"],
    ]  # fmt: skip
