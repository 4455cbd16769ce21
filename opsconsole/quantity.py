"""Kubernetes quantities (``100m``, ``64Mi``, ``1e3``) as exact numbers in base units: cores, bytes, counts.

The grammar is the one of ``k8s.io/apimachinery/pkg/api/resource``: a signed decimal number, then nothing, a decimal SI
suffix (``n u m k M G T P E``), a binary one (``Ki … Ei``) or a decimal exponent (``e3``, ``E-3``). ``1E`` is one exa,
``1E3`` a thousand. Unlike Kubernetes, which rounds up to whole nanos, nothing is rounded here.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

MAX_CHARACTERS = 128
"""Longer texts are no quantity: Kubernetes' own canonical form is far shorter, and digits cost memory."""

MAX_EXPONENT = 300
"""Exponents beyond it are refused, so that ``1e999999999`` can't eat the memory of the one who reads a log."""

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))"
    r"(?:[eE](?P<exponent>[+-]?[0-9]+)|(?P<suffix>[numkMGTPE]|[KMGTPE]i)?)"
)

_SCALES = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1)}
_SCALES |= {suffix: Fraction(1000**power) for power, suffix in enumerate("kMGTPE", start=1)}
_SCALES |= {f"{suffix}i": Fraction(1024**power) for power, suffix in enumerate("KMGTPE", start=1)}


class QuantityError(ValueError):
    """The text is no Kubernetes quantity; the message says which text."""


def exact(text: str) -> Fraction:
    """Return the exact value of a quantity in base units.

    Raises:
        QuantityError: ``text`` is not a quantity, or it is longer or larger than anything a cluster could mean.
    """
    match = _QUANTITY.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    if match is None:
        raise QuantityError(f"{text[:40]!r} is no Kubernetes quantity such as 100m, 64Mi or 2")
    number = Fraction(match["number"])
    if match["exponent"] is None:
        return number * _SCALES[match["suffix"] or ""]
    exponent = int(match["exponent"])
    if abs(exponent) > MAX_EXPONENT:
        raise QuantityError(f"{text[:40]!r} has an exponent beyond ±{MAX_EXPONENT}")
    return number * Fraction(10) ** exponent


def number(text: str) -> float | None:
    """Return the nearest float to a quantity in base units, ``None`` where ``text`` is no quantity: unknown, not 0.

    Remembered, since ten thousand pods share a few dozen texts; but not what is too long: logs hold texts of any size.
    """
    return _number(text) if len(text) <= MAX_CHARACTERS else None


@lru_cache(maxsize=4096)
def _number(text: str) -> float | None:
    try:
        return float(exact(text))
    except (QuantityError, OverflowError):
        return None
