"""Fingerprints of pictures: 64 bits, of which pictures that look alike share nearly all."""

import cv2
import numpy as np
import numpy.typing as npt

from instavid.types import ByteArray

_SIDE, _WAVES = 32, 8


def fingerprint(gray: ByteArray) -> int:
    """Return which coarse waves of a picture are stronger than the median one, as 64 bits.

    This is the hash of the DCT's low frequencies that is known as pHash: brightness, contrast, size
    and compression hardly change it (Zauner 2010, Implementation and Benchmarking of Perceptual
    Image Hash Functions, section 3.2.1).

    Args:
        gray: (H, W) uint8, neither side 0.

    >>> dim = np.random.default_rng(0).integers(0, 120, (48, 64)).astype(np.uint8)
    >>> differing_bits(fingerprint(dim), fingerprint(2 * dim)) <= 4
    True
    """
    small = cv2.resize(gray, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    waves = cv2.dct(small)[:_WAVES, :_WAVES].reshape(-1)
    # The first is the brightness.
    bits = waves > np.median(waves[1:])
    return int.from_bytes(np.packbits(bits).tobytes())


def differing_bits(one: int, other: int) -> int:
    """Return in how many bits two fingerprints differ, 0 to 64.

    >>> differing_bits(0b1100, 0b1010)
    2
    """
    return (one ^ other).bit_count()


def alike_among(one: int, others: npt.NDArray[np.uint64], *, bits: int) -> npt.NDArray[np.bool_]:
    """Return which of many fingerprints, (N,) uint64, differ from one in few bits, (N,) bool."""
    alike: npt.NDArray[np.bool_] = np.bitwise_count(others ^ np.uint64(one)) <= bits
    return alike
