"""What is drawn anew when something changed: as much as must be, and no more."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.records import Finding, Health, Kind, Severity, State
from opsconsole.ui import app
from opsconsole.ui.table import pane as panes
from tests.ui import aura
from tests.ui.running import running, screen_lines, shows, until


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the pods whose rows were made. No second passes: on its beat all of them are made anew."""
    names: list[str] = []
    monkeypatch.setattr(app, "BEAT", 3600.0)
    row_line = panes.row_line

    def spy(record, look, layout, more):
        names.append(getattr(record, "name", ""))
        return row_line(record, look, layout, more)

    monkeypatch.setattr(panes, "row_line", spy)
    return names


def a_pod():
    return next(pod for pod in aura.pods() if pod.status == "Running")


async def test_one_pods_change_makes_one_row(drawn: list[str]) -> None:
    async with running() as pilot:
        core = pilot.app.core
        pod = a_pod()
        await shows(pilot, pod.name[-5:])
        pilot.app._pump()
        drawn.clear()
        core.inbox.put(Kind.POD, [msgspec.structs.replace(pod, restarts=77)])
        await until(pilot, lambda: any(" 77 " in row for row in screen_lines(pilot.app)))
        assert drawn == [pod.name]


async def test_a_second_later_every_age_is_looked_at_again(drawn: list[str]) -> None:
    async with running() as pilot:
        pod = a_pod()
        await shows(pilot, pod.name[-5:])
        drawn.clear()
        pilot.app.core.clock.at += 3600
        pilot.app._beat()
        assert pod.name in drawn
        assert len(drawn) > 10


async def test_a_finding_is_seen_at_once_on_rows_that_have_not_changed() -> None:
    async with running() as pilot:
        pod = a_pod()
        await shows(pilot, pod.name[-5:])
        finding = Finding("x", "just-found", Severity.CRITICAL, "a thing just found", "", about=pod.ref, at=aura.NOW)
        pilot.app.core.inbox.put(Kind.FINDING, [finding])
        await until(pilot, lambda: any(pod.name[-5:] in row and "just found" in row for row in screen_lines(pilot.app)))


async def test_a_feed_that_goes_stale_is_said_at_once() -> None:
    async with running() as pilot:
        await shows(pilot, "Pods")
        stale = Health(feed="events", state=State.STALE, since=aura.NOW, detail="cut off")
        pilot.app.core.inbox.health(stale)
        await shows(pilot, "STALE")
