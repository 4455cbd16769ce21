"""What tells a node to end processes. Only ``clean`` makes such a question; a read-only console has no way to."""

from __future__ import annotations

import msgspec

from opsconsole.gpu.fleet.report import BACKSTOP, NodeQuestion, question


class CleanOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A process to end, as it was seen. ``cgroup`` is the SHA-256 of that file's text, ``task`` a live thread."""

    pid: int
    start_ticks: int
    cgroup: str
    exe: str
    task: int


def ask_clean(boot_id: str, targets: list[CleanOrder], term_seconds: float, kill_seconds: float) -> NodeQuestion:
    """Ask for the end of ``targets`` on the machine that booted as ``boot_id``."""
    asked = {
        "do": "clean",
        "boot_id": boot_id,
        "targets": msgspec.to_builtins(targets),
        "term_seconds": term_seconds,
        "kill_seconds": kill_seconds,
    }
    return question(asked, term_seconds + kill_seconds + BACKSTOP, cleaning=True)
