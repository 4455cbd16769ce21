"""How a node is reached: a program goes in on standard input, what it prints comes out."""

from __future__ import annotations

from typing import Protocol

from opsconsole.gpu.nvml.probe import ProbeError


class DoorError(ProbeError):
    """A node can't be reached or its answer did not come. ``state`` is how it stands; the text is for the screen."""


class Door(Protocol):
    """One way to run a Python program on nodes. May be used from many threads at once."""

    name: str
    """What it is called on the screen: ``ssh`` or ``exec``."""

    def run(self, node: str, program: bytes, seconds: float) -> bytes:
        """Run ``program`` on ``node`` and return what it printed, cut at the longest answer there is.

        Args:
            node: its name in the cluster or the settings.
            program: what ``python3 -`` reads.
            seconds: that it may take there; the way there and back is added.

        Raises:
            DoorError: it was not reached, broke off, or took too long.
        """
        ...

    def close(self) -> None:
        """Let go of every connection. Returns soon, from any thread."""
        ...
