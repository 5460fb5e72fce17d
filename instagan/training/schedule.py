"""The learning rate over the epochs: constant, then linearly down to zero."""


def learning_rate_factor(epoch: int, *, constant_epochs: int, decay_epochs: int) -> float:
    """Return what to multiply the learning rate with in `epoch`, counted from 0.

    The last of the decaying epochs is still above zero; the one after it would be zero.

    >>> [learning_rate_factor(e, constant_epochs=2, decay_epochs=3) for e in range(5)]
    [1.0, 1.0, 0.75, 0.5, 0.25]
    """
    late = max(0, epoch + 1 - constant_epochs)
    return max(0.0, 1.0 - late / (decay_epochs + 1))
