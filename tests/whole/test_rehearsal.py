"""The embedded incident in a real terminal, from alarm to contained, with the real keys. Needs no cluster."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from opsconsole.cli import main

if TYPE_CHECKING:
    from tests.whole.conftest import Open
    from tests.whole.driver import Tmux

pytestmark = pytest.mark.tmux

FAST = {"OPSCONSOLE_SWITCHES_QUIET_SECONDS": "3", "OPSCONSOLE_GPU_TERM_SECONDS": "1"}
"""Shorter waits than in an incident; the order of things and the proofs are the same."""


@pytest.fixture
def night(terminal: Open) -> Iterator[Tmux]:
    opened = terminal("rehearse", "--speed", "5", columns=120, rows=40, **FAST)
    opened.wait_for(r"\d+ alarms, \d+ critical", 60)
    yield opened
    opened.press("C-c")


AT_WORK = r"\[done\]|RUNNING|EXECUTING|VERIFYING|DONE AND PROVED"


def execute(night: Tmux, key: str, plan: str) -> str:
    """Open a plan by its key, read it, confirm it, and wait for its proofs."""
    night.press(key)
    night.wait_for(plan)
    night.wait_for("Enter: EXECUTE")
    while not re.search(AT_WORK, night.screen()):  # an Enter that comes too early is not counted
        night.settle()
        night.press("Enter")
    done = night.wait_for("DONE AND PROVED", 60)
    night.press("Escape")
    night.wait_for("Pods")
    return done


def test_from_alarm_to_contained_with_the_real_keys(night: Tmux, tmp_path: Path) -> None:
    revoked = execute(night, "1", "Delete ClusterRoleBinding/aura-optimizer-admin-binding")
    assert "denied: " in revoked
    deleted = execute(night, "2", "Scale Deployment/aura-optimizer-v2")
    assert "its pod is gone" in deleted
    cleaned = execute(night, "3", "End process")
    assert "MiB free again" in cleaned
    assert "OPT" not in night.screen(), "the optimizer's pod is gone from the list"
    night.press("q")
    ended = night.wait_for("exit code")
    assert "exit code 0" in ended
    assert "Traceback" not in ended
    (folder,) = (tmp_path / ".local" / "state" / "opsconsole" / "rehearsals").iterdir()
    verified = CliRunner().invoke(main, ["journal", "verify"], env={"OPSCONSOLE_JOURNAL_FOLDER": str(folder)})
    assert verified.exit_code == 0, verified.output


def test_all_three_at_one_key_free_the_gpus_too(night: Tmux) -> None:
    done = execute(night, "0", "Delete ClusterRoleBinding/aura-optimizer-admin-binding")
    assert "its pod is gone" in done
    assert done.count("MiB free again") == 2


def test_escape_leaves_a_plan_and_nothing_happens(night: Tmux) -> None:
    night.press("0")
    night.wait_for("Enter: EXECUTE")
    night.press("Escape")
    night.wait_for(r"Pods \d+")
    assert "OPT" in night.screen()


def test_a_paste_and_keys_typed_ahead_confirm_nothing(night: Tmux) -> None:
    night.press("1", "Enter", "Enter", "Enter")
    night.wait_for("Enter: EXECUTE|not counted")
    night.settle()
    night.paste("\n\n\n")
    night.settle()
    assert "kubectl delete clusterrolebinding" in night.screen(), "the plan is still there"
    assert not re.search(AT_WORK, night.screen())


def test_read_only_has_no_kill_keys(terminal: Open) -> None:
    night = terminal("--read-only", "rehearse", columns=120, rows=40)
    night.wait_for(r"READ-ONLY[\s\S]*\d+ alarms", 60)
    night.press("1")
    night.settle()
    assert "EXECUTE" not in night.screen()
    night.press("?")
    assert "read-only" in night.wait_for("(?i)kill switch").lower()


def test_without_a_screen_the_same_incident_is_served(terminal: Open, tmp_path: Path) -> None:
    served = terminal("rehearse", "--serve", columns=200)
    shown = served.wait_for(r"export KUBECONFIG=\S+")
    kubeconfig = re.search(r"export KUBECONFIG=(\S+)", shown)
    assert kubeconfig
    arguments = ["--kubeconfig", kubeconfig[1], "show", "pods", "-o", "json"]
    result = CliRunner().invoke(main, arguments, env={"HOME": str(tmp_path)})
    assert result.exit_code == 0, result.stderr
    assert any(json.loads(line)["service_account"] == "aura-optimizer" for line in result.stdout.splitlines())
    served.press("C-c")
    served.wait_for("exit code 0")
