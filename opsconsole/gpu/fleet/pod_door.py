"""Reaches a node by ``exec`` into a pod that sees its GPUs. The caller hands in how a program is run in that pod."""

from __future__ import annotations

from collections.abc import Callable

from opsconsole.gpu.fleet.door import DoorError
from opsconsole.gpu.fleet.report import MOST_BYTES
from opsconsole.records import State
from opsconsole.text import clean_line

Run = Callable[[str, bytes, float, int], bytes]
"""Runs a program on a node, for so many seconds, and returns so many bytes of what it prints at most."""


class PodDoor:
    """Runs programs in pods.

    Args:
        execute: runs a program in the pod of a node.
        failures: the errors that it raises.
        denied: those of them by which the API server says that it is not allowed.
        connect_seconds: the time that the connection may take, beside the program's own.
    """

    name = "exec"

    def __init__(
        self,
        execute: Run,
        failures: type[Exception],
        denied: tuple[type[Exception], ...],
        *,
        connect_seconds: float = 5.0,
    ) -> None:
        self._execute = execute
        self._failures = failures
        self._denied = denied
        self._connect_seconds = connect_seconds
        self._closed = False

    def run(self, node: str, program: bytes, seconds: float) -> bytes:
        if self._closed:
            raise DoorError(State.DOWN, "closed")
        try:
            return self._execute(node, program, seconds + self._connect_seconds, MOST_BYTES)
        except self._failures as error:
            state = State.DENIED if isinstance(error, self._denied) else State.DOWN
            raise DoorError(state, f"exec {clean_line(node, 80)}: {error}") from error

    def close(self) -> None:
        self._closed = True
