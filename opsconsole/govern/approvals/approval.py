"""Approvals: an annotation on the object that signs off one change of it. Pure.

A grant names the object's UID, the very values that may be written, and what it was given for: the generation of the
object, which the change that uses it raises (and so does any other), so that it is used once. A node and an autoscaler
have no generation: their grant names the values that are there now, and whoever gave it takes it off once it was used.
A rule can't ask for the time, but it sees the one that the API server itself puts into ``managedFields`` of an object
with each field that a write changes: a write later than the grant's time is refused. A delete has no such time: its
grant is taken off by whoever gave it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from opsconsole.govern.identities import ACCOUNT_PREFIX, Identities, in_any
from opsconsole.govern.kept import KEPT
from opsconsole.govern.names import APPROVED, LISTED
from opsconsole.records import JsonObject

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
HEAD = len("2026-01-01T00:00:00Z ")
"""A grant begins with the time until which it is good; the rules look at what comes after it."""

CONTAINERS = "({0} == null ? [] : {0}.containers + (has({0}.initContainers) ? {0}.initContainers : []))"
_RES = "request.resource.resource"


def shell(of: str) -> str:
    """CEL: the pod template of a workload, or a pod's own spec; ``null`` where there is none."""
    return (
        f"{of} == null || !has({of}.spec) ? null : {_RES} == 'pods' ? {of}.spec"
        f" : has({of}.spec.jobTemplate) ? {of}.spec.jobTemplate.spec.template.spec"
        f" : has({of}.spec.template) ? {of}.spec.template.spec : null"
    )


def _extent(of: str) -> str:
    """CEL: what is written besides the containers: a node's taints, an autoscaler's bounds, a workload's replicas."""
    taints = f"(has({of}.spec.taints) ? {of}.spec.taints : [])"
    one = "t.key + '=' + (has(t.value) ? t.value : '') + ':' + t.effect"
    return (
        f"{of} == null || !has({of}.spec) ? ''"
        f" : {_RES} == 'nodes' ? {taints}.map(t, {one}).join(',')"
        f" + (has({of}.spec.unschedulable) && {of}.spec.unschedulable ? '|off' : '|on')"
        f" : {_RES} == 'horizontalpodautoscalers'"
        f" ? (has({of}.spec.minReplicas) ? string({of}.spec.minReplicas) : '1') + '-' + string({of}.spec.maxReplicas)"
        f" : {_RES} == 'scaledobjects'"
        f" ? string({of}.spec.?minReplicaCount.orValue(0)) + '-' + string({of}.spec.?maxReplicaCount.orValue(100))"
        f" : {_RES} == 'jobs' ? string({of}.spec.?parallelism.orValue(1))"
        f" : {_RES} == 'cronjobs' ? string({of}.spec.jobTemplate.spec.?parallelism.orValue(1))"
        f" : has({of}.spec.replicas) ? string({of}.spec.replicas) : '1'"
    )


def _sizes(of: str) -> str:
    """CEL: limits and requests of a container, or of the pod as a whole, CPU and memory of each."""
    return (
        f"['limits', 'requests'].map(f, has({of}.resources) && f in {of}.resources"
        f" ? ['cpu', 'memory'].map(k, k in {of}.resources[f] ? string({of}.resources[f][k]) : '-').join(',')"
        " : '-').join('|')"
    )


VARIABLES: list[tuple[str, str]] = [
    (
        "grant",
        "oldObject != null && has(oldObject.metadata) && has(oldObject.metadata.annotations)"
        f" && '{APPROVED}' in oldObject.metadata.annotations ? oldObject.metadata.annotations['{APPROVED}'] : ''",
    ),
    ("signed", f"size(variables.grant) > {HEAD} ? variables.grant.substring({HEAD}) : ''"),
    ("shell", shell("object")),
    ("figures", f"{CONTAINERS.format('variables.shell')}.map(c, c.name + '=' + c.image + '|' + {_sizes('c')})"
                ".join(';') + (variables.shell != null && has(variables.shell.resources)"
                f" ? ';' + {_sizes('variables.shell')} : '')"),
    ("aside", "variables.shell != null && has(variables.shell.ephemeralContainers)"
              " ? variables.shell.ephemeralContainers.map(c, c.name + '=' + c.image).join(';') : ''"),
    ("extent", _extent("object")),
    ("extentWas", _extent("oldObject")),
    (
        "late",
        "!has(object.metadata.managedFields) || size(object.metadata.managedFields) == 0"
        f" || object.metadata.managedFields.exists(m, !has(m.time)"
        f" || string(m.time) > variables.grant.substring(0, {HEAD - 1}))",
    ),
    (
        "approved",
        "variables.signed != '' && (request.operation == 'DELETE'"
        " ? variables.signed == 'delete/' + string(oldObject.metadata.uid)"
        " : !variables.late && variables.signed == 'write/' + string(oldObject.metadata.uid) + '/'"
        " + (has(oldObject.metadata.generation) ? string(oldObject.metadata.generation)"
        " : 'from ' + variables.extentWas)"
        " + '/' + variables.extent + '/' + variables.figures + '/' + variables.aside)",
    ),
]  # fmt: skip
"""CEL variables of a rule that an approval can let through; the last is whether it does."""


def written_at(found: JsonObject) -> float | None:
    """When the object was written last, by the API server's clock, in seconds since the epoch."""
    fields = (found.get("metadata") or {}).get("managedFields")
    times = [seconds(each.get("time")) for each in fields or () if isinstance(each, dict)]
    return max((each for each in times if each is not None), default=None)


class ReadGrant(NamedTuple):
    """A grant as it stands on an object. ``until`` is in seconds since the epoch."""

    until: float
    signed: str

    @property
    def deletes(self) -> bool:
        """Whether it is for a delete."""
        return self.signed.startswith("delete/")


def grant_for_delete(found: JsonObject, until: float) -> str:
    """The annotation's value that lets the object be deleted.

    Args:
        found: the object.
        until: when the grant lapses, in seconds since the epoch.
    """
    return f"{time_text(until)} delete/{found['metadata']['uid']}"


def grant_for_write(found: JsonObject, wanted: JsonObject, until: float) -> str:
    """The annotation's value that lets an object be written once, to what ``wanted`` says.

    Args:
        found: the object as it is once the annotation is on it: for a Deployment that alone makes a new generation.
        wanted: the object as the API server would store it (it writes quantities in a form of its own).
        until: when the grant lapses, in seconds since the epoch.
    """
    metadata, kind = found["metadata"], str(found.get("kind"))
    generation = metadata.get("generation")
    moment = generation if generation else f"from {_extent_of(found, kind)}"
    template = _shell_of(wanted, kind)
    containers = [*(template.get("containers") or ()), *(template.get("initContainers") or ())]
    whole = [] if template.get("resources") is None else [_sizes_of(template)]
    figures = ";".join([*map(_figures, containers), *whole])
    aside = ";".join(f"{each.get('name')}={each.get('image')}" for each in template.get("ephemeralContainers") or ())
    return f"{time_text(until)} write/{metadata['uid']}/{moment}/{_extent_of(wanted, kind)}/{figures}/{aside}"


def read_grant(found: JsonObject) -> ReadGrant | None:
    """The grant on an object; ``None`` if there is none. One whose time can't be read is over since long."""
    notes = (found.get("metadata") or {}).get("annotations")
    value = notes.get(APPROVED) if isinstance(notes, dict) else None
    if not isinstance(value, str):
        return None
    return ReadGrant(seconds(value[: HEAD - 1]) or 0.0, value[HEAD:])


_NOTES = "object.metadata.annotations"
_SAYS = (
    f"object != null && has(object.metadata) && has({_NOTES})"
    f" && ['{APPROVED}', '{LISTED}'].exists(k, k in {_NOTES} && {_NOTES}[k] != '')"
)
"""CEL: there is an approval on what is written, an old one or a new one."""


_OF_OWNER = (
    "(!has(request.subResource) || request.subResource == '') && object.metadata.?uid.orValue('') != ''"
    " && !variables.now[0].contains(string(object.metadata.uid))"
    " && object.metadata.?ownerReferences.orValue([]).exists(o, o.uid != ''"
    " && variables.now[0].contains('/' + string(o.uid)))"
)
"""CEL: the grant is not for what is written, but for what owns it."""


def protection(approvers: str, identities: Identities) -> JsonObject:
    """The spec of the policy that lets nobody but ``approvers`` write the annotations (a Namespace has two of them).

    Neither a ServiceAccount nor anybody who is governed is an approver, whatever group he is in. Taking one
    off is everybody's. Subresources are looked at too: through ``/status`` the API server takes annotations as well.
    The cluster's own controllers may copy it: to a ReplicaSet, where its UID fits nothing. Operators do so too (Argo to
    ReplicaSets, KEDA to autoscalers, OpenKruise to revisions): to what the grant's own object owns, and nothing else.
    """
    scope = [
        {
            "apiGroups": [group],
            "apiVersions": ["*"],
            "operations": ["CREATE", "UPDATE"],
            "resources": [name for plural in plurals for name in (plural, f"{plural}/*")],
        }
        for group, plurals in KEPT.items()
    ]
    there = "has({0}.metadata) && has({0}.metadata.annotations) && k in {0}.metadata.annotations"
    value = f"['{APPROVED}', '{LISTED}'].map(k, {{0}} != null && {there} ? {{0}}.metadata.annotations[k] : '')"
    user = "request.userInfo.username"
    person = f"!{user}.startsWith('{ACCOUNT_PREFIX}') && {in_any([approvers])}"
    controller = f"{user} == 'system:kube-controller-manager' || {user}.startsWith('{ACCOUNT_PREFIX}kube-system:')"
    operator = f"{user}.startsWith('{ACCOUNT_PREFIX}')"
    same = "variables.now[i] == '' || variables.now[i] == variables.was[i]"
    ok = f"[0, 1].all(i, {same} || i == 0 && variables.copied) || variables.approver"
    words = f"opsconsole: self-approval: only a person in group {approvers} may write an approval"
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": scope},
        # Everybody's writes come by here, each kubelet's too: most say nothing of an approval, and are let off at once.
        "matchConditions": [{"name": "says", "expression": _SAYS}],
        "variables": [
            {"name": "now", "expression": value.format("object")},
            {"name": "was", "expression": value.format("oldObject")},
            {"name": "approver", "expression": f"!({identities.condition}) && ({person} || {controller})"},
            {"name": "copied", "expression": f"!({identities.condition}) && {operator} && {_OF_OWNER}"},
        ],
        "validations": [{"expression": ok, "message": words, "reason": "Forbidden"}],
        "auditAnnotations": [{"key": "rule", "valueExpression": f"{ok} ? '' : 'self-approval'"}],
    }


def seconds(text: Any) -> float | None:
    """The time that a text is, in seconds since the epoch; ``None`` if it is none."""
    try:
        return dt.datetime.strptime(str(text), _TIME_FORMAT).replace(tzinfo=dt.UTC).timestamp()
    except ValueError:
        return None


def time_text(until: float) -> str:
    """How a grant begins: the time until which it is good."""
    return dt.datetime.fromtimestamp(until, dt.UTC).strftime(_TIME_FORMAT)


def _shell_of(found: JsonObject, kind: str) -> JsonObject:
    spec = found.get("spec") or {}
    if kind == "Pod":
        return dict(spec)
    holder = (spec.get("jobTemplate") or {}).get("spec") or {} if "jobTemplate" in spec else spec
    return dict((holder.get("template") or {}).get("spec") or {})


def _extent_of(found: JsonObject, kind: str) -> str:
    spec = found.get("spec") or {}
    if kind == "Node":
        taints = ",".join(f"{t.get('key')}={t.get('value') or ''}:{t.get('effect')}" for t in spec.get("taints") or ())
        return f"{taints}|{'off' if spec.get('unschedulable') else 'on'}"
    if kind == "HorizontalPodAutoscaler":
        return f"{spec.get('minReplicas', 1)}-{spec.get('maxReplicas')}"
    if kind == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    return str(spec.get("parallelism" if kind in {"Job", "CronJob"} else "replicas", 1))


def _figures(container: JsonObject) -> str:
    return f"{container.get('name')}={container.get('image')}|{_sizes_of(container)}"


def _sizes_of(holder: JsonObject) -> str:
    resources = holder.get("resources") or {}
    return "|".join(_figure(resources.get(kind)) for kind in ("limits", "requests"))


def _figure(values: Any) -> str:
    if values is None:
        return "-"
    return ",".join(str(values.get(key, "-")) for key in ("cpu", "memory"))
