"""An API server that has no policies to make (older than 1.30): everything that needs them says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import NotFound
from opsconsole.records import Health, State
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.freeze.drift import Drift
from opsconsole.switches.govern.build import governor_switches
from tests.support.waiting import eventually
from tests.switches.conftest import settings_for

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster


class OlderServer(Connection):
    """A connection to a real API server that answers as one of 1.29 where policies are asked for: 404."""

    def request(self, method: str, path: str, **given: Any) -> bytes:
        if "/validatingadmissionpolic" in path:
            raise NotFound("404: the server could not find the requested resource", status=404)
        return super().request(method, path, **given)


@pytest.fixture
def older(cluster: TestCluster, namespace: str, tmp_path: Path) -> Iterator[tuple[Switchboard, OlderServer]]:
    given = settings_for(cluster.admin_kubeconfig, tmp_path / "journal", "", f"{namespace}/aura")
    connection = OlderServer(given.cluster, read_only=False, clock=SystemClock())
    further = governor_switches(given, connection, SystemClock())
    yield build_switchboard(given, connection, None, SystemClock(), further=further), connection
    connection.close()


@pytest.mark.parametrize("switch", ["freeze", "thaw", "install-governor", "uninstall-governor", "approve"])
def test_what_needs_policies_says_which_version_has_them(older: tuple[Switchboard, OlderServer], switch: str) -> None:
    plan = older[0].make_plan(switch)
    assert "needs Kubernetes 1.30 or newer" in plan.blocked
    assert not plan.steps


def test_revoking_and_downgrading_need_none(older: tuple[Switchboard, OlderServer]) -> None:
    for switch in ("revoke", "downgrade"):
        assert "1.30" not in older[0].make_plan(switch).blocked


def test_the_watch_for_changed_policies_is_calm(older: tuple[Switchboard, OlderServer]) -> None:
    told: list[Health] = []

    class Kept:
        def health(self, word: Health) -> None:
            told.append(word)

        def put(self, *_: object) -> None: ...

        def drop(self, *_: object) -> None: ...

    drift = Drift(older[1], SystemClock())
    drift.start(Kept())  # type: ignore[arg-type]
    eventually(lambda: told, "it has looked")
    drift.stop()
    assert told[-1].state is State.ABSENT
