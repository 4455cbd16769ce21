"""What a console imports before its kill switches are wired: nothing that reads lines or talks to a webhook."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import sys
from opsconsole.clock import SystemClock
from opsconsole.composition import build_console
from opsconsole.plugins.host import load_all
from opsconsole.settings import Settings
assert len(load_all(Settings(), SystemClock()).loaded) >= 3, "the shipped plugins are there"
print(*sorted(sys.modules))
"""

LATE = ("opsconsole.decisions.reader", "opsconsole.decisions.stream", "opsconsole.governor.rules", "urllib.request")
"""They cost more than the lists of ten thousand pods, and without an optimizer no line is ever read."""


def test_plugins_are_loaded_without_what_reads_lines_or_judges() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert [name for name in LATE if name in done.stdout.split()] == []
