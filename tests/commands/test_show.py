"""``opsconsole show`` prints what its pane shows: the same cells, with the same context."""

from __future__ import annotations

from types import ModuleType

import pytest

from opsconsole.commands.looking.show import VIEWS, emit
from opsconsole.present.panes import decisions, events, gpu, pods, writers
from opsconsole.present.panes.context import FindingIndex
from opsconsole.records import Finding, GpuNode, Pod, PodCondition, Ref, Severity, State
from tests.ui import aura
from tests.ui.inspecting import look_at

PANES = {"pods": pods.COLUMNS, "events": events.COLUMNS, "gpu": gpu.COLUMNS, "decisions": decisions.COLUMNS}

TITLES = {"": "MARK", "RST": "RESTARTS", "x": "COUNT", "/MIN": "WRITES/MIN", "OBJ": "OBJECTS"}
"""What a column of the screen is called where there is room."""

WITH_MORE_ROOM = {"AGE", "LAST", "TIME", "TYPE", "FROM", "USED", "COUNT"}
"""Titles whose cells say the same in more letters where there is room for them."""


@pytest.mark.parametrize("pane", [pods, events, gpu, decisions, writers])
def test_no_column_of_a_pane_is_missing_where_it_is_printed(pane: ModuleType) -> None:
    titles = {TITLES.get(column.title, column.title) for column in pane.COLUMNS}
    assert titles <= {title for title, _ in pane.WHOLE}


@pytest.mark.parametrize("what", VIEWS)
def test_a_column_of_both_says_the_same_in_both(what: str) -> None:
    look = look_at(aura.console())
    records = [record for kind in VIEWS[what].kinds for record in look.store.table(kind).values()]
    assert records
    on_screen = {TITLES.get(column.title, column.title): column.cell for column in PANES[what]}
    shared = [(title, cell) for title, cell in VIEWS[what].columns if title in on_screen.keys() - WITH_MORE_ROOM]
    assert len(shared) >= 3
    for record in records:
        for title, cell in shared:
            assert cell(record, look)[0] == on_screen[title](record, look)[0], title


def printed(what: str, record: object, capsys: pytest.CaptureFixture[str], **context: object) -> list[str]:
    look = look_at(aura.console())._replace(**context)
    emit(VIEWS[what], [record], "table", look, header=True)  # type: ignore[list-item]
    return capsys.readouterr().out.splitlines()


def test_a_running_pod_that_is_not_ready_says_so_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    gate = PodCondition("Ready", "False", "ReadinessGatesNotReady")
    pod = Pod("shop", "web-1", status="Running", ready=1, containers_total=1, is_ready=False, conditions=(gate,))
    row = printed("pods", pod, capsys)[1]
    assert "Running NotReady" in row
    assert row.endswith("not ready: ReadinessGatesNotReady")


def test_what_was_found_on_the_owner_stands_beside_its_pod(capsys: pytest.CaptureFixture[str]) -> None:
    owner = Ref("StatefulSet", "shop", "db")
    index = FindingIndex()
    index._learn(Finding("k", "will-oom", Severity.CRITICAL, "memory limit is below the working set", about=owner))
    row = printed("pods", Pod("shop", "db-0", status="Running", owner=owner), capsys, findings=index)[1]
    assert row.endswith("will OOM")


def test_a_node_that_does_not_answer_says_since_when(capsys: pytest.CaptureFixture[str]) -> None:
    node = GpuNode("gpu-1", state=State.STALE, seen=aura.NOW - 90, since=aura.NOW - 90, detail="no answer from ssh")
    assert "STALE 90s: no answer from ssh" in printed("gpu", node, capsys)[1]


def test_a_name_of_many_lines_is_one_row(capsys: pytest.CaptureFixture[str]) -> None:
    pod = Pod("shop", "web\n2026-01-01 fine", status="Running\x1b[2J")
    assert len(printed("pods", pod, capsys)) == 2
