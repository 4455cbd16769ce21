r"""Signals that end a process where nobody hears them. Whoever draws a screen or executes a switch hears them all.

What is not heard leaves a terminal raw, or a kill half-way: a stray ``kill -USR1``, an alarm, a limit of CPU seconds,
Ctrl-\. Those of a defect (SIGSEGV, SIGABRT) and SIGKILL are none of them.
"""

from __future__ import annotations

import signal
from typing import Final

LOST: Final = (signal.SIGHUP, signal.SIGTERM)
"""The window is lost, or the session or machine ends: nobody looks at the terminal any more."""

_STRAY = ("SIGALRM", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGPROF", "SIGXCPU", "SIGPOLL", "SIGPWR", "SIGSTKFLT")

STRAY: Final = tuple(getattr(signal, name) for name in _STRAY if hasattr(signal, name))
"""Ends that nobody means; some are Linux's alone."""

ENDINGS: Final = (*LOST, signal.SIGQUIT, *STRAY)
"""All of them but SIGINT, which Python hears."""

STOPS: Final = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
"""What stops a process until its shell's ``fg``: Ctrl-Z, and a terminal used from the background (``stty tostop``)."""
