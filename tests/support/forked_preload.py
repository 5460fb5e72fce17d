"""What the process that forks runs imports beforehand."""

import scipy.optimize  # noqa: F401
import torch

import instavid.api
import instavid.cli.run
import instavid.testing
import instavid.trackers.bytetrack  # noqa: F401
from instavid.taming import tamed

# What would be imported at the first use, in every child again.
with tamed():
    import ultralytics.trackers.byte_tracker  # noqa: F401

torch.set_num_threads(1)
