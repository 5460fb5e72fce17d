"""Options of the commands that have a segmenter draw masks, and loading what they ask for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from instagan.cli.options import Command, add_options
from instavid.cli.options import device_option
from instavid.defaults import MASK_RCNN, SEGMENTER

if TYPE_CHECKING:
    from instavid.interfaces import Segmenter


def segmenter_options(conf_help: str) -> Callable[[Command], Command]:
    """Return what adds the options that say who draws the masks, for `open_segmenter`.

    Args:
        conf_help: What --conf is the confidence of.
    """
    options: list[Callable[[Command], Command]] = [
        click.option(
            "--masks-by",
            type=click.Choice(["yolo", "maskrcnn"]),
            default="yolo",
            help="YOLO-seg, or torchvision's Mask R-CNN: slower, and under another licence.",
        ),
        click.option(
            "--seg-model",
            metavar="PATH|NAME",
            help=f"Its weights; a name is downloaded once  [default: {SEGMENTER}, or {MASK_RCNN}]",
        ),
        click.option(
            "--imgsz",
            type=click.IntRange(32, 4096),
            help="Longer side of what it sees, px; for small pictures about their own size  "
            "[default: as it was trained]",
        ),
        click.option("--conf", default=0.5, type=click.FloatRange(0, 1), help=conf_help),
        device_option(),
    ]
    return lambda command: add_options(command, options)


def open_segmenter(
    *,
    masks_by: str,
    seg_model: str | None,
    imgsz: int | None,
    conf: float,
    device: str,
    classes: tuple[str, ...],
) -> "Segmenter":
    """Load the segmenter that the options ask for.

    Raises:
        ModelError: Its weights are missing or damaged.
        UsageError: It does not know a class.
        UnavailableError: The device is not there.
    """
    from instavid.devices import resolve_device

    where = str(resolve_device(device))
    if masks_by == "maskrcnn":
        from instavid.segmenters.mask_rcnn import MaskRcnnSegmenter

        return MaskRcnnSegmenter(
            seg_model or MASK_RCNN, device=where, imgsz=imgsz, conf=conf, classes=classes
        )
    from instavid.segmenters.yolo import YoloSegmenter

    return YoloSegmenter(
        seg_model or SEGMENTER, device=where, imgsz=imgsz, conf=conf, classes=classes
    )
