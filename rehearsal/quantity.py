"""Kubernetes quantities as the API server refuses them and as the rehearsal writes them."""

from __future__ import annotations

from functools import lru_cache

from opsconsole.quantity import QuantityError, exact

MALFORMED = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
"""The API server's own words."""


@lru_cache(maxsize=4096)
def parse(text: str | float) -> float:
    """The number a quantity stands for: cores, bytes or a count.

    Raises:
        ValueError: in the API server's words.
    """
    try:
        return float(exact(str(text)))
    except QuantityError as error:
        raise ValueError(MALFORMED) from error


def memory(number: float) -> str:
    """Bytes as a quantity in whole ``Mi``, or in bytes where that isn't exact."""
    mebibytes = number / 2**20
    return f"{int(mebibytes)}Mi" if mebibytes == int(mebibytes) else str(int(number))
