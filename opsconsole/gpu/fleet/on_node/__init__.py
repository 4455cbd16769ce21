"""Runs on a GPU node: reads what is there, and ends the processes that it is told to. Nothing is left behind.

The modules of this folder are joined into one program (see :func:`joined`), which the console sends over standard
input to ``python3 -I -S -`` with one more line that calls ``serve`` with a request. It needs Python 3.6 and no
package. It judges nothing: it sends what the files of ``/proc`` hold, and NVML's answers, and the console decides.
Before it signals, it compares what it was told with what it reads.

The answer is one line: the request's mark, then JSON (see :mod:`opsconsole.gpu.fleet.report`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

READING = ("files", "processes", "driver", "device", "nvml", "serve")
"""The modules that a look needs, each behind those that it imports."""

CLEANING = "cleaning"
"""The module that ends processes; it is not even sent where only a look is wanted."""


@cache
def joined(*, cleaning: bool = False) -> bytes:
    """The program as one text: the modules without what they import from each other."""
    parts = (*READING[:-1], CLEANING, READING[-1]) if cleaning else READING
    texts = (Path(__file__).with_name(f"{part}.py").read_text("ascii") for part in parts)
    lines = (line for text in texts for line in text.splitlines() if not line.startswith(f"from {__name__}."))
    return ("\n".join(lines) + "\n").encode("ascii")
