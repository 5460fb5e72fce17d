"""The border where FFmpeg's rationals become fractions.

PyAV 18 gives Fraction or None; PyAV 19 gives AVRational, which is falsy but never None and may be
0/0. Inside instavid there is only Fraction, or None for "unknown".
"""

from fractions import Fraction
from typing import Any


def to_fraction(value: Any) -> Fraction | None:
    """Return a positive rational of PyAV's as a Fraction, or None if it says nothing.

    >>> to_fraction(Fraction(30000, 1001)), to_fraction(None), to_fraction(0)
    (Fraction(30000, 1001), None, None)
    """
    if value is None:
        return None
    numerator, denominator = value.numerator, value.denominator
    if numerator <= 0 or denominator <= 0:
        return None
    return Fraction(numerator, denominator)
