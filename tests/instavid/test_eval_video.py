"""Steadiness, sharpness and what else was changed, on frames whose motion is known."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import cv2
import numpy as np
import pytest

from instavid.core.composite import NEW_MASK, OLD_MASK, TOUCHED
from instavid.meadow.flow import flow
from instavid.meadow.render import render
from instavid.meadow.sampling import sample_scene
from instavid.metrics.differences import DifferenceTally, OutsideDifference
from instavid.metrics.moments import Moment
from instavid.metrics.video_measure import MotionBetween, VideoMeter
from instavid.metrics.warping import Motion, measure_motion
from instavid.picture import PictureFormat
from instavid.testing import make_frame, textured
from instavid.types import BoolArray, ByteArray, Frame

HEIGHT, WIDTH, STEP = 96, 160, 2
GRAIN = np.random.default_rng(0).integers(0, 30, (HEIGHT, 400, 3))
WIDE = (textured(HEIGHT, 400) // 2 + 40 + GRAIN).astype(np.uint8)  # leaves room to brighten
BOTH = OLD_MASK | NEW_MASK | TOUCHED


def panned(count: int) -> list[ByteArray]:
    return [WIDE[:, STEP * n : STEP * n + WIDTH] for n in range(count)]


def shift(before: Moment, now: Moment) -> Motion:
    """Tell the truth about `panned`: everything was further right by one step."""
    backward = np.zeros((*now.gray.shape, 2), np.float32)
    backward[..., 0] = STEP
    visible = np.ones(now.gray.shape, bool)
    visible[:, -STEP:] = False
    return Motion(backward, visible)


def rgb_frame(rgb: ByteArray, index: int) -> Frame:
    height, width = rgb.shape[:2]
    return make_frame(rgb, index=index, picture=PictureFormat("gbrp", width, height))


def matte(old: BoolArray, new: BoolArray) -> ByteArray:
    touched = TOUCHED * (old | new)
    return (OLD_MASK * old + NEW_MASK * new + touched).astype(np.uint8)


def box(left: int, right: int, *, top: int = 30, bottom: int = 70) -> BoolArray:
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[top:bottom, left:right] = True
    return inside


def meter(
    sources: Sequence[ByteArray],
    results: Sequence[ByteArray],
    *,
    mattes: Sequence[ByteArray] | None = None,
    references: Sequence[ByteArray] | None = None,
    motion: MotionBetween = shift,
) -> VideoMeter:
    made = VideoMeter(motion=motion, has_mattes=mattes is not None)
    for n, (source, result) in enumerate(zip(sources, results, strict=True)):
        made.add(
            rgb_frame(source, n),
            rgb_frame(result, n),
            matte=mattes[n] if mattes is not None else None,
            reference=rgb_frame(references[n], n) if references is not None else None,
        )
    return made


def test_what_moves_with_the_source_has_no_warping_error() -> None:
    frames = panned(5)
    found = meter(frames, [255 - frame for frame in frames])
    assert (found.frames, found.pairs, found.cuts) == (5, 4, 0)
    assert found.result_errors == found.source_errors == [0.0] * 4


def test_one_frame_has_nothing_to_be_compared_with() -> None:
    found = meter(panned(1), panned(1))
    assert (found.frames, found.pairs, found.result_errors) == (1, 0, [])


def test_flicker_is_squared() -> None:
    frames = panned(4)
    blinking = [frame + np.uint8(40 * (n % 2)) for n, frame in enumerate(frames)]
    assert meter(frames, blinking).result_errors == pytest.approx([(40 / 255) ** 2] * 3, rel=1e-4)


def test_only_what_is_in_both_silhouettes_counts_as_the_object() -> None:
    frames = panned(3)
    old, new = box(40, 80), box(60, 100)
    blinking = [frame.copy() for frame in frames]
    blinking[1][~(old & new)] += 40
    mattes = [matte(old, new)] * 3
    found = meter(frames, blinking, mattes=mattes)
    # One step of the pan brings two columns in from beside it.
    assert found.result_errors == pytest.approx([0.0, (40 / 255) ** 2 * 2 / 20], rel=1e-4)


def test_a_blurred_result_is_less_sharp_and_not_less_steady() -> None:
    frames = panned(3)
    blurred = [cv2.GaussianBlur(frame, (0, 0), 2) for frame in frames]
    found = meter(frames, blurred)
    assert fmean(found.result_errors) < 1e-4
    assert fmean(found.result_sharpness) < 0.5 * fmean(found.reference_sharpness)
    same = meter(frames, blurred, references=blurred)
    assert same.result_sharpness == same.reference_sharpness


def test_averaging_over_time_lowers_the_warping_error_and_shows_in_the_sharpness() -> None:
    frames = panned(6)
    noise = np.random.default_rng(0).integers(0, 60, (6, HEIGHT, WIDTH, 3))
    noisy = [(frame + extra).astype(np.uint8) for frame, extra in zip(frames, noise, strict=True)]
    means = [
        ((a.astype(int) + b) // 2).astype(np.uint8)
        for a, b in zip(noisy, noisy[1:] + noisy[:1], strict=True)
    ]
    raw, ghosting = meter(frames, noisy), meter(frames, means, references=noisy)
    assert fmean(ghosting.result_errors[:4]) < 0.8 * fmean(raw.result_errors[:4])
    assert fmean(ghosting.result_sharpness) < 0.7 * fmean(ghosting.reference_sharpness)


def test_a_mask_that_moves_with_its_object_does_not_flicker() -> None:
    frames = panned(4)
    boxes = [box(60 - STEP * n, 100 - STEP * n) for n in range(4)]
    found = meter(frames, frames, mattes=[matte(inside, inside) for inside in boxes])
    assert found.mask_changes == [0.0] * 3
    assert found.frames_lost == 0


def test_a_mask_that_comes_and_goes_flickers_by_as_much_as_changes() -> None:
    frames = panned(3)
    old = [box(60 - STEP * n, 100 - STEP * n) for n in range(3)]
    new = [old[0], box(58, 88), np.zeros_like(old[0])]
    found = meter(frames, frames, mattes=[matte(a, b) for a, b in zip(old, new, strict=True)])
    assert found.mask_changes == pytest.approx([0.25, 1.0])
    assert found.old_mask_changes == [0.0, 0.0]
    assert found.frames_lost == 1


def test_a_neck_moves_with_the_body_below_it() -> None:
    # The background stands, the body walks left by one step a frame, the neck is drawn above it.
    def motion(before: Moment, now: Moment) -> Motion:
        backward = np.zeros((HEIGHT, WIDTH, 2), np.float32)
        backward[now.old] = (STEP, 0)
        return Motion(backward, np.ones((HEIGHT, WIDTH), bool))

    scenery, hide = WIDE[:, 200 : 200 + WIDTH], 255 - WIDE[:, :WIDTH]
    sources, results, mattes = [], [], []
    for n in range(4):
        left = 60 - STEP * n
        body, neck = box(left, left + 40), box(left, left + 12, top=5, bottom=30)
        coat = np.roll(hide, -STEP * n, axis=1)
        sources.append(np.where(body[..., None], coat, scenery))
        results.append(np.where((body | neck)[..., None], coat, scenery))
        mattes.append(matte(body, body | neck))
    found = meter(sources, results, mattes=mattes, motion=motion)
    assert found.mask_changes == [0.0] * 3
    assert found.grown_errors == [0.0] * 3


def test_a_new_scene_is_not_compared_with_the_one_before() -> None:
    other = textured(HEIGHT, WIDTH, seed=9)[::-1]
    frames = [*panned(2), other, other]
    found = meter(frames, frames, motion=lambda before, now: replace(shift(before, now)))
    assert (found.cuts, found.pairs) == (1, 2)


def test_differences_are_counted_outside_in_every_plane() -> None:
    source = make_frame(textured(8, 12))
    touched = np.zeros((8, 12), bool)
    touched[0:3, 0:3] = True
    luma, chroma, other = (plane.copy() for plane in source.planes)
    luma[0, 0] ^= 64  # touched
    luma[7, 11] ^= 8
    chroma[1, 1] ^= 64  # covers a touched pixel
    chroma[3, 5] ^= 16
    found = OutsideDifference(DifferenceTally(), DifferenceTally())
    found.add(source, replace(source, planes=(luma, chroma, other)), touched)
    assert (found.luma.largest, found.luma.total, found.luma.samples) == (8, 8, 96 - 9)
    assert (found.all.largest, found.all.total) == (16, 24)
    assert found.all.samples == 96 - 9 + 2 * (24 - 4)


def test_frames_of_other_formats_are_not_compared_by_samples() -> None:
    found = VideoMeter()
    found.add(make_frame(textured(16, 16)), rgb_frame(textured(16, 16), 0))
    assert found.formats_differ


def test_flow_finds_a_pan_and_what_cannot_be_seen_before() -> None:
    before, now = (cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in panned(2))
    motion = measure_motion(before, now)
    assert np.median(np.abs(motion.backward - (STEP, 0))) < 0.1
    assert not motion.visible[:, -1].any()
    assert motion.visible[:, : -2 * STEP].mean() > 0.8


def test_a_rendered_scene_is_steady_by_its_own_flow() -> None:
    scene, size = sample_scene(5, count=2), {"height": 135, "width": 240}
    frames = [render(scene, n / 5, **size).rgb for n in range(3)]

    def exactly(before: Moment, now: Moment) -> Motion:
        found = flow(scene, now.index / 5, before.index / 5, **size)
        return Motion(found.vectors, found.visible)

    def still(before: Moment, now: Moment) -> Motion:
        return Motion(np.zeros((*now.gray.shape, 2), np.float32), np.ones(now.gray.shape, bool))

    known, unmoved = (meter(frames, frames, motion=motion) for motion in (exactly, still))
    assert fmean(known.source_errors) < 0.5 * fmean(unmoved.source_errors)
