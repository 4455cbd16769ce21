"""Prints measurements as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """What was measured, the figure with its unit, and what it stands beside (a goal or a ratio)."""

    what: str
    figure: str
    beside: str


def print_table(title: str, rows: Iterable[Row]) -> None:
    """Print ``rows`` under ``title``, each as soon as it is measured."""
    print(f"\n{title}\n\n| | measured | beside |\n|---|---|---|", flush=True)
    for row in rows:
        print(f"| {row.what} | {row.figure} | {row.beside} |", flush=True)
