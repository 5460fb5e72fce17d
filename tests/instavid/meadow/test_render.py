"""Pictures of the meadow and the truth that comes with them."""

import cv2
import numpy as np
import pytest
from meadows import crossing

from instavid.meadow.render import Rendered, render
from instavid.meadow.sampling import sample_scene
from instavid.meadow.stage import rig_of
from instavid.meadow.world import Scene
from instavid.types import BoolArray

HEIGHT, WIDTH = 180, 320


def shot(scene: Scene, seconds: float = 0.0) -> Rendered:
    return render(scene, seconds, height=HEIGHT, width=WIDTH)


def inside(rendered: Rendered, identity: int) -> BoolArray:
    mask = rendered.masks[rendered.identities.index(identity)]
    return mask.full(*rendered.rgb.shape[:2])


def test_the_same_moment_is_the_same_picture_even_drawn_anew() -> None:
    scene = sample_scene(5)
    first = shot(scene, 2.5)
    rig_of.cache_clear()
    again = shot(scene, 2.5)
    assert np.array_equal(first.rgb, again.rgb)
    assert np.array_equal(first.elements, again.elements)


def test_another_seed_or_time_is_another_picture() -> None:
    first = shot(sample_scene(5)).rgb
    assert (first != shot(sample_scene(5), 1.0).rgb).mean() > 0.2
    assert (first != shot(sample_scene(6)).rgb).mean() > 0.2


@pytest.mark.parametrize("kind", ["sheep", "giraffe"])
def test_what_is_seen_does_not_depend_on_the_size_of_the_frame(kind: str) -> None:
    scene = sample_scene(5, kinds=(kind,), count=3)  # type: ignore[arg-type]
    small = render(scene, 1.0, height=180, width=320)
    large = render(scene, 1.0, height=540, width=960)
    assert small.identities == large.identities
    for identity in small.identities:
        share = cv2.resize(
            inside(large, identity).astype(np.float32), (320, 180), interpolation=cv2.INTER_AREA
        )
        one, other = inside(small, identity), share > 0.5
        assert (one & other).sum() / (one | other).sum() > 0.9
    shrunk = cv2.resize(large.rgb, (320, 180), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(int) - small.rgb).mean() < 6


def test_no_pixel_belongs_to_two_animals() -> None:
    rendered = shot(sample_scene(5, kinds=("sheep", "giraffe"), count=8))
    owners = sum(mask.full(HEIGHT, WIDTH).astype(int) for mask in rendered.masks)
    assert len(rendered.masks) > 4
    assert np.max(owners) == 1


def test_a_mask_is_what_changes_when_its_animal_is_taken_away() -> None:
    scene = crossing()
    rendered, rest = shot(scene, 3.0), shot(scene.without(1), 3.0)
    mask = inside(rendered, 1)
    before, after = rendered.rgb.astype(int), rest.rgb.astype(int)
    assert (np.abs(before - after).max(axis=2) > 8)[mask].mean() > 0.93
    # Beyond the rim, soft over 2 px, there is only its shadow, which makes nothing lighter.
    beyond = ~cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    assert (before - after)[beyond].max() <= 1
    # Who stood behind it is seen again, and nobody else changed.
    assert np.array_equal(inside(rest, 2) & ~mask, inside(rendered, 2))


def test_the_nearer_hides_the_farther_through_a_crossing_and_names_stay() -> None:
    scene = crossing()
    alone = [scene.without(other) for other in (2, 1)]
    for seconds in (2.0, 3.6, 4.0, 4.4, 6.0):
        rendered = shot(scene, seconds)
        assert rendered.identities == (1, 2)
        assert rendered.depths[0] < rendered.depths[1]
        near, far = (inside(shot(only, seconds), i + 1) for i, only in enumerate(alone))
        assert np.array_equal(inside(rendered, 1), near)
        assert np.array_equal(inside(rendered, 2), far & ~near)


def test_an_empty_meadow_has_no_instances() -> None:
    rendered = shot(sample_scene(5, count=0))
    assert rendered.masks == rendered.identities == rendered.labels == ()
    assert len(rendered.instances()) == 0


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 3), (181, 323), (90, 31)])
def test_any_size_will_do(height: int, width: int) -> None:
    rendered = render(sample_scene(5), 0.0, height=height, width=width)
    assert rendered.rgb.shape == (height, width, 3)
    assert rendered.elements.shape == (height, width)


def test_animals_differ_and_giraffes_are_tall() -> None:
    sheep, giraffe = crossing(), sample_scene(5, kinds=("giraffe",), count=1)
    one, other = (shot(sheep.without(i), 2.0) for i in (1, 2))
    colours = [r.rgb[r.masks[0].full(HEIGHT, WIDTH)].mean(axis=0) for r in (one, other)]
    assert np.abs(colours[0] - colours[1]).max() > 4
    window = shot(giraffe).masks[0].window
    assert window.height > 1.1 * window.width
    assert one.masks[0].window.height < one.masks[0].window.width
