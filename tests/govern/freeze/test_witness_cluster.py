"""A freeze is proved by the optimizer's own next refused write, in the audit log, where it may not be tried as it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.govern.names import FREEZE
from opsconsole.settings import WriterSettings
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.freeze.trying.witness import AuditWitness
from tests.govern.conftest import config_map, refused
from tests.switches.conftest import details, run, settings_for
from tests.switches.rbac import Rbac, user
from tests.testbed import objects
from tests.testbed.api import Api

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

FAILURE = "validation.policy.admission.k8s.io/validation_failure"


@pytest.fixture
def busy(cluster: TestCluster, namespace: str, clean: None) -> Iterator[str]:
    """An optimizer with `edit` in its namespace that writes all the time."""
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account("aura"))
    rbac = Rbac(cluster, namespace, "aura")
    rbac.role_binding("aura", [rbac.me])
    cluster.api.post(f"/api/v1/namespaces/{namespace}/configmaps", config_map("beat"))
    its_own, ended = cluster.service_account_api(namespace, "aura"), threading.Event()

    def write() -> None:
        while not ended.wait(0.2):
            beat(its_own, namespace)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    yield f"{namespace}/aura"
    ended.set()
    thread.join(5)
    its_own.close()


def beat(api: Api, namespace: str) -> str:
    place = f"/api/v1/namespaces/{namespace}/configmaps/beat"
    return refused(lambda: api.patch(place, {"data": {"at": str(threading.get_ident())}}))


@pytest.mark.cluster
@pytest.mark.parametrize("log", [True, False], ids=["with the audit log", "without"])
def test_its_own_refused_write_proves_a_freeze_where_it_may_not_be_impersonated(
    cluster: TestCluster, busy: str, namespace: str, tmp_path: Path, log: bool
) -> None:
    person = Rbac(cluster, namespace, "ann")
    policies = ["validatingadmissionpolicies", "validatingadmissionpolicybindings"]
    rules = [
        {"apiGroups": ["admissionregistration.k8s.io"], "resources": policies,
         "verbs": ["get", "list", "create", "delete"]},
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list", "patch"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
    ]  # fmt: skip
    person.binding("ann", [user("ann")], role=person.role("ann", rules))
    person.binding("ann-reads", [user("ann")], role="view")
    given = settings_for(cluster.kubeconfig_for_user("ann"), tmp_path / "journal", "", busy, patience_seconds=20.0)
    path = str(cluster.layout.audit_log) if log else ""
    given = msgspec.structs.replace(given, writers=WriterSettings(audit_log=path))
    connection = Connection(given.cluster, read_only=False, clock=SystemClock())
    board = build_switchboard(given, connection, None, SystemClock())
    outcome = run(board, board.make_plan("freeze"))
    proof = next(each for each in outcome.proofs if "are refused" in each.claim)
    assert proof.holds is (True if log else None), details(outcome)
    assert "may not impersonate" in proof.detail
    assert ("says the audit log" in proof.detail) is log
    connection.close()
    person.remove()


def event(who: str, code: int, policy: str = "", **more: Any) -> str:
    notes = {FAILURE: json.dumps([{"message": "m", "policy": policy, "binding": policy}])} if policy else {}
    body = {
        "kind": "Event", "auditID": f"{who}-{code}-{policy}", "stage": "ResponseComplete", "verb": "patch",
        "requestURI": "/api/v1/namespaces/a/configmaps/b", "user": {"username": who},
        "objectRef": {"resource": "configmaps", "namespace": "a", "name": "b"}, "responseStatus": {"code": code},
        "stageTimestamp": "2026-11-26T02:00:00.000000Z", "annotations": notes, **more,
    }  # fmt: skip
    return json.dumps(body) + "\n"


CASES: dict[str, tuple[str, bool | None]] = {
    "refused by the freeze": (event("aura", 403, FREEZE), True),
    "refused by RBAC": (event("aura", 403), None),
    "refused by somebody else's policy": (event("aura", 403, "theirs"), None),
    "somebody else's write": (event("bob", 403, FREEZE), None),
    "a person as the optimizer": (event("aura", 403, FREEZE, impersonatedUser={"username": "x"}), None),
    "let through after that": (event("aura", 403, FREEZE) + event("aura", 200), False),
    "refused again after that": (event("aura", 403, FREEZE) + event("aura", 200) + event("aura", 403, FREEZE), True),
    "no JSON": ("\x00{[\n" + "[" * 5000 + "\n", None),
    "annotations that make no sense": (event("aura", 403, FREEZE).replace("[{", "{["), None),
    "a line that is not over": (event("aura", 403, FREEZE).rstrip(), None),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_audit_log_tells(tmp_path: Path, name: str) -> None:
    text, frozen = CASES[name]
    log = tmp_path / "audit.log"
    log.write_text(event("aura", 403, FREEZE))  # of an earlier freeze: it proves nothing
    witness = AuditWitness(log)
    with log.open("a") as file:
        file.write(text)
    witness.look()
    assert witness.verdict("aura")[0] is frozen


def test_a_log_that_was_turned_over_is_read_from_its_begin(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    log.write_text(event("bob", 200) * 10)
    witness = AuditWitness(log)
    log.write_text(event("aura", 403, FREEZE))
    witness.look()
    assert witness.verdict("aura")[0] is True


def test_a_log_that_can_t_be_read_leaves_it_unknown_and_says_why(tmp_path: Path) -> None:
    witness = AuditWitness(tmp_path / "none")
    witness.look()
    assert witness.verdict("aura") == (None, "the audit log can't be read: No such file or directory")
