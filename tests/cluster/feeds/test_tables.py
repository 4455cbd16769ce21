"""The first picture from the server's Tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.feeds import tables
from opsconsole.cluster.transport.errors import BadAnswer
from opsconsole.records import State
from tests.cluster import faults as answers
from tests.cluster.conftest import Connect, Reflect
from tests.cluster.faults import FaultServer, LiveWatch
from tests.cluster.helpers import RecordingSink, pod_list
from tests.support.clock import ManualClock

COLUMNS = ["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates"]


def table(*rows: list[Any], columns: list[str] = COLUMNS) -> dict[str, Any]:
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "columnDefinitions": [{"name": name} for name in columns],
        "rows": [{"cells": cells, "object": None} for cells in rows],
    }


def row(name: str) -> list[Any]:
    return [name, "1/1", "Running", "0", "48h", "10.0.0.1", "node-0", "<none>", "<none>"]


def namespaces(*names: str) -> dict[str, Any]:
    return table(*([name, "Active", "1d"] for name in names), columns=["Name", "Status", "Age"])


def test_a_row_is_a_partial_record() -> None:
    cells = ["web-1", "1/2", "CrashLoopBackOff", "12 (2m ago)", "5d3h", "<none>", "<none>", "<none>", "<none>"]
    decoded = tables.decode(json.dumps(table(cells)).encode())
    (record,) = tables.to_records(decoded, "production", ManualClock(1_000_000.0, ticks=0.0))
    assert record.key == "production/web-1"
    assert (record.ready, record.containers_total, record.restarts) == (1, 2, 12)
    assert (record.status, record.node, record.ip) == ("CrashLoopBackOff", "", "")
    assert record.created == 1_000_000.0 - 442_800.0
    assert record.partial
    assert not record.is_ready
    assert (record.uid, record.owner, record.service_account) == ("", None, "")


def test_rows_that_make_no_sense_are_left_to_the_list() -> None:
    rows = [row("good"), ["short"], ["x", "one/two", "Running", "0"], ["y", "1/1", "Running", None], []]
    decoded = tables.decode(json.dumps(table(*rows)).encode())
    assert [record.name for record in tables.to_records(decoded, "n", ManualClock(1_000_000.0, ticks=0.0))] == ["good"]


def test_hostile_cells_are_cleaned() -> None:
    decoded = tables.decode(json.dumps(table(["\x1b[2J", "1/1", "\x07", "0", "1d", "\x1b", "\u202e"])).encode())
    (record,) = tables.to_records(decoded, "n", ManualClock(1_000_000.0, ticks=0.0))
    assert (record.name, record.status, record.ip, record.node) == ("␛[2J", "␇", "␛", "<U+202E>")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"kind": "PodList", "items": []}', b"\xff"])
def test_a_server_without_tables_is_noticed(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        tables.decode(body)


def test_the_optimizers_namespace_is_read_first(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/api/v1/namespaces", answers.body(namespaces("alpha", "beta", "ops")))
    for name in ("alpha", "beta", "ops"):
        faults.on(f"/api/v1/namespaces/{name}/pods", answers.body(table(row(f"{name}-1"))))
    sink = RecordingSink()
    tables.AT_A_TIME = 1
    try:
        keys = tables.TablePreview(connect_to(faults.url), SystemClock(), first="ops")(sink)
    finally:
        tables.AT_A_TIME = 4
    asked = [each.path.split("/")[4] for each in faults.asked if each.path.endswith("pods")]
    assert asked == ["ops", "alpha", "beta"]
    assert keys == set(sink.pods) == {"alpha/alpha-1", "beta/beta-1", "ops/ops-1"}
    assert all("as=Table" in each.headers["Accept"] for each in faults.asked)
    assert all(each.query["includeObject"] == "None" for each in faults.asked)


def test_rows_are_there_before_the_list_and_replaced_by_it(
    faults: FaultServer, reflect: Reflect, connect_to: Connect
) -> None:
    faults.on("/api/v1/namespaces", answers.body(namespaces("production")))
    faults.on("/api/v1/namespaces/production/pods", answers.body(table(row("a"), row("gone-meanwhile"))))
    faults.on("/api/v1/pods", answers.body(pod_list("a", "b")))
    faults.on("/api/v1/pods?watch", LiveWatch())
    preview = tables.TablePreview(connect_to(faults.url), SystemClock())
    sink = reflect(faults.url, preview=preview)
    sink.wait_state(State.LIVE)
    first = [record.partial for _, key, record in sink.writes if key == "production/a"]
    assert first == [True, False]
    assert sorted(sink.pods) == ["production/a", "production/b"]
    assert sink.states == [State.STARTING, State.LIVE]


@pytest.mark.parametrize(
    "answer", [answers.status(403), answers.status(406), answers.hang_up, answers.body("<html>"), answers.status(500)]
)
def test_a_preview_that_fails_leaves_everything_to_the_list(
    faults: FaultServer, reflect: Reflect, connect_to: Connect, answer: answers.Answer
) -> None:
    faults.on("/api/v1/namespaces", answers.body(namespaces("production", "other")))
    faults.on("/api/v1/namespaces/production/pods", answer)
    faults.on("/api/v1/namespaces/other/pods", answer)
    faults.on("/api/v1/pods", answers.body(pod_list("a")))
    faults.on("/api/v1/pods?watch", LiveWatch())
    sink = reflect(faults.url, preview=tables.TablePreview(connect_to(faults.url), SystemClock()))
    sink.wait_state(State.LIVE)
    assert list(sink.pods) == ["production/a"]


def test_one_namespace_alone_needs_no_list_of_namespaces(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/api/v1/namespaces/home/pods", answers.body(table(row("a"))))
    sink = RecordingSink()
    tables.TablePreview(connect_to(faults.url), SystemClock(), namespace="home")(sink)
    assert list(sink.pods) == ["home/a"]
    assert len(faults.asked) == 1


def test_very_many_namespaces_are_left_to_the_list(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/api/v1/namespaces", answers.body(namespaces(*(f"n{i}" for i in range(tables.MAX_NAMESPACES + 1)))))
    assert tables.TablePreview(connect_to(faults.url), SystemClock())(RecordingSink()) == set()
    assert len(faults.asked) == 1
