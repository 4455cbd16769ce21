"""Ready means ready: what the Ready condition says decides, and the reason is told."""

from __future__ import annotations

import pytest

from opsconsole.present.panes.pods import COLUMNS, trouble
from opsconsole.records import Container, Pod, PodCondition, Resources
from opsconsole.ui.details import subject
from opsconsole.ui.drawing.spans import plain
from tests.ui import aura
from tests.ui.inspecting import look_at

GATE = PodCondition("Ready", "False", "ReadinessGatesNotReady", 'corresponding condition of pod readiness gate "lb" …')
LOST = PodCondition("Ready", "False", "NodeStatusUnknown")
UNKNOWN = PodCondition("Ready", "Unknown")
READY = PodCondition("Ready", "True")


def running(*conditions: PodCondition, ready: bool = False, **more: object) -> Pod:
    about = {"status": "Running", "ready": 1, "containers_total": 1, "is_ready": ready, "conditions": conditions}
    return Pod("shop", "web-1", **(about | more))  # type: ignore[arg-type]


def cell(pod: Pod, title: str) -> str:
    column = next(each for each in COLUMNS if each.title == title)
    return column.cell(pod, look_at(aura.console()))[0]


@pytest.mark.parametrize(
    ("pod", "rank", "status", "why"),
    [
        (running(READY, ready=True), 2, "Running", ""),
        (running(), 2, "Running", ""),
        (running(partial=True), 2, "Running", ""),
        (running(GATE), 1, "Running NotReady", "not ready: ReadinessGatesNotReady"),
        (running(LOST), 1, "Running NotReady", "not ready: NodeStatusUnknown"),
        (running(UNKNOWN), 1, "Running NotReady", "not ready: no reason given"),
        (running(GATE, ready=False, status="Completed"), 3, "Completed", ""),
        (running(GATE, status="CrashLoopBackOff"), 0, "CrashLoopBackOff", ""),
        (
            running(READY, PodCondition("PodResizePending", "True", "Infeasible"), ready=True),
            2,
            "Running",
            "resize: Infeasible",
        ),
    ],
)
def test_containers_that_are_ready_make_no_ready_pod(pod: Pod, rank: int, status: str, why: str) -> None:
    assert trouble(pod) == rank
    assert cell(pod, "STATUS") == status
    assert cell(pod, "FINDING") == why


def test_the_page_tells_conditions_resizes_and_ephemeral_containers() -> None:
    wished, has = Resources(memory_limit=64 * 2**20), Resources(memory_limit=2**30)
    containers = (Container("app", resources=wished, actual=has), Container("debugger", ephemeral=True))
    pod = running(
        PodCondition("Initialized", "True"), GATE, containers=containers, resources=Resources(memory_limit=2**31)
    )
    text = "\n".join(plain(line) for line in subject.page(pod, look_at(aura.console())))
    assert "Ready is False: ReadinessGatesNotReady: corresponding condition" in text
    assert "Conditions" in text
    assert "Initialized" in text
    assert "Limits             cpu none, memory 64Mi" in text
    assert "Limits now         cpu none, memory 1Gi" in text
    assert "Pod limits         cpu none, memory 2Gi" in text
    assert "Ephemeral container debugger" in text
