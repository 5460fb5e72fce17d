"""Agreement of what was found with the truth."""

import numpy as np
import pytest

from instagan.windows import Window
from instavid.meadow.sampling import sample_scene
from instavid.meadow.source import MeadowSource
from instavid.metrics.meadow_segmenter import judge_scene
from instavid.metrics.resampling import ratio_over_groups
from instavid.metrics.segmentation import SegmentationCounts, compare_frame, match_greedily
from instavid.metrics.segmenter_report import report_on
from instavid.types import Frame, Instances, Mask


def block(left: int, width: int = 10) -> Mask:
    return Mask(Window(left, 0, left + width, 10), np.ones((10, width), bool))


def seen(*masks: Mask, label: str = "sheep") -> Instances:
    return Instances(masks, (label,) * len(masks), (0.9,) * len(masks))


def test_a_perfect_finding_counts_as_one() -> None:
    truth = seen(block(0), block(30))
    assert compare_frame(truth, truth) == SegmentationCounts(1, 2, 2.0, 2, 0)


def test_a_missed_one_counts_as_nothing_and_a_false_one_is_told() -> None:
    counts = compare_frame(seen(block(0), block(30)), seen(block(0), block(70)))
    assert counts == SegmentationCounts(1, 2, 1.0, 1, 1)
    assert compare_frame(seen(), seen()) == SegmentationCounts(frames=1)


def test_a_poor_overlap_counts_as_what_it_is_but_not_as_found() -> None:
    counts = compare_frame(seen(block(0)), seen(block(6)))
    assert counts.iou_sum == pytest.approx(4 / 16)
    assert (counts.found, counts.false) == (0, 1)


def test_the_wrong_class_is_a_miss_and_a_false_finding() -> None:
    counts = compare_frame(seen(block(0)), seen(block(0), label="giraffe"))
    assert (counts.iou_sum, counts.found, counts.false) == (0.0, 0, 1)


def test_the_greatest_overlap_is_matched_first() -> None:
    pairs = match_greedily(seen(block(0), block(4)), seen(block(5)))
    assert [(row, column) for row, column, _ in pairs] == [(1, 0)]


def test_a_sliver_may_be_found_or_not() -> None:
    sliver = block(50, width=2)
    assert compare_frame(seen(), seen(sliver), unjudged=[sliver]).false == 0
    assert compare_frame(seen(), seen(), unjudged=[sliver]).objects == 0


def test_one_group_alone_has_no_spread_to_show() -> None:
    assert ratio_over_groups([3.0], [4.0], seed=1).low == 0.75
    with pytest.raises(ValueError, match="not all 0"):
        ratio_over_groups([0.0], [0.0], seed=1)


class Perfect:
    """Knows the truth."""

    def __init__(self, source: MeadowSource) -> None:
        self._source = source

    def segment(self, frames: list[Frame]) -> list[Instances]:
        return [self._source.rendered(frame.index).instances() for frame in frames]


def test_who_knows_the_truth_is_judged_to_be_perfect() -> None:
    source = MeadowSource(sample_scene(11, count=2), 6, 90, 160)
    counts = judge_scene(Perfect(source), source, conf=0.25)
    report = report_on([counts])
    assert report.mean_iou.value == report.recall.value == 1.0
    assert (report.switches, report.total.false) == (0, 0)
    assert report.tracked == report.total.objects > 0
    assert "mean mask IoU" in report.table()
    assert "facing" in report.table()


def test_which_way_animals_were_said_to_face_is_counted() -> None:
    source = MeadowSource(sample_scene(11, count=2), 30, 90, 160)
    facing = judge_scene(Perfect(source), source, conf=0.25).facing
    assert facing.right >= 30
    assert facing.wrong == 0
    assert facing.right + facing.unknown == 60
