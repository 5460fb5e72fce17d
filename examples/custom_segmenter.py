"""Replace the segmenter: change whatever moves, found by background subtraction, without YOLO.

python examples/custom_segmenter.py field.mp4 changed.mp4 --pair sheep2giraffe
(for a camera that stands still; any class with a `segment` method fits in the same way)
"""

import argparse
from collections.abc import Sequence

import cv2
import numpy as np

import instavid
from instavid.types import Frame, Instances


class MotionSegmenter:
    """Calls every large blob that differs from the background it remembers a `thing`."""

    def __init__(self, min_area: int = 400) -> None:
        self._background = cv2.createBackgroundSubtractorMOG2(detectShadows=False)
        self._min_area = min_area

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        """Return one `Instances` per frame."""
        return [self._segment_one(frame) for frame in frames]

    def _segment_one(self, frame: Frame) -> Instances:
        moving = cv2.medianBlur(self._background.apply(frame.rgb()), 7)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(moving)
        large = [n for n in range(1, len(stats)) if stats[n, cv2.CC_STAT_AREA] >= self._min_area]
        masks = (
            np.stack([labels == n for n in large]) if large else np.zeros((0, *labels.shape), bool)
        )
        return Instances.from_full(masks, ["thing"] * len(large), [1.0] * len(large))


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description="Change whatever moves.")
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--pair", required=True, help="name or folder of a pair")
    arguments = parser.parse_args()

    translator = instavid.InstaGanTranslator.load(arguments.pair)
    follower = instavid.SegmentThenTrack(MotionSegmenter(), instavid.ByteTracker())
    pipeline = instavid.Pipeline(follower, [instavid.Casting(translator)])
    with (
        instavid.open_source(arguments.input) as source,
        instavid.open_sink(arguments.output, like=source.info, overwrite=True) as sink,
    ):
        report = pipeline.run(source, sink)
    print(f"{report.frames} frames, {report.instances} instances changed")


if __name__ == "__main__":
    main()
