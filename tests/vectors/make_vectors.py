"""Make the committed vectors, from our own code after it equalled the reference.

    python tests/vectors/make_vectors.py

Run it only after `pytest tests/instagan/test_parity.py` passed with the reference there.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

from instagan.config import DiscriminatorConfig, GeneratorConfig, StepConfig
from instagan.models.build import build_discriminator, build_generator, build_views
from instagan.training.steps import InstaGanTrainer, Networks
from instagan.types import LossTerms, SetBatch

GENERATOR = GeneratorConfig(base_width=2, blocks=1)
DISCRIMINATOR = DiscriminatorConfig(base_width=2, layers=2)
TARGET = Path(__file__).with_name("instagan.safetensors")


def make_batch(seed: int) -> SetBatch:
    """Two random pictures with three and one boxes as masks, in four slots."""
    rng = torch.Generator().manual_seed(seed)
    image = torch.rand(2, 3, 24, 20, generator=rng) * 2 - 1
    masks = -torch.ones(2, 4, 24, 20)
    for sample, slot in ((0, 0), (0, 1), (0, 2), (1, 1)):
        masks[sample, slot, 2 + 4 * slot : 12 + 3 * slot, 2 + slot : 9 + 3 * slot] = 1
    return SetBatch(image, masks, (masks > 0).any(-1).any(-1))


def start(generator: dict[str, torch.Tensor], judge: dict[str, torch.Tensor]) -> InstaGanTrainer:
    """Return a trainer whose networks all begin with these weights."""
    rng = torch.Generator()
    networks = Networks(
        {d: build_generator(GENERATOR, rng=rng) for d in ("AtoB", "BtoA")},
        {d: build_views(DISCRIMINATOR, rng=rng) for d in ("AtoB", "BtoA")},
    )
    for network in networks.generators.values():
        network.load_state_dict(generator)
    for network in networks.discriminators.values():
        network.judges["picture"].load_state_dict(judge)
    return InstaGanTrainer(networks, StepConfig(), seed=0)


def loss_row(terms: LossTerms) -> torch.Tensor:
    """Return the five losses of one direction as (5,)."""
    names = ("adversarial", "cycle", "identity", "context", "discriminator")
    return torch.stack([getattr(terms, name) for name in names])


def main() -> None:
    rng = torch.Generator().manual_seed(20)
    generator = build_generator(GENERATOR, rng=rng).eval()
    judge = build_discriminator(DISCRIMINATOR, rng=rng).eval()
    for weight in generator.parameters():
        weight.data *= 10  # N(0, 0.2): at N(0, 0.02) the outputs are nearly grey
    first, second = make_batch(1), make_batch(2)
    with torch.no_grad():
        out = generator(first.image, first.masks, first.valid)
        score = judge(first.image, first.masks, first.valid)
    kept = {f"G.{name}": t.clone() for name, t in generator.state_dict().items()}
    kept |= {f"D.{name}": t.clone() for name, t in judge.state_dict().items()}
    kept |= {"G.out.image": out.image, "G.out.masks": out.masks, "D.out.score": score}
    trainer = start(generator.state_dict(), judge.state_dict())
    result = trainer.step(first, second)
    for index, losses in enumerate(result.losses):
        kept |= {f"losses.{index}.{direction}": loss_row(t) for direction, t in losses.items()}
    save_file(kept, TARGET)
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
