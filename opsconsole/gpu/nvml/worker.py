"""The process that asks NVML, so that a call which hangs or crashes takes nothing with it.

``python -m opsconsole.gpu.nvml.worker SECONDS`` answers each line on its standard input with one JSON line (an
:class:`~opsconsole.gpu.nvml.snapshot.Answer`) and ends when its input does. SECONDS is how long one answer may take
before the kernel's alarm ends the process, should its parent no longer be there to do so.

What asks is :mod:`opsconsole.gpu.nvml.reader`, imported only where there is a library: a host without a GPU pays for a
bare interpreter, not for pynvml.
"""

from __future__ import annotations

import ctypes
import io
import os
import resource
import sys

LIBRARY = "libnvidia-ml.so.1"
_NO_LIBRARY = b'{"code":12}\n'


def main() -> None:
    """Answer until the input ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = _own_stdout()
    if _library_is_there():
        from opsconsole.gpu.nvml.reader import serve  # noqa: PLC0415 - see the module's docstring

        serve(sys.stdin.buffer, answers, float(sys.argv[1]))
        return
    for _ in sys.stdin.buffer:
        answers.write(_NO_LIBRARY)


def _own_stdout() -> io.FileIO:
    """Keep the pipe for our answers: what a driver library prints must not come between them."""
    answers = io.FileIO(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return answers


def _library_is_there() -> bool:
    """Whether there is a library at all; one that is there and does not load is the reader's to explain."""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError as error:
        return not str(error).startswith(f"{LIBRARY}: cannot open shared object file: No such file")
    return True


if __name__ == "__main__":
    main()
