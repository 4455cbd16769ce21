"""The whole program in a real terminal on a real control plane, as the person on call uses it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.testbed.plane.logs import append_log

if TYPE_CHECKING:
    from tests.testbed.aura import AuraWorld
    from tests.testbed.cluster import TestCluster
    from tests.whole.conftest import Open
    from tests.whole.driver import Tmux

pytestmark = [pytest.mark.tmux, pytest.mark.cluster]

HOSTILE = "\x1b]0;owned\x07\x1b[2J[@click=app.quit]click[/] \u202etxt \x9b31m [/] end-of-hostile"


@pytest.fixture
def cockpit(terminal: Open, cluster: TestCluster, aura: AuraWorld) -> Tmux:
    kubeconfig = str(cluster.admin_kubeconfig)
    return terminal("--optimizer", f"{aura.ops}/{aura.optimizer}", columns=200, rows=50, KUBECONFIG=kubeconfig)


def test_four_panes_at_200x50_one_at_80x24_and_back(cockpit: Tmux, aura: AuraWorld) -> None:
    cockpit.wait_for("no GPU on this host")
    wide = cockpit.wait_for(r"Pods \d+.* live[\s\S]*OPT")
    assert [pane for pane in ("Pods", "Events", "GPU", "Decisions") if not re.search(rf"{pane} \d", wide)] == []
    cockpit.resize(80, 24)
    narrow = cockpit.wait_for(r">Pods \d+ live  Decisions \d+")
    assert max(len(line) for line in narrow.splitlines()) <= 80
    cockpit.resize(200, 50)
    cockpit.wait_for(r"Pods \d+.* live.*Decisions \d+")


def test_the_api_server_dies_and_returns_under_it(cockpit: Tmux, cluster: TestCluster, aura: AuraWorld) -> None:
    cockpit.wait_for(r"Pods \d+.* live[\s\S]*OPT")
    cluster.kill_apiserver()
    try:
        stale = cockpit.wait_for(r"Pods \d+.* STALE")
        assert "OPT" in stale, "old rows stay"
    finally:
        cluster.restart_apiserver()
    cockpit.wait_for(r"Pods \d+.* live", seconds=90)


def test_hostile_log_lines_are_drawn_and_not_obeyed(cockpit: Tmux, aura: AuraWorld) -> None:
    cockpit.wait_for(r"Decisions \d+.* live")
    append_log(aura.optimizer_log, HOSTILE)
    screen = cockpit.wait_for("␛]0;owned␇")
    assert "Pods" in screen, "the screen was not cleared"


def test_a_paste_does_nothing(cockpit: Tmux) -> None:
    before = cockpit.wait_for(r"Pods \d+.* live")
    cockpit.paste("1\n\n0\n\nq\n")
    cockpit.press("Tab")
    after = cockpit.wait_for(r"▶ Decisions|▶ Events")
    assert "Pods" in before
    assert "exit code" not in after
    assert "kubectl delete" not in after


def test_quitting_leaves_the_terminal_as_it_was(cockpit: Tmux) -> None:
    cockpit.wait_for(r"Pods \d+.* live")
    cockpit.press("q")
    last = cockpit.wait_for("exit code")
    assert "exit code 0" in last
    assert "Traceback" not in last
