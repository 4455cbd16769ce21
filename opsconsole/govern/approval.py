"""Approvals: an annotation on the object that signs off one change of it. Pure.

A grant names the object's UID and the very values that may be written, and the generation that it was given for: the
change that uses it makes a new generation, and so does any other, so that it can be used once. The API server knows no
time in its rules; what is older than its minutes is taken off by whoever gave it, or by the guard.
"""

from __future__ import annotations

from typing import Any

from opsconsole.govern.identities import in_any
from opsconsole.govern.names import APPROVED
from opsconsole.records import JsonObject

VARIABLES: list[tuple[str, str]] = [
    (
        "grant",
        "oldObject != null && has(oldObject.metadata) && has(oldObject.metadata.annotations)"
        f" && '{APPROVED}' in oldObject.metadata.annotations ? oldObject.metadata.annotations['{APPROVED}'] : ''",
    ),
    ("shell", "object != null && has(object.spec) && has(object.spec.template) ? object.spec.template.spec : null"),
    ("figures", "variables.shell == null ? '' : variables.shell.containers.map(c, c.name + '=' + c.image + '|'"
                " + ['limits', 'requests'].map(f, has(c.resources) && f in c.resources"
                " ? ['cpu', 'memory'].map(k, k in c.resources[f] ? string(c.resources[f][k]) : '-').join(',')"
                " : '-').join('|')).join(';')"),
    (
        "approved",
        "variables.grant != '' && (request.operation == 'DELETE'"
        " ? variables.grant == 'delete/' + string(oldObject.metadata.uid)"
        " : object != null && has(object.metadata.generation) && has(oldObject.metadata.generation)"
        " && variables.grant == 'write/' + string(oldObject.metadata.uid) + '/'"
        " + string(oldObject.metadata.generation) + '/'"
        " + (has(object.spec.replicas) ? string(object.spec.replicas) : '1') + '/' + variables.figures)",
    ),
]  # fmt: skip
"""CEL variables of a rule that an approval can let through; the last is whether it does."""


def grant_for_delete(uid: str) -> str:
    """The annotation's value that lets the object with this UID be deleted."""
    return f"delete/{uid}"


def grant_for_write(uid: str, generation: int, replicas: int | None, template: JsonObject) -> str:
    """The annotation's value that lets a workload be written once, to these replicas and this pod template.

    Args:
        uid: of the object.
        generation: that the object has once the annotation is on it.
        replicas: that may be written; ``None`` stands for one.
        template: the spec of the pod template that may be written.
    """
    figures = ";".join(_figures(each) for each in template.get("containers") or [])
    return f"write/{uid}/{generation}/{1 if replicas is None else replicas}/{figures}"


def protection(approvers: str) -> JsonObject:
    """The spec of the policy that lets nobody but ``approvers`` write the annotation.

    A ServiceAccount is never an approver, whatever group it is in. Taking the annotation off is everybody's.
    """
    changed = [
        {"apiGroups": ["apps"], "resources": ["deployments", "statefulsets", "daemonsets"]},
        {"apiGroups": ["batch"], "resources": ["cronjobs", "jobs"]},
        {"apiGroups": [""], "resources": ["pods", "nodes", "services", "namespaces", "persistentvolumeclaims"]},
        {"apiGroups": ["policy"], "resources": ["poddisruptionbudgets"]},
        {"apiGroups": ["autoscaling"], "resources": ["horizontalpodautoscalers"]},
    ]
    scope = [{"apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], **each} for each in changed]
    there = "has({0}.metadata.annotations) && '" + APPROVED + "' in {0}.metadata.annotations"
    value = there + " ? {0}.metadata.annotations['" + APPROVED + "'] : ''"
    person = "!request.userInfo.username.startsWith('system:serviceaccount:')"
    ok = "variables.now == variables.was || variables.now == '' || variables.approver"
    words = f"opsconsole: self-approval: only a person in group {approvers} may write an approval"
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": scope},
        "variables": [
            {"name": "now", "expression": value.format("object")},
            {"name": "was", "expression": "oldObject == null ? '' : " + value.format("oldObject")},
            {"name": "approver", "expression": f"{person} && {in_any([approvers])}"},
        ],
        "validations": [{"expression": ok, "message": words, "reason": "Forbidden"}],
        "auditAnnotations": [{"key": "rule", "valueExpression": f"{ok} ? '' : 'self-approval'"}],
    }


def _figures(container: JsonObject) -> str:
    resources = container.get("resources") or {}
    kinds = "|".join(_figure(resources.get(kind)) for kind in ("limits", "requests"))
    return f"{container.get('name')}={container.get('image')}|{kinds}"


def _figure(values: Any) -> str:
    if values is None:
        return "-"
    return ",".join(str(values.get(key, "-")) for key in ("cpu", "memory"))
