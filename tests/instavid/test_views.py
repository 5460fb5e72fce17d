"""What is kept of a view shows training what inference sees; and which views are kept."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from instagan.cards import CropMargins
from instagan.data.crops import cut_crops
from instavid.core.crops import cut_crop, plan_crops
from instavid.core.fingerprints import differing_bits
from instavid.datasets.scenes import Scene, SceneWatch, choose_test, unite_scenes
from instavid.datasets.sharing_out import share_scenes
from instavid.datasets.view_choice import Choice, without_doubles
from instavid.datasets.views import View, cut_view, group_views
from instavid.picture import PictureFormat
from instavid.testing import make_frame, textured
from instavid.types import Frame, Mask, TrackedInstance

HEIGHT, WIDTH = 240, 420
VIEW = View("field", 1, 0, 1, objects=1, fingerprint=0, quality=0.5)


def frame(aspect: Fraction = Fraction(1)) -> Frame:
    picture = PictureFormat("gbrp", WIDTH, HEIGHT, sample_aspect_ratio=aspect)
    return make_frame(textured(HEIGHT, WIDTH, seed=3), picture=picture)


def instance(left: int, top: int, width: int, height: int, *, track: int = 1) -> TrackedInstance:
    full = np.zeros((HEIGHT, WIDTH), bool)
    full[max(0, top) : top + height, max(0, left) : left + width] = True
    return TrackedInstance(track, Mask.from_full(full), "sheep", 0.9)


# Eighths, so that no sum is rounded: 0.15 of a height may fall on either side of half a pixel.
@pytest.mark.parametrize(
    "margins",
    [CropMargins(), CropMargins(1.5, 0.125, 0.625, 0.625), CropMargins(0.125, 0.125, 0, 0)],
)
@pytest.mark.parametrize("aspect", [1.0, 0.75])
def test_training_cuts_out_of_a_view_what_inference_cuts_out_of_the_frame(
    margins: CropMargins, aspect: float
) -> None:
    seen = frame()
    rng = np.random.default_rng(0)
    # Far larger than any crop, so that none is shrunk.
    size = 4000, round(4000 * aspect)
    for _ in range(40):
        height = int(rng.integers(8, 120))
        width = int(height * rng.uniform(0.4, 1.8)) + 1
        left, top = int(rng.integers(0, WIDTH - width)), int(rng.integers(0, HEIGHT - height))
        one = instance(left, top, width, height)
        (plan,) = plan_crops(
            [one],
            margins=(margins.top, margins.bottom, margins.left, margins.right),
            aspect=aspect,
            frame_width=WIDTH,
            frame_height=HEIGHT,
        )
        expected = cut_crop(seen, plan)
        rgb, masks = cut_view(seen, [one])
        (crop,) = cut_crops(
            torch.from_numpy(rgb).permute(2, 0, 1),
            torch.from_numpy(np.stack(masks)),
            margins=margins,
            size=size,
            least=0,
        )
        rows, columns = crop.windows[0].slices
        assert torch.equal(
            crop.image[:, rows, columns], torch.from_numpy(expected.rgb).permute(2, 0, 1)
        )
        assert torch.equal(crop.masks[:, rows, columns], torch.from_numpy(expected.masks))


def test_a_view_of_a_small_object_is_not_the_whole_frame() -> None:
    rgb, (mask,) = cut_view(frame(), [instance(200, 100, 12, 10)])
    assert rgb.shape == (10 + 2 * 30, 12 + 2 * 30, 3)
    assert mask.shape == rgb.shape[:2]
    assert mask[30:40, 30:42].all()
    assert mask.sum() == 120


@pytest.mark.parametrize(
    ("aspect", "size"), [(Fraction(4, 3), (240, 560)), (Fraction(1, 2), (480, 420))]
)
def test_samples_are_made_square(aspect: Fraction, size: tuple[int, int]) -> None:
    rgb, (mask,) = cut_view(frame(aspect), [instance(100, 60, 90, 120)])
    assert rgb.shape[:2] == mask.shape == size
    seen = Mask.from_full(mask).window
    assert (seen.width / 90) / (seen.height / 120) == pytest.approx(float(aspect), rel=0.01)


def test_views_are_the_groups_that_inference_forms() -> None:
    left, near, apart = (
        instance(x, 50, 40, 60, track=track) for track, x in enumerate((10, 35, 200), 1)
    )
    views = list(group_views([left, near, apart]))
    assert views == [(left, near), (apart,)]
    _, masks = cut_view(frame(), views[0])
    assert [int(mask.sum()) for mask in masks] == [2400, 2400]
    assert list(group_views([])) == []


def view(frame: int, fingerprint: int, quality: float = 0.5) -> View:
    return replace(VIEW, frame=frame, fingerprint=fingerprint, quality=quality)


def offer(views: Sequence[View], *, most: int = 9) -> tuple[Choice, list[tuple[int, str]]]:
    choice, lost = Choice(), list[tuple[int, str]]()
    for one in views:
        choice, losses = choice.offered(one, most=most, bits=8)
        lost += [(loss.frame, reason) for loss, reason in losses]
    return choice, lost


def test_of_views_that_look_alike_the_best_is_kept() -> None:
    better = view(1, 0b1, quality=0.9)
    choice, lost = offer([view(0, 0), better, view(2, 0b11)])
    assert (choice.views, lost) == ((better,), [(0, "alike"), (2, "alike")])
    bridge = view(2, 0xFF, quality=0.9)  # like both, which are not like each other
    choice, lost = offer([view(0, 0), view(1, 0xFFFF), bridge])
    assert (choice.views, lost) == ((bridge,), [(0, "alike"), (1, "alike")])


def test_of_too_many_the_worse_of_the_nearest_two_goes() -> None:
    first, near, far = view(0, 0), view(1, 2**10 - 1, quality=0.9), view(2, 2**40 - 1)
    choice, lost = offer([first, far, near], most=2)
    assert (choice.views, lost) == ((far, near), [(0, "surplus")])
    choice, lost = offer([far], most=1)
    assert (choice.views, lost) == ((far,), [])


def test_what_is_kept_is_never_more_than_asked_and_never_alike() -> None:
    rng = np.random.default_rng(0)
    views = [view(n, int(rng.integers(2**63)) >> 30, float(rng.random())) for n in range(300)]
    choice, lost = offer(views, most=5)
    assert len(choice.views) == 5
    assert len(lost) == 295
    for one in choice.views:
        for other in choice.views:
            assert one is other or differing_bits(one.fingerprint, other.fingerprint) > 8


def test_doubles_of_other_clips_go_too() -> None:
    here, there = view(0, 7), replace(view(5, 6, quality=0.9), clip="wood")
    other = view(9, 2**60 - 1)
    assert without_doubles([here, there, other], bits=8) == ([other, there], [(here, "alike")])
    assert without_doubles([], bits=8) == ([], [])


def test_scenes_that_share_a_look_are_one_even_through_a_third() -> None:
    scenes = [
        Scene("a", (0, 2**30 - 1)),
        Scene("b", (2**60 - 1,)),
        Scene("c", (2**60 - 2, 0b111)),
        Scene("d", (0xF0F0F0F0F0F0F0F0,)),
        Scene("e", ()),
    ]
    assert unite_scenes(scenes) == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "e"}
    assert unite_scenes([]) == {}


def test_black_frames_are_no_look() -> None:
    watch = SceneWatch("fade")
    watch.see(np.zeros((36, 64, 3), np.uint8))
    assert watch.scene() == Scene("fade", ())
    for seed in range(1000):
        watch.see(textured(36, 64, seed=seed))
    assert len(watch.scene().looks) == 16


@pytest.mark.parametrize(
    ("sizes", "share", "test"),
    [
        ({}, 0.1, 0),
        ({"a": 9}, 0.5, 0),
        ({"a": 90, "b": 10}, 0.1, 10),
        ({"a": 60, "b": 40}, 0.1, 0),
        ({"a": 85, "b": 15}, 0.1, 15),
        ({f"clip{n}": 1 for n in range(50)}, 0.1, 5),
        ({f"clip{n}": 1 for n in range(50)}, 0.0, 0),
    ],
)
def test_whole_scenes_go_to_test_up_to_about_the_share(
    sizes: dict[str, int], share: float, test: int
) -> None:
    chosen = choose_test(sizes, share)
    assert sum(sizes[name] for name in chosen) == test
    assert chosen == choose_test(dict(reversed(sizes.items())), share)


def shared(clips: dict[str, tuple[int, int]], share: float) -> tuple[dict[str, str], str]:
    """Share out clips, each with its number of views and its look; return splits and warnings."""
    views = [
        replace(VIEW, clip=clip, frame=n) for clip, (many, _) in clips.items() for n in range(many)
    ]
    scenes = [Scene(f"{clip}_s01", (look,)) for clip, (_, look) in clips.items()]
    sharing = share_scenes(views, scenes, share=share, domain="A")
    return sharing.splits(), " ".join(sharing.warnings)


def test_too_few_scenes_are_told() -> None:
    assert shared({"a": (9, 0)}, 0.1) == (
        {"a_s01": "train"},
        "the only scene of domain A is all in train; give clips of more scenes",
    )
    splits, told = shared({"a": (6, 0), "b": (4, 2**60 - 1)}, 0.1)
    assert set(splits.values()) == {"train"}
    assert "2 scenes of domain A are too few for a test share of 0.1" in told
    assert "--test-share 0.40" in told
    splits, told = shared({"a": (6, 0), "b": (4, 2**60 - 1)}, 0.4)
    assert splits == {"a_s01": "train", "b_s01": "test"}
    assert "only 1 of 2 scenes of domain A in test" in told
    assert shared({"a": (6, 0)}, 0)[1] == ""


@pytest.mark.parametrize("clips", [{}, {"a": (0, 0)}, {"a": (0, 0), "b": (0, 9)}])
def test_where_no_view_is_kept_nothing_is_shared_and_nothing_said(
    clips: dict[str, tuple[int, int]],
) -> None:
    assert shared(clips, 0.1) == ({}, "")


def test_the_same_scene_is_never_on_both_sides() -> None:
    splits, told = shared({"a": (6, 0), "copy": (6, 1), "b": (3, 2**60 - 1)}, 0.2)
    assert splits == {"a_s01": "train", "copy_s01": "train", "b_s01": "test"}
    assert "1 of 2 scenes" in told
    splits, _ = shared({"a": (1, 1), "b": (20, 2**60 - 1), "copy": (1, 0)}, 0.1)
    assert splits == {"a_s01": "test", "b_s01": "train", "copy_s01": "test"}
