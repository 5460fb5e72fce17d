"""How far made objects are from real ones: an MMD of features that nobody trained.

The features are those of a small network of fixed random weights, so that no judge, no download
and no loss of the training has a part in it. It tells a generator that has learnt from one that
has not, or has diverged; two good ones it orders hardly better than chance. See docs/training.md.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from instagan.masks import coverage

_WIDTHS = (4, 16, 32, 64, 128)
_SEED = 0
_LEAK = 0.2
# The mixture of Binkowski et al. 2018 ("Demystifying MMD GANs"), section 5. Its values are within
# 0 to 1: one odd picture cannot decide, as it would with the cubic kernel of their KID.
_ALPHAS = (0.2, 0.5, 1.0, 2.0, 5.0)


class RandomFeatures(nn.Module):
    """Four strided convolutions of He et al.'s (2015) random weights, always the same ones."""

    def __init__(self) -> None:
        super().__init__()
        rng = torch.Generator().manual_seed(_SEED)
        self.layers = nn.ModuleList()
        for before, after in pairwise(_WIDTHS):
            with torch.device("meta"):  # else it would draw weights of its own, from all our luck
                layer = nn.Conv2d(before, after, 4, stride=2, padding=1, bias=False)
            self.layers.append(layer.to_empty(device="cpu"))
            nn.init.kaiming_normal_(layer.weight, a=_LEAK, generator=rng)

    @torch.no_grad()
    def forward(self, image: Tensor, masks: Tensor) -> Tensor:
        """Return (B, 480) float32: mean and spread over the picture of every channel.

        Args:
            image: (B, 3, H, W) float in [-1, 1], 16 px or larger; what no mask covers is not seen.
            masks: (B, N, H, W) float in [-1, 1].
        """
        inside = coverage(masks)
        x = torch.cat([image * inside, inside * 2 - 1], 1)
        found = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), _LEAK)
            found += [x.mean((2, 3)), x.std((2, 3), correction=0)]
        return torch.cat(found, 1)


def mmd(made: Tensor, real: Tensor) -> float:
    """Return the squared maximum mean discrepancy of two sets of features.

    No row is compared with itself (Gretton et al. 2012, eq. 3), so that it is near 0, and may be
    below, for two sets of one kind, however small. It is at most 2.

    Args:
        made, real: (N, D) and (M, D) float, two rows or more; the columns are brought to the
            mean and the spread of `real`.
    """
    middle, spread = real.mean(0), real.std(0) + 1e-6
    x, y = ((rows - middle) / spread for rows in (made, real))
    within = _mean_off_diagonal(_kernel(x, x)) + _mean_off_diagonal(_kernel(y, y))
    return float(within - 2 * _kernel(x, y).mean())


def _kernel(x: Tensor, y: Tensor) -> Tensor:
    squares = torch.cdist(x, y).square() / x.shape[1]
    return torch.stack([(1 + squares / (2 * a)) ** -a for a in _ALPHAS]).mean(0)


def _mean_off_diagonal(square: Tensor) -> Tensor:
    count = len(square)
    return (square.sum() - square.trace()) / (count * (count - 1))
