"""Running out of memory: how devices say it, and trying again with less."""

from collections.abc import Callable
from typing import TypeVar

import torch

T = TypeVar("T")

# The CPU's allocator, MPS and the libraries beneath CUDA have no exception of their own.
_WORDS = ("out of memory", "can't allocate memory", "_STATUS_ALLOC_FAILED")


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that memory for a computation was lacking.

    >>> is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"))
    True
    """
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error) for word in _WORDS)


def within_memory(attempt: Callable[[], T], give_way: Callable[[], None]) -> T:
    """Return what the attempt does, made again as often as it runs out of memory.

    Args:
        attempt: leaves nothing behind that a second one would not replace.
        give_way: makes the next attempt ask for less, or raises where nothing is left to give.
    """
    while True:
        try:
            return attempt()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            give_way()
        # Only here nothing refers to what the attempt had computed.
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
