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

PARTS = ("files", "processes", "driver", "device", "nvml", "cleaning", "serve")
"""The modules, each behind those that it imports."""


@cache
def joined() -> bytes:
    """The program as one text: the modules without what they import from each other."""
    texts = (Path(__file__).with_name(f"{part}.py").read_text("ascii") for part in PARTS)
    lines = (line for text in texts for line in text.splitlines() if not line.startswith(f"from {__name__}."))
    return ("\n".join(lines) + "\n").encode("ascii")
