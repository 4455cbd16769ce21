"""A Deployment that an optimizer damaged, a row of the account of it, and the plan of what is put back."""

from __future__ import annotations

import copy
from typing import Any

from opsconsole.governor.account.damage import Damage, DamageState
from opsconsole.quantity import exact
from opsconsole.records import Plan, Ref
from opsconsole.switches.restore import plan as restore
from opsconsole.switches.restore.fields import Put, patch
from opsconsole.switches.restore.plan import RestoreFacts
from opsconsole.switches.restore.triage import Victim
from tests.switches.fakeapi import _apply

WEB = Ref("Deployment", "production", "web", "u-1")
NODE = Ref("Node", "", "n1", "u-2")
MEMORY = "containers[main].resources.limits.memory"
Object = dict[str, Any]


def deployment(**more: Any) -> Object:
    resources = {"limits": {"cpu": "100m", "memory": "64Mi"}, "requests": {"memory": "16Mi"}}
    containers = [{"name": "helper", "image": "h:1"}, {"name": "main", "image": "web:1", "resources": resources}]
    metadata = {"name": "web", "namespace": "production", "uid": "u-1", "resourceVersion": "7", "generation": 3}
    spec = {"replicas": 2, "template": {"spec": {"containers": containers, "nodeSelector": {"a": "b"}}}}
    return {"kind": "Deployment", "metadata": {**metadata, **more.pop("metadata", {})}, "spec": {**spec, **more}}


def row(path: str = MEMORY, before: str = "512Mi", now: str = "64Mi", **more: Any) -> Damage:
    numbers = {
        "before_number": _number(before) if "before_number" not in more else None,
        "now_number": _number(now),
    }
    kept = {
        "about": WEB,
        "standing": DamageState.DAMAGED,
        "certain": True,
        "first_at": 1.0,
        "last_at": 2.0,
        "writes": 1,
    }
    return Damage(path=path, before=before, now=now, **{**numbers, **kept, **more})


def _number(text: str) -> float | None:
    try:
        return float(exact(text))
    except ValueError:
        return None


def plan(*rows: Damage, found: Object | None = None, **facts: Any) -> Plan:
    owners = facts.pop("owners", {})
    about = rows[0].about
    victim = Victim(about, rows, deployment() if found is None and about is WEB else found, owners)
    return restore.plan(RestoreFacts((victim,), **facts), 100.0)


def apply(kind: str, found: Object, puts: list[Put]) -> Object:
    draft = copy.deepcopy(found)
    for operation in patch(kind, found, puts):
        assert _apply(draft, operation) == "", operation
    return draft
