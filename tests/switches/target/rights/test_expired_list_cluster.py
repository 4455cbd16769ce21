"""A list whose continue token ends on the way (410), as where etcd is compacted amid it: it is read from the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.clock import SystemClock
from opsconsole.cluster.questions import pages
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import Gone
from opsconsole.switches.build import build_switchboard
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, bindings, details, run, settings_for
from tests.switches.rbac import Rbac
from tests.testbed import objects

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from opsconsole.records import Plan
    from tests.testbed.cluster import TestCluster


class Compacted(Connection):
    """Knows the first continue token of each path no more, and then the second one of each."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.refused: list[str] = []

    def request(self, method: str, path: str, **options: Any) -> bytes:
        if (options.get("query") or {}).get("continue") and self.refused.count(path) < 2:
            self.refused.append(path)
            raise Gone(f"410: {path}: that version is too old", status=410)
        return super().request(method, path, **options)


def test_a_list_that_expires_on_the_way_is_read_from_the_start(
    cluster: TestCluster, account: str, rbac: Rbac, journal_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 1)
    namespace, _, _ = account.partition("/")
    name = rbac.binding("own", [rbac.me])
    cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", objects.deployment("aura", account=ACCOUNT))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    cluster.api.post(
        f"/api/v1/namespaces/{namespace}/pods", objects.pod("other", image="other:1", labels={"app": "other"})
    )
    cluster.wait_for_pods(namespace, "app=other", 1)
    settings = settings_for(cluster.admin_kubeconfig, journal_dir, f"{namespace}/aura")
    connection = Compacted(settings.cluster, read_only=False, clock=SystemClock())
    try:
        board = build_switchboard(settings, connection, None, SystemClock())
        plan = board.make_plan("revoke")
        assert [step.target.name for step in bindings(plan)] == [name]
        assert not any("too old" in words for words in plan.warnings), plan.warnings
        assert any(path.endswith("clusterroles") for path in connection.refused)
        outcome = run(board, plan)
        assert outcome.success, details(outcome)
        board.make_plan("optimizer")
        eventually(lambda: connection.refused.count("/api/v1/pods") == 2, "copies are looked for among all pods")
        eventually(lambda: not _untold(board.make_plan("optimizer")), "all of them are listed")
    finally:
        connection.close()


def _untold(plan: Plan) -> list[str]:
    return [words for words in plan.notes if "copies of it run elsewhere can't be told" in words]
