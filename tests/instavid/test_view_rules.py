"""Which objects are seen well enough to learn from."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from herds import HEIGHT, WIDTH, Box, RedSegmenter

from instavid.core.blurring import blur_of
from instavid.core.fingerprints import alike_among, differing_bits, fingerprint
from instavid.core.visibility import cut_off_share, touched_share
from instavid.datasets.view_rules import ViewRules, judge
from instavid.picture import PictureFormat
from instavid.testing import make_frame, textured
from instavid.types import Frame, Instances, Mask, TrackedInstance

WHOLE = Box(40, 60)


def frame_of(*boxes: Box, blur: float = 0) -> Frame:
    rgb = textured(HEIGHT, WIDTH, seed=1)
    rgb[..., 0] //= 2
    for box in boxes:
        box.paint(rgb)
    rgb = cv2.GaussianBlur(rgb, (0, 0), blur) if blur else rgb
    return make_frame(rgb, picture=PictureFormat("gbrp", WIDTH, HEIGHT))


def verdict_of(box: Box, *others: Box, found: Instances | None = None, **change) -> str | None:
    """Judge the first box of a picture, painted in the order given."""
    frame = frame_of(box, *others)
    (seen,) = RedSegmenter().segment([frame])
    instances = [
        TrackedInstance(number, mask, label, score)
        for number, (mask, label, score) in enumerate(
            zip(seen.masks, seen.labels, seen.scores, strict=True), 1
        )
    ]
    instances[0] = replace(instances[0], **change)
    return judge(instances, found or seen, frame, ViewRules())[0].fault


@pytest.mark.parametrize(
    ("box", "others", "change", "fault"),
    [
        pytest.param(WHOLE, [], {}, None, id="whole"),
        pytest.param(WHOLE, [], {"carried": True}, "guessed", id="carried"),
        pytest.param(WHOLE, [], {"score": 0.49}, "unsure", id="weak"),
        pytest.param(replace(WHOLE, height=63), [], {}, "small", id="63 px high"),
        pytest.param(replace(WHOLE, height=64), [], {}, None, id="64 px high"),
        pytest.param(replace(WHOLE, left=-10), [], {}, "cut off", id="beyond the left edge"),
        pytest.param(replace(WHOLE, top=115), [], {}, "cut off", id="beyond the lower edge"),
        pytest.param(WHOLE, [Box(80, 80, number=1)], {}, "hidden", id="behind another"),
        pytest.param(WHOLE, [Box(90, 60, number=1)], {}, "hidden", id="beside another"),
        pytest.param(WHOLE, [Box(110, 60, number=1)], {}, None, id="near another"),
    ],
)
def test_each_fault_has_its_name(box: Box, others: list[Box], change: dict, fault: str) -> None:
    assert verdict_of(box, *others, **change) == fault


def test_what_the_segmenter_also_takes_for_two_is_doubtful() -> None:
    box = np.zeros((HEIGHT, WIDTH), bool)
    box[60:130, 40:90] = True
    half, speck, beside = (np.zeros_like(box) for _ in range(3))
    half[60:90, 40:90] = speck[60:65, 40:60] = beside[60:90, 80:140] = True

    def found(*masks: np.ndarray) -> Instances:
        return Instances.from_full(np.stack(masks), ["sheep"] * len(masks), [0.1] * len(masks))

    assert verdict_of(WHOLE, found=found(box, half)) == "doubtful"
    assert verdict_of(WHOLE, found=found(box, speck)) is None
    assert verdict_of(WHOLE, found=found(box, beside)) is None


def test_sharper_and_surer_is_better_and_what_is_out_of_focus_is_no_good() -> None:
    (seen,) = RedSegmenter().segment([frame_of(WHOLE)])
    sure = TrackedInstance(1, seen.masks[0], "sheep", 0.9)
    best, soft, unsure, worst = (
        judge([replace(sure, score=score)], seen, frame_of(WHOLE, blur=blur), ViewRules())[0]
        for score, blur in ((0.9, 0), (0.9, 0.4), (0.6, 0), (0.9, 6))
    )
    assert best.quality > soft.quality > 0
    assert best.quality > unsure.quality > 0
    assert (worst.fault, worst.quality) == ("blurred", 0)


def test_legs_may_be_cut_by_the_edge_and_bodies_may_not() -> None:
    giraffe, sheep = np.zeros((200, 300), bool), np.zeros((200, 300), bool)
    giraffe[20:120, 100:200] = True
    giraffe[120:, 100:106] = giraffe[120:, 194:] = True
    giraffe[:, 200:] = False
    sheep[50:120, 240:] = True
    shares = [cut_off_share(Mask.from_full(mask), 200, 300) for mask in (giraffe, sheep)]
    assert shares[0] == pytest.approx(12 / 716, rel=0.1)
    assert shares[1] == pytest.approx(70 / 258, rel=0.1)
    assert cut_off_share(Mask.from_full(np.zeros((9, 9), bool)), 9, 9) == 0


def test_touching_counts_along_the_outline() -> None:
    left, right, far = (np.zeros((60, 100), bool) for _ in range(3))
    left[10:40, 10:40] = right[10:40, 40:70] = far[50:60, 90:] = True
    masks = [Mask.from_full(mask) for mask in (left, right, far)]
    assert touched_share(masks[0], masks[1:]) == pytest.approx(0.25, abs=0.05)
    assert touched_share(masks[0], masks[2:]) == 0
    assert touched_share(masks[0], []) == 0


def test_blur_grows_with_the_blur_and_is_that_of_the_object_alone() -> None:
    blocks = np.random.default_rng(0).integers(0, 255, (9, 9)).astype(np.uint8)
    gray = np.kron(blocks, np.ones((10, 10), np.uint8))
    inside = np.zeros((90, 90), bool)
    inside[30:60, 30:60] = True
    blurs = [
        blur_of(gray if not sigma else cv2.GaussianBlur(gray, (0, 0), sigma), inside)
        for sigma in (0, 1, 2, 4)
    ]
    assert blurs == sorted(blurs)
    assert blurs[0] < 0.2 < 0.5 < blurs[-1]
    around = cv2.GaussianBlur(gray, (0, 0), 4)
    around[15:75, 15:75] = gray[15:75, 15:75]
    assert blur_of(around, inside) == pytest.approx(blurs[0], abs=0.01)
    assert blur_of(np.full((90, 90), 7, np.uint8), inside) == 1


def test_fingerprints_outlive_size_light_and_compression_and_tell_pictures_apart() -> None:
    prints = []
    for seed in range(20):
        gray = textured(96, 160, seed=seed)[..., 1]
        small = cv2.resize(gray, (80, 48), interpolation=cv2.INTER_AREA)
        dark = (gray * 0.6 + 20).astype(np.uint8)
        packed = cv2.imdecode(cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], 0)
        prints.append(fingerprint(gray))
        for same in (small, dark, packed):
            assert differing_bits(prints[-1], fingerprint(same)) <= 4
    lot = np.array(prints, np.uint64)
    for one in prints:
        assert alike_among(one, lot, bits=8).sum() == 1
    assert alike_among(prints[0], lot[:0], bits=8).shape == (0,)
