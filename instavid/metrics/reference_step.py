"""The InstaGAN authors' own training step, from the same checkout as their generator.

Nothing of theirs is part of this project; their files are run from where they lie.
"""

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from instagan.config import Direction
from instagan.training.config import TrainConfig
from instagan.training.steps import Networks
from instagan.types import SetBatch
from instavid.errors import UsageError
from instavid.metrics.reference import find_networks, import_with_packages

BLOCKS = 9
"""Residual blocks of each of their encoders; no option of theirs changes that."""

_LETTERS: Mapping[Direction, str] = {"AtoB": "A", "BtoA": "B"}

# Of AtoB, then of BtoA. Their identity loss is named after the generator that it trains.
_LOSSES = ("G_A", "cyc_A", "idt_B", "ctx_A", "D_A", "G_B", "cyc_B", "idt_A", "ctx_B", "D_B")


class ReferenceStep:
    """The authors' model in training."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def step(self, a: SetBatch, b: SetBatch) -> None:
        """Optimise on one sample of each domain, on their device, as their training loop does."""
        given = {"A": a.image, "A_segs": a.masks, "B": b.image, "B_segs": b.masks}
        self._model.set_input({**given, "A_paths": [], "B_paths": []})
        self._model.optimize_parameters()

    def losses(self, a: SetBatch, b: SetBatch) -> Tensor:
        """Return the (10,) weighted losses of a step that leaves the weights as they are.

        Those of the last mini-batch that had an instance, on the CPU: AtoB's, then BtoA's;
        adversarial, cycle, identity, context, and the discriminator's.
        """
        groups = [group for optimizer in self._model.optimizers for group in optimizer.param_groups]
        rates = [group["lr"] for group in groups]
        for group in groups:
            group["lr"] = 0.0
        self.step(a, b)
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate
        told = [getattr(self._model, f"loss_{name}") for name in _LOSSES]
        return torch.stack([torch.as_tensor(loss).detach().float().cpu() for loss in told])


def load_reference_step(
    place: str | Path, networks: Networks, config: TrainConfig, *, device: torch.device
) -> ReferenceStep:
    """Return the authors' training step with our weights and settings.

    This runs the Python files that it finds.

    Args:
        place: The checkout.
        networks: Lend their weights; the names of the parameters are the same.
        config: Of `networks`, with the paper's objectives.
        device: Where to compute.

    Raises:
        UsageError: There are no such files, they do not run, or they build other networks.
    """
    path = find_networks(place).resolve().with_name("insta_gan_model.py")
    if not path.is_file():
        raise UsageError(f"no {path}: give a whole checkout of github.com/sangwoomo/instagan")
    # What they print is no result of ours.
    with redirect_stdout(sys.stderr):
        module = import_with_packages(path)
        try:
            model = module.InstaGANModel()
            model.initialize(_options(config))
            _lend(model, networks, device)
        except Exception as error:  # whatever foreign code raises
            raise UsageError(f"{path} does not build the authors' model: {error}") from error
    return ReferenceStep(model)


def _lend(model: Any, networks: Networks, device: torch.device) -> None:
    """Move their model, and give it our weights; their optimisers keep the same parameters."""
    model.device = device
    model.criterionGAN.to(device)
    for direction, letter in _LETTERS.items():
        judge = networks.discriminators[direction].get_submodule("judges.picture")
        for name, ours in (("netG_", networks.generators[direction]), ("netD_", judge)):
            theirs = getattr(model, name + letter)
            theirs.load_state_dict(ours.state_dict())
            theirs.to(device)


def _options(config: TrainConfig) -> SimpleNamespace:
    """Return what their model asks of its options; those of files and folders are not used."""
    step, weights = config.step, config.step.weights
    return SimpleNamespace(
        input_nc=3,
        output_nc=3,
        netG="set",
        netD="set",
        norm="instance",
        ngf=config.generator.base_width,
        ndf=config.discriminator.base_width,
        n_layers_D=config.discriminator.layers,
        no_dropout=True,
        init_type="normal",
        init_gain=0.02,
        lambda_A=weights.cycle,
        lambda_B=weights.cycle,
        # These two multiply those of the cycle loss.
        lambda_idt=weights.identity / weights.cycle,
        lambda_ctx=weights.context / weights.cycle,
        no_lsgan=False,
        ins_max=step.ins_max,
        ins_per=step.ins_per,
        set_order=step.order,
        pool_size=step.pool_size,
        lr=step.learning_rate,
        beta1=step.betas[0],
        isTrain=True,
        direction="AtoB",
        gpu_ids=[],
        checkpoints_dir="",
        name="",
        # Keeps them from changing a setting of cuDNN that both sides share.
        resize_or_crop="scale_width",
    )
