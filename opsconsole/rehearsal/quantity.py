"""Kubernetes quantities such as ``64Mi``, ``100m`` and ``2``."""

from __future__ import annotations

import math
import re

_UNITS = {
    "": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip
_FORM = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$")

MALFORMED = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
"""The API server's own words."""


def parse(text: str | float) -> float:
    """The number a quantity stands for: cores, bytes or a count.

    Raises:
        ValueError: in the API server's words.
    """
    found = _FORM.match(str(text).strip())
    if not found:
        raise ValueError(MALFORMED)
    return float(found[1]) * _UNITS[found[2] or ""]


def memory(number: float) -> str:
    """Bytes as a quantity in whole ``Mi``, or in bytes where that isn't exact."""
    mebibytes = number / 2**20
    return f"{int(mebibytes)}Mi" if mebibytes == math.floor(mebibytes) else str(int(number))


def cores(number: float) -> str:
    """CPU cores as a quantity, ``500m`` or ``4``."""
    return str(int(number)) if number == int(number) else f"{round(number * 1000)}m"
