"""What a console imports before its kill switches are wired: nothing that reads lines or talks to a webhook.

And a guard, whose memory matters: nothing that draws, nor what plans and proves what it may not execute.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


GUARD = """
import sys, time
from opsconsole.clock import SystemClock
from opsconsole.commands.running.guard import console_of
from opsconsole.settings import Settings
from opsconsole.settings.sources import overlay
given = {"cluster.kubeconfig": sys.argv[1], "optimizer.name": "Deployment/ops/aura", "guard.switches": sys.argv[2]}
console = console_of(overlay(Settings(), given), SystemClock())
console.start()
while console.switchboard is None:
    time.sleep(0.01)
assert [switch.name for switch in console.switchboard.registry] == sys.argv[2].split(",")
print(*sorted(sys.modules))
"""

UNSEEN = ("textual", "rich", "kubernetes", "numpy", "opsconsole.ui", "opsconsole.gpu", "opsconsole.present.panes.pods")
UNUSED = (
    "opsconsole.govern.rules.builtin",
    "opsconsole.switches.approve.plan",
    "opsconsole.switches.withdraw.lapse",
    "opsconsole.switches.restore.switch",
    "opsconsole.switches.downgrade.switch",
    "opsconsole.switches.gpu.switch",
    "opsconsole.metrics.feed",
)
TAKES_AWAY = ("opsconsole.switches.undo.undo", "opsconsole.switches.watchdog", "opsconsole.switches.revoke.plan")
"""What a guard needs that takes something away, and no other."""

DELETES = "opsconsole.switches.delete.switch"

NOWHERE = """
apiVersion: v1
kind: Config
current-context: x
clusters: [{name: x, cluster: {server: "http://127.0.0.1:9"}}]
contexts: [{name: x, context: {cluster: x, user: x}}]
users: [{name: x, user: {token: x}}]
"""


@pytest.mark.parametrize(("switches", "deletes"), [("freeze", False), ("optimizer,freeze", True)])
def test_a_guard_imports_what_it_may_execute_and_nothing_that_draws(
    tmp_path: Path, switches: str, *, deletes: bool
) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(NOWHERE)
    command = [sys.executable, "-c", GUARD, str(kubeconfig), switches]
    home = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=home, timeout=120)
    loaded = done.stdout.split()
    assert [name for name in (*UNSEEN, *UNUSED) if name in loaded] == []
    assert (DELETES in loaded) is deletes
    assert ("opsconsole.switches.watchdog" in loaded) is deletes
    assert deletes or [name for name in TAKES_AWAY if name in loaded] == []
