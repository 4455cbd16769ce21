"""Every switch with exactly the rights of examples/rbac, and a read-only console that sends no write at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import ReadOnlyError as WriteStopped
from opsconsole.records import StepState
from opsconsole.switches.build import NoSwitchesError, build_switchboard, registry_of
from opsconsole.switches.engine.switch import Call
from opsconsole.switches.parts import Parts
from tests.switches.conftest import IMPATIENT, BoardMaker, details, run, settings_for
from tests.switches.rbac import RBAC, user
from tests.testbed.rights import wait_for_role
from tests.testbed.roles import example_roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed.aura import AuraWorld
    from tests.testbed.cluster import TestCluster

EXAMPLES = Path(__file__).parents[3] / "examples" / "rbac"
PLURALS = {"ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings"}


@pytest.fixture
def responder(cluster: TestCluster) -> Iterator[Path]:
    """The kubeconfig of somebody in the group that the examples name, and no other rights."""
    with example_roles(cluster, "read-only.yaml", "responder.yaml"):
        yield cluster.kubeconfig_for_user("ripley", ["incident-responders"])


def test_all_three_with_exactly_the_responder_role(
    cluster: TestCluster, aura: AuraWorld, board_for: BoardMaker, responder: Path
) -> None:
    board = board_for(f"{aura.ops}/{aura.optimizer}", kubeconfig=responder)
    since = cluster.audit.position()
    plan = board.make_plan("all")
    assert not [step.refused for step in plan.steps if step.refused and step.chosen]
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    asked = cluster.audit.requests(since, user="ripley")
    refused = {(each.verb, each.resource) for each in asked if each.status == 403}
    assert refused <= {("list", "secrets")}, "only what the plan calls unknown may be refused"


def test_undo_with_the_responder_role_is_said_to_be_refused(
    cluster: TestCluster, aura: AuraWorld, board_for: BoardMaker, responder: Path
) -> None:
    board = board_for(f"{aura.ops}/{aura.optimizer}", kubeconfig=responder)
    assert run(board, board.make_plan("revoke")).success
    undo = board.undo_plan()
    assert "may not" in undo.steps[0].refused
    body: dict[str, Any] = {
        "metadata": {"name": f"undo-{aura.ops}"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "opsconsole-undo"},
        "subjects": [user("ripley")],
    }
    cluster.api.post(f"{RBAC}/clusterrolebindings", body)
    wait_for_role(cluster.api, body["subjects"], "opsconsole-undo")
    try:
        other = board_for(f"{aura.ops}/{aura.optimizer}", kubeconfig=responder)
        undo = other.undo_plan()
        assert not undo.steps[0].refused
        outcome = run(other, undo)
        assert outcome.success, details(outcome)
    finally:
        cluster.api.delete(f"{RBAC}/clusterrolebindings/undo-{aura.ops}")


def test_a_shared_binding_with_the_responder_role_is_said_to_need_bind(
    cluster: TestCluster, aura: AuraWorld, board_for: BoardMaker, responder: Path
) -> None:
    path = f"{RBAC}/clusterrolebindings/{aura.binding}"
    subjects = cluster.api.get(path)["subjects"]
    cluster.api.patch(path, {"subjects": [*subjects, user("eve")]})
    board = board_for(f"{aura.ops}/{aura.optimizer}", kubeconfig=responder, patience_seconds=IMPATIENT)
    plan = board.make_plan("revoke")
    assert "bind clusterroles cluster-admin" in plan.steps[0].refused
    outcome = run(board, plan)
    assert outcome.steps[0].state is StepState.FAILED, "the server agrees with the preflight"
    assert "403" in outcome.steps[0].detail


def test_a_read_only_console_has_no_switchboard(cluster: TestCluster, journal_dir: Path) -> None:
    settings = settings_for(cluster.admin_kubeconfig, journal_dir, "ops/aura")
    connection = Connection(settings.cluster, read_only=True, clock=SystemClock())
    with pytest.raises(NoSwitchesError):
        build_switchboard(settings, connection, None, SystemClock())


def test_even_switches_made_by_force_write_nothing_on_a_read_only_connection(
    cluster: TestCluster, aura: AuraWorld, journal_dir: Path
) -> None:
    settings = settings_for(cluster.admin_kubeconfig, journal_dir, f"{aura.ops}/{aura.optimizer}")
    connection = Connection(settings.cluster, read_only=True, clock=SystemClock())
    parts = Parts(settings, connection, None, SystemClock())
    registry = registry_of(parts)
    since = cluster.audit.position()
    tried = 0
    for switch in registry:
        plan = switch.plan(switch.gather())
        for step in plan.steps:
            effect = registry.effects[step.effect]
            if step.effect == "evidence.collect":
                continue  # it reads, into the journal's folder
            tried += 1
            with pytest.raises(WriteStopped):
                effect.act(step, parts.mint.issue(step), Call("run", lambda _: None, lambda _kind, _body: None))
    connection.close()
    assert tried >= 4, "binding, scale and pod, alone and within all"
    sent = cluster.audit.requests(since, user="admin")
    assert sent
    assert [each for each in sent if each.verb not in {"get", "list", "watch"} and "reviews" not in each.resource] == []
