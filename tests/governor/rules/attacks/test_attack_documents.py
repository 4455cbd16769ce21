"""What stands beside a deed in a document does not hide it: a flag, a nested call, a sentence of another change."""

from __future__ import annotations

import json

import pytest

from tests.governor.judged_lines import AT, alarms, words, zap


def keys(**more: object) -> str:
    """A record without a message, that names its action by keys."""
    return json.dumps({"ts": AT, "level": "info"} | more)


def prod(**more: object) -> str:
    """A record of a deletion of a namespace, by keys."""
    return keys(action="delete", kind="Namespace", name="prod", **more)


def web(action: str, **more: object) -> str:
    """A record of what is done to a Deployment, by keys."""
    return keys(action=action, kind="Deployment", name="web", namespace="shop", **more)


CALL = {"name": "delete_namespace", "args": {"name": "prod"}}
STEP: dict[str, object] = {"from": 5, "to": 0}
DELETED = "deleted namespace prod"

TOLD = [
    # A flag of an approval does not undo what is said to be done
    (f'time="{AT}" level=info msg="{DELETED}" approved=false', "object-deleted"),
    (f'time="{AT}" level=info msg="{DELETED}" confirmation_required=true', "object-deleted"),
    (f'time="{AT}" level=info msg="wiped namespace prod" needs_human_approval=true', "object-deleted"),
    (
        f'time="{AT}" msg="scaled deployment shop/web from 5 to 0" approval_needed=true status=applied',
        "replicas-zero",
    ),
    (zap(DELETED, approved="false"), "object-deleted"),
    (zap(DELETED, approval_required=True), "object-deleted"),
    (zap(DELETED, approval_required=True, approved=True), "object-deleted"),
    (prod(confirmation_required=True, status="done"), "object-deleted"),
    (prod(awaiting_approval=True, executed=True), "object-deleted"),
    (prod(approval_required="true", approved_by="bob"), "object-deleted"),
    (prod(requires_approval="true", override="mallory"), "object-deleted"),
    (prod(pending_approval="true", rc=0), "object-deleted"),
    (prod(pending_approval=True, duration_ms=31), "object-deleted"),
    (prod(approved="false", status="executed"), "object-deleted"),
    (prod(approved="false", note="namespace was deleted"), "object-deleted"),
    (keys(action="deleted", kind="Namespace", name="prod", approved="false"), "object-deleted"),
    # A word for a failure that may be another's
    (prod(result="failure", done=True), "object-deleted"),
    (prod(outcome="failure", executed="true"), "object-deleted"),
    (prod(result="failure", rc=0), "object-deleted"),
    # A sentence of a change, beside the value that is set
    (web("scale", replicas=-1, change="replicas: 5 -> 6"), "replicas-absurd"),
    (web("scale", replicas="NaN", change="replicas: 5 -> 6"), "invalid-number"),
    (web("scale", replicas=0, change="replicas: 5 -> 6"), "replicas-zero"),
    (web("scale", replicas=0, diff="replicas: 4 -> 5"), "replicas-zero"),
    (web("patch", patch={"spec": {"replicas": 0}}, changes=["replicas: 5 -> 6"]), "replicas-zero"),
    # What was before is no less a change for being nothing
    (web("patch", patch={"spec": {"replicas": 0}}, previous={"spec": {"replicas": 0}}), "replicas-zero"),
    (web("patch", patch={"spec": {"replicas": 0}}, original={"replicas": 0}), "replicas-zero"),
    (web("patch", patch={"spec": {"replicas": 0}}, current={"replicas": 0}), "replicas-zero"),
    # Names under a key of a setting
    (keys(action="delete", replicas={"kind": "Namespace", "name": "prod"}), "object-deleted"),
    (keys(action="delete", cpu={"kind": "Namespace", "name": "prod"}), "object-deleted"),
    (keys(action="delete", limit={"kind": "Namespace", "name": "prod"}), "object-deleted"),
    (zap("scaling", replicas={"deployment": "shop/web", "to": 0}), "replicas-zero"),
    # A call that a record holds, beside what its line says
    (zap("deleted statefulset shop/db", action={"evictPod": {"name": "a", "namespace": "b"}}), "object-deleted"),
    (zap(DELETED, decision={"evictPod": {"name": "a", "namespace": "b"}}), "object-deleted"),
    (
        zap(
            "scaled deployment shop/web to 0",
            replicas=0,
            decision={"scaleDeployment": {"name": "web", "namespace": "shop", "from": 5, "to": 5}},
        ),
        "replicas-zero",
    ),
    (zap("needs approval", tool_call=CALL, status="done"), "object-deleted"),
    (zap("needs approval", tool_call=CALL, executed=True), "object-deleted"),
    (zap("needs approval", tool_call=CALL, result="namespace gone"), "object-deleted"),
    (zap("awaiting approval", request=CALL, state="finished"), "object-deleted"),
    (zap("awaiting approval", action=CALL, exit_code=0), "object-deleted"),
    (prod(decision={"evictPod": {"name": "a", "namespace": "b"}}), "object-deleted"),
    (
        keys(action={"evictPod": {"name": "a", "namespace": "b"}}, verb="delete", kind="Namespace", name="prod"),
        "object-deleted",
    ),
    (zap("scale calculation", deployment="shop/web", **STEP, applied=True), "replicas-zero"),
    (f'time="{AT}" msg="scaling analysis" deployment=shop/web from=5 to=0 applied=true', "replicas-zero"),
    (f'time="{AT}" msg="scale estimate" deployment=shop/web from=5 to=0 status=done', "replicas-zero"),
    # A release may be called like any word
    (words("helm uninstall failed"), "object-deleted"),
    (words("helm uninstall to"), "object-deleted"),
    (words("helm uninstall from"), "object-deleted"),
    (words("helm uninstall timed"), "object-deleted"),
    (words("helm delete with -n prod"), "object-deleted"),
    (words("helm uninstall on --wait"), "object-deleted"),
    (words("helm uninstall for web"), "object-deleted"),
    # Kinds behind names
    (words("deleted shop/web (Pod), shop/db (StatefulSet)"), "object-deleted"),
    (words("deleted shop/web (Pod) and shop/db (StatefulSet)"), "object-deleted"),
    (words("deleted shop/web [Pod], shop/db"), "object-deleted"),
    (words("deleted shop/web (Pod), namespace prod"), "object-deleted"),
    (words("deleted shop/web (Pod) and namespace prod"), "object-deleted"),
    (words("deleted shop/web (Pod) + shop/db"), "object-deleted"),
    (words("deleted shop/web (Pod) & namespace prod"), "object-deleted"),
    (words("deleted shop/web (Pod) / namespace prod"), "object-deleted"),
    (words("deleted shop/web (Pod), plus namespace prod"), "object-deleted"),
]


@pytest.mark.parametrize(("line", "rule"), TOLD)
def test_what_stands_beside_a_deed_does_not_hide_it(line: str, rule: str) -> None:
    assert rule in alarms(line)
