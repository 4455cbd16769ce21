"""What stands beside a deed in a document does not hide it: a flag, a nested call, a sentence of another change."""

from __future__ import annotations

import json

import pytest

from tests.governor.judged_lines import AT, alarms, zap


def keys(**more: object) -> str:
    """A record without a message, that names its action by keys."""
    return json.dumps({"ts": AT, "level": "info"} | more)


def prod(**more: object) -> str:
    """A record of a deletion of a namespace, by keys."""
    return keys(action="delete", kind="Namespace", name="prod", **more)


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
]


@pytest.mark.parametrize(("line", "rule"), TOLD)
def test_what_stands_beside_a_deed_does_not_hide_it(line: str, rule: str) -> None:
    assert rule in alarms(line)
