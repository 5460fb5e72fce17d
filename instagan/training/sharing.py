"""What several training processes do together; one process does it with itself.

Every process draws the same batches and computes its own rows of them. Gradients are summed, and
each process updates its own, equal copy of the networks.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

import torch
import torch.distributed as dist
from torch import Tensor, nn

from instagan.errors import ConfigError
from instagan.types import SetBatch

# One that died must not keep the others waiting for ever; compiling takes minutes.
_PATIENCE = timedelta(minutes=30)


class Sharing(Protocol):
    """One process among `world`."""

    rank: int
    world: int

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its sum over all processes."""

    def add_up_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """The same of gradients; who has none counts as zero, unless nobody has one."""

    def gather(self, batch: SetBatch) -> SetBatch:
        """Return the rows of all processes, in order of rank; each gives as many."""

    def agree(self, flag: bool) -> bool:
        """Say whether any process says so."""

    def copy_buffers(self, networks: Iterable[nn.Module]) -> None:
        """Take over the buffers of the first process."""

    def wait(self) -> None:
        """Wait until all are here."""


class Alone:
    """The only process; satisfies `Sharing`."""

    rank, world = 0, 1

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Do nothing."""

    def add_up_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Do nothing."""

    def gather(self, batch: SetBatch) -> SetBatch:
        """Return the batch."""
        return batch

    def agree(self, flag: bool) -> bool:
        """Return the flag."""
        return flag

    def copy_buffers(self, networks: Iterable[nn.Module]) -> None:
        """Do nothing."""

    def wait(self) -> None:
        """Do nothing."""


class ProcessGroup:
    """One of several processes that torchrun started; satisfies `Sharing`."""

    def __init__(self) -> None:
        self.rank, self.world = dist.get_rank(), dist.get_world_size()

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Sum in one message."""
        if not tensors:
            return
        flat = torch.cat([tensor.detach().flatten().float() for tensor in tensors])
        dist.all_reduce(flat)
        parts = torch.split(flat, [tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))

    def add_up_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Ask first who has any: Adam leaves parameters without a gradient alone."""
        has = torch.tensor([float(p.grad is not None) for p in parameters])
        has = has.to(parameters[0].device)
        dist.all_reduce(has, op=dist.ReduceOp.MAX)
        some = [p for p, known in zip(parameters, has.tolist(), strict=True) if known]
        for parameter in some:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        self.add_up([parameter.grad for parameter in some if parameter.grad is not None])

    def gather(self, batch: SetBatch) -> SetBatch:
        """Exchange pictures and masks; what is valid is sent along with them."""
        device = batch.image.device
        valid = batch.valid.to(device, torch.uint8)
        image, masks, known = (self._gather(x) for x in (batch.image, batch.masks, valid))
        return SetBatch(image, masks, known.bool().to(batch.valid.device))

    def agree(self, flag: bool) -> bool:
        """Ask all."""
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        told = torch.tensor(float(flag), device=device)
        dist.all_reduce(told, op=dist.ReduceOp.MAX)
        return bool(told)

    def copy_buffers(self, networks: Iterable[nn.Module]) -> None:
        """Send them from the first process: power iterations see as many masks as a batch has."""
        for network in networks:
            for buffer in network.buffers():
                dist.broadcast(buffer, 0)

    def wait(self) -> None:
        """Ask all something that does not matter: nobody gets an answer before all have asked."""
        self.agree(False)

    def _gather(self, x: Tensor) -> Tensor:
        found = [torch.empty(x.shape, dtype=x.dtype, device=x.device) for _ in range(self.world)]
        dist.all_gather(found, x.contiguous())
        return torch.cat(found)


@contextmanager
def joined_processes(device: torch.device) -> Iterator[tuple[Sharing, torch.device]]:
    """Join the processes that torchrun started, or be alone, for the block.

    Args:
        device: "cuda" without a number becomes the one of this process.

    Yields:
        What to share with, and the device to use.

    Raises:
        ConfigError: The others cannot be reached.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Alone(), device
        return
    if device.type == "cuda" and device.index is None:
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    backend = "nccl" if device.type == "cuda" else "gloo"
    try:
        dist.init_process_group(backend, timeout=_PATIENCE)
    except (RuntimeError, ValueError) as fault:
        raise ConfigError(
            f"Cannot join the other processes ({fault}); start them with torchrun"
        ) from None
    try:
        yield ProcessGroup(), device
    finally:
        dist.destroy_process_group()
