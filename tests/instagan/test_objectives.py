"""What we add to the paper's training: views, motions, CycleGAN's networks, recipes."""

from typing import get_args

import pytest
import torch

from instagan.config import (
    GeneratorConfig,
    LossWeights,
    StepConfig,
    View,
)
from instagan.losses import temporal_loss
from instagan.masks import as_one, share_out
from instagan.models.build import build_generator, build_views
from instagan.models.views import show
from instagan.training.config import Recipe, TrainConfig, apply_recipe
from instagan.training.motions import draw_motion
from instagan.training.steps import InstaGanTrainer, build_networks
from instagan.types import SetBatch, SetOutput


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def with_box(*, top: int, left: int, side: int, size: tuple[int, int] = (40, 40)) -> SetBatch:
    """Return a grey picture with a box that gets redder from left to right."""
    image = torch.full((1, 3, *size), 0.5)
    masks = torch.full((1, 1, *size), -1.0)
    inside = (0, slice(None), slice(top, top + side), slice(left, left + side))
    masks[inside] = 1.0
    image[0, 0, top : top + side, left : left + side] = torch.linspace(-1, 1, side)
    return SetBatch(image, masks, torch.ones(1, 1, dtype=torch.bool))


def test_the_crop_view_shows_small_and_large_objects_alike():
    small = show(with_box(top=3, left=20, side=10), "crop")
    large = show(with_box(top=5, left=2, side=30), "crop")
    assert small.image.shape == (1, 3, 20, 20)
    share = (small.masks > 0).float().mean()
    assert share == pytest.approx((1 / 1.1) ** 2, abs=0.06)
    assert (large.masks > 0).float().mean() == pytest.approx(float(share), abs=0.06)
    # One step of the small box's colours is two pixels wide.
    middle = (..., slice(3, 17), slice(3, 17))
    assert (small.image[middle] - large.image[middle]).abs().mean() < 0.05
    assert small.image[:, :, 0].abs().max() < 0.3  # hardly any of it in the mask


def test_the_crop_view_of_nothing_is_the_whole_picture_and_gradients_pass():
    batch = with_box(top=4, left=4, side=10, size=(24, 40))
    blank = SetBatch(batch.image, torch.full_like(batch.masks, -1.0), batch.valid)
    assert torch.isfinite(show(blank, "crop").image).all()
    masks = (0.9 * batch.masks).requires_grad_()
    shown = show(SetBatch(batch.image, masks, batch.valid), "crop")
    shown.image.square().sum().backward()
    assert masks.grad is not None
    assert masks.grad.abs().sum() > 0


def test_a_motion_moves_picture_and_masks_as_one_and_knows_where():
    batch = with_box(top=10, left=12, side=16, size=(48, 40))
    motion = draw_motion(batch.image, rng=rng())
    moved = motion.move(batch.image)
    was, now = motion.move(batch.masks) > 0.9, moved[:, :1] != moved[:, 1:2]
    assert (now | ~was).float().mean() > 0.99  # wherever the mask went, the colours went
    assert not torch.allclose(moved, batch.image)
    row = motion.grid[0, 24, 20]
    expected = torch.tensor([20.5, 24.5]) / torch.tensor([20.0, 24.0]) - 1
    assert (row - expected).abs().max() < 0.25
    assert 0.5 < motion.known.float().mean() <= 1
    assert torch.equal(draw_motion(batch.image, rng=rng()).grid, motion.grid)
    assert not torch.equal(draw_motion(batch.image, rng=rng(1)).grid, motion.grid)


def test_the_next_frame_keeps_empty_slots_empty_and_objects_there(make_set):
    batch = SetBatch(*make_set([2, 1, 0], slots=2, size=(32, 32)))
    later = draw_motion(batch.image, rng=rng()).next_given(batch)
    assert torch.equal(later.masks[~batch.valid], batch.masks[~batch.valid])
    assert (later.masks[batch.valid] > 0).flatten(1).any(1).all()
    assert set(later.masks.unique().tolist()) == {-1.0, 1.0}
    overlap = (later.masks > 0) & (batch.masks > 0)
    assert overlap[batch.valid].float().sum() > 0.4 * (batch.masks > 0).float().sum()


def test_the_temporal_loss_is_zero_for_what_moves_along_and_ignores_what_is_not_known(make_set):
    batch = SetBatch(*make_set([1, 1], slots=1, size=(32, 32)))
    motion = draw_motion(batch.image, rng=rng())
    made = SetOutput(batch.image, batch.masks)
    expected = motion.next_made(made)
    assert temporal_loss(expected, expected, known=motion.known) == 0
    elsewhere = torch.where(motion.known, expected.image, expected.image + 5)
    assert temporal_loss(expected, SetOutput(elsewhere, expected.masks), known=motion.known) == 0
    # A generator that paints the same whatever moves.
    still = SetOutput(batch.image.clone().requires_grad_(), batch.masks)
    loss = temporal_loss(expected, still, known=motion.known)
    assert loss > 0.05
    loss.backward()
    assert still.image.grad is not None


def test_the_temporal_loss_steadies_a_generator(make_set):
    """With that loss alone, G(warp x) comes closer to warp G(x) on a motion never trained on."""
    batch = SetBatch(*make_set([1, 1], slots=1, size=(48, 48)))

    def unsteadiness(steps: int) -> float:
        trainer = InstaGanTrainer(
            build_networks(
                GeneratorConfig(base_width=4, blocks=1),
                apply_recipe(make_config(), "video").discriminator,
                rng=rng(),
            ),
            StepConfig(
                ins_max=1,
                ins_per=1,
                learning_rate=2e-3,
                weights=LossWeights(adversarial=0, cycle=0, identity=0, context=0, temporal=1),
            ),
            seed=0,
        )
        results = [trainer.step(batch, batch) for _ in range(steps)]
        assert results[0].losses[0]["AtoB"].temporal > 0
        generator = trainer.networks.generators["AtoB"]
        motion = draw_motion(batch.image, rng=rng(99))
        later = motion.next_given(batch)
        with torch.no_grad():
            made = generator(batch.image, batch.masks, batch.valid)
            next_made = generator(later.image, later.masks, later.valid)
            return float(temporal_loss(motion.next_made(made), next_made, known=motion.known))

    assert unsteadiness(12) < 0.7 * unsteadiness(1)


def test_instances_become_one_and_a_mask_is_shared_out_again(make_set):
    batch = SetBatch(*make_set([2, 1, 0], slots=2, size=(32, 32)))
    one = as_one(batch)
    assert one.valid.tolist() == [[True], [True], [False]]
    assert torch.equal(one.masks[:, 0], batch.masks.amax(1))
    shared = share_out(one.masks, batch.masks, batch.valid)
    assert torch.equal(shared[1, 0], one.masks[1, 0])
    assert torch.equal(shared[~batch.valid], batch.masks[~batch.valid])
    # Side by side each gets its own half of what both fill.
    apart = torch.full((1, 2, 8, 8), -1.0)
    apart[0, 0, 2:6, 0:2] = 1.0
    apart[0, 1, 2:6, 6:8] = 1.0
    halves = share_out(torch.ones(1, 1, 8, 8), apart, torch.ones(1, 2, dtype=torch.bool))
    assert (halves[0, 0, :, :4] == 1).all()
    assert (halves[0, 0, :, 4:] == -1).all()
    assert torch.equal(halves[0, 1], halves[0, 0].flip(1))
    assert share_out(one.masks, batch.masks[:, :0], batch.valid[:, :0]).shape == (3, 0, 32, 32)


@pytest.mark.parametrize("kind", ["resnet", "resnet-seg"])
def test_cyclegans_generators_translate_sets_as_the_pipeline_asks(kind, make_set):
    config = GeneratorConfig(kind=kind, base_width=2, blocks=1)
    network = build_generator(config, rng=rng()).eval()
    image, masks, valid = make_set([2, 1], slots=2, size=(24, 21))
    with torch.no_grad():
        made = network(image, masks, valid, need_masks=True)
        moved = network(image, masks.flip(3), valid)
        plain = network(image, masks, valid, need_masks=False)
    assert made.image.shape == image.shape
    assert made.masks.shape == masks.shape
    assert torch.equal(plain.masks, masks)
    assert torch.equal(made.image, plain.image)
    assert torch.equal(made.image, moved.image) == (kind == "resnet")
    assert torch.equal(made.masks, masks) == (kind == "resnet")


def test_resize_convolutions_keep_sizes_and_leave_no_checkerboard():
    """Of a flat code, a transposed convolution makes a pattern of period two; resizing does not."""
    roughness = {}
    for upsampling in (None, "resize"):
        config = GeneratorConfig(base_width=4, blocks=0, upsampling=upsampling)
        decoder = build_generator(config, rng=rng()).decoder_img
        with torch.no_grad():
            drawn = decoder[0](torch.ones(1, 32, 10, 10))[..., 4:-4, 4:-4]
        roughness[upsampling] = float((drawn - drawn.mean((2, 3), keepdim=True)).abs().max())
    assert roughness["resize"] < 1e-5
    assert roughness[None] > 0.01
    out = build_generator(config, rng=rng())(torch.zeros(1, 3, 9, 6), torch.zeros(1, 0, 9, 6))
    assert out.image.shape == (1, 3, 9, 6)


def make_config() -> TrainConfig:
    from instagan.cards import Domain

    return TrainConfig("a2b", Domain("a", ("a",)), Domain("b", ("b",)))


@pytest.mark.parametrize("recipe", get_args(Recipe))
def test_every_recipe_takes_a_step_in_which_all_its_losses_count(recipe, make_set):
    config = apply_recipe(make_config(), recipe)
    small = {"base_width": 2}
    generator = GeneratorConfig(
        kind=config.generator.kind, blocks=1, upsampling=config.generator.upsampling, **small
    )
    judge = type(config.discriminator)(**{**vars(config.discriminator), **small})
    trainer = InstaGanTrainer(build_networks(generator, judge, rng=rng()), config.step, seed=0)
    batch = SetBatch(*make_set([2, 1], slots=2, size=(48, 48)))
    terms = trainer.step(batch, batch).losses[0]["AtoB"]
    for name, factor in vars(config.step.weights).items():
        assert (getattr(terms, name) > 0) == (factor > 0), name
    assert torch.isclose(terms.generator, sum(getattr(terms, n) for n in vars(LossWeights())))


def test_the_recipes_are_the_ones_documented():
    paper = make_config()
    assert apply_recipe(paper, "paper") == paper
    assert apply_recipe(paper, "cyclegan").step.merge_masks
    assert apply_recipe(paper, "cyclegan").step.weights.context == 0
    seg = apply_recipe(paper, "cyclegan-seg")
    assert (seg.generator.kind, seg.discriminator.kind) == ("resnet-seg", "patch-seg")
    video = apply_recipe(paper, "video")
    assert video.step.weights.temporal > 0
    assert video.step.weights.identity == paper.step.weights.identity > 0
    assert video.ema > 0
    assert video.variation.mask_errors > 0


@pytest.mark.parametrize("view", get_args(View))
def test_a_judge_of_each_view_scores_sets(view, make_set):
    config = apply_recipe(make_config(), "small").discriminator
    judge = build_views(type(config)(**{**vars(config), "views": (view,)}), rng=rng())
    (score,) = judge(SetBatch(*make_set([1], slots=1, size=(48, 48))))
    assert score.isfinite().all()
