"""The rules of the installed governor, each a ValidatingAdmissionPolicy with a binding of its own. Pure.

They bind the governed identities alone. Thresholds are written into the expressions, not into a parameter: a parameter
that is missing would stop everybody's writes to what the rule looks at. A rule that is off is not there; ``warn`` lets
the write through and tells the writer and the audit log; ``deny`` refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from opsconsole.govern import approval, listed
from opsconsole.govern.freeze import binding, policy
from opsconsole.govern.identities import Identities
from opsconsole.govern.names import GOVERNOR
from opsconsole.records import JsonObject, Record

Mode: TypeAlias = Literal["off", "warn", "deny"]
DEFAULT: Mode = "deny"


class RuleLimits(Record, frozen=True):
    """The thresholds: what share of a limit or request may go at once, the fewest and the most replicas."""

    max_cut_percent: float = 20.0
    min_replicas: int = 1
    max_replicas: int = 100


class AdmissionRule(NamedTuple):
    """One rule. ``allows`` is a CEL expression that is true for a write that it has nothing against.

    ``scope`` holds resource rules, ``variables`` what ``allows`` uses, ``refuses`` the words of a refusal, and
    ``approvable`` tells whether an approval can let a write through all the same. ``listed`` is a CEL expression that
    is true where an approval does that which the Namespace lists (:mod:`opsconsole.govern.listed`).
    """

    name: str
    title: str
    refuses: str
    scope: tuple[JsonObject, ...]
    allows: str
    variables: tuple[tuple[str, str], ...] = ()
    approvable: bool = False
    listed: str = ""


def _on(group: str, operations: str, *resources: str) -> JsonObject:
    return {
        "apiGroups": [group],
        "apiVersions": ["*"],
        "operations": operations.split(),
        "resources": list(resources),
    }


_WITH_TEMPLATE = (
    _on("apps", "UPDATE", "deployments", "statefulsets", "daemonsets", "replicasets"),
    _on("batch", "UPDATE", "cronjobs", "jobs"),
    _on("", "UPDATE", "replicationcontrollers"),
)
_TEMPLATE = "has({0}.spec.jobTemplate) ? {0}.spec.jobTemplate.spec.template.spec : {0}.spec.template.spec"
_TEMPLATES = (
    ("was", _TEMPLATE.format("oldObject")),
    ("now", _TEMPLATE.format("object")),
    ("wasAll", "variables.was.containers + (has(variables.was.initContainers) ? variables.was.initContainers : [])"),
    ("nowAll", "variables.now.containers + (has(variables.now.initContainers) ? variables.now.initContainers : [])"),
)
"""The pod template before and after: a CronJob has its own one level deeper."""


def _kept(kind: str) -> str:
    """CEL: every CPU and memory figure of ``kind`` (limits, requests) is still there and not cut beyond the floor."""
    new = f"has(n.resources) && has(n.resources.{kind}) && k in n.resources.{kind}"
    return (
        f"(!has(o.resources) || !has(o.resources.{kind}) || ['cpu', 'memory'].all(k, !(k in o.resources.{kind}) || "
        f"variables.nowAll.exists(n, n.name == o.name && {new} && "
        f"quantity(string(n.resources.{kind}[k])).asApproximateFloat() >= "
        f"quantity(string(o.resources.{kind}[k])).asApproximateFloat() * variables.floor)))"
    )


_PLACES = (
    "nodeSelector", "nodeName", "affinity", "tolerations", "topologySpreadConstraints", "schedulerName",
    "priorityClassName", "runtimeClassName", "schedulingGates", "serviceAccountName", "hostNetwork",
)  # fmt: skip
_ROLLING = (
    "paused", "suspend", "strategy", "updateStrategy", "minReadySeconds", "progressDeadlineSeconds",
    "revisionHistoryLimit", "schedule",
)  # fmt: skip
"""``paused`` stops every rollout, the one that mends it too; without history there is nothing to go back to."""


def _unchanged(was: str, now: str, field: str) -> str:
    """CEL: an optional field is as it was, or is not there as it was not."""
    there = f"has({was}.{field}) == has({now}.{field})"
    return f"({there} && (!has({now}.{field}) || {was}.{field} == {now}.{field}))"


def _limit_cuts(limits: RuleLimits) -> AdmissionRule:
    floor = f"{(100.0 - limits.max_cut_percent) / 100.0!r}"
    return AdmissionRule(
        "limit-cuts",
        f"cuts CPU or memory (limits, requests) by more than {limits.max_cut_percent:g} %, or takes them away",
        f"a cut of CPU or memory by more than {limits.max_cut_percent:g} % (or taking it away) needs an approval",
        _WITH_TEMPLATE,
        f"variables.wasAll.all(o, {_kept('limits')} && {_kept('requests')})",
        (*_TEMPLATES, ("floor", floor)),
        approvable=True,
    )


def _replicas(limits: RuleLimits) -> AdmissionRule:
    low, high = limits.min_replicas, limits.max_replicas
    return AdmissionRule(
        "replicas",
        f"sets replicas (by update, /scale or an autoscaler) under {low} or over {high}",
        f"replicas must stay within {low} and {high}",
        (
            _on("apps", "CREATE UPDATE", "deployments", "statefulsets", "replicasets"),
            _on("apps", "UPDATE", "deployments/scale", "statefulsets/scale", "replicasets/scale"),
            _on("", "CREATE UPDATE", "replicationcontrollers"),
            _on("", "UPDATE", "replicationcontrollers/scale"),
            _on("autoscaling", "CREATE UPDATE", "horizontalpodautoscalers"),
        ),
        f"variables.hpa ? (variables.most <= {high} && variables.least >= {low}"
        f" || variables.most == variables.wasMost && variables.least == variables.wasLeast)"
        f" : (variables.now == variables.was || variables.now >= {low} && variables.now <= {high})",
        (
            ("hpa", "request.resource.resource == 'horizontalpodautoscalers'"),
            ("scale", "has(request.subResource) && request.subResource == 'scale'"),
            # A Scale without replicas has none; a workload without them has one.
            ("now", "variables.hpa ? 0 : has(object.spec.replicas) ? int(object.spec.replicas)"
                    " : variables.scale ? 0 : 1"),
            ("was", "variables.hpa || oldObject == null ? -1 : has(oldObject.spec.replicas)"
                    " ? int(oldObject.spec.replicas) : variables.scale ? 0 : 1"),
            ("most", "variables.hpa ? int(object.spec.maxReplicas) : 0"),
            ("least", "variables.hpa && has(object.spec.minReplicas) ? int(object.spec.minReplicas) : 1"),
            ("wasMost", "variables.hpa && oldObject != null ? int(oldObject.spec.maxReplicas) : -1"),
            ("wasLeast", "variables.hpa && oldObject != null && has(oldObject.spec.minReplicas)"
                         " ? int(oldObject.spec.minReplicas) : 1"),
        ),
        approvable=True,
        listed=listed.SCALED,
    )  # fmt: skip


_DELETES = AdmissionRule(
    "deletes",
    "deletes or evicts what serves: pods, workloads, services, volumes, budgets, namespaces, nodes",
    "it may not delete or evict this",
    (
        _on("", "DELETE", "pods", "services", "persistentvolumeclaims", "persistentvolumes", "namespaces",
            "nodes", "replicationcontrollers"),
        _on("", "CREATE", "pods/eviction"),
        _on("apps", "DELETE", "deployments", "statefulsets", "daemonsets", "replicasets"),
        _on("batch", "DELETE", "cronjobs", "jobs"),
        _on("policy", "DELETE", "poddisruptionbudgets"),
        _on("autoscaling", "DELETE", "horizontalpodautoscalers"),
    ),
    "false",
    approvable=True,
    listed=listed.REMOVED,
)  # fmt: skip

_TAINTS = AdmissionRule(
    "taints",
    "changes a node's taints, or cordons it",
    "it may not change taints or cordon a node",
    (_on("", "UPDATE", "nodes"),),
    "variables.now == variables.was && variables.off == variables.wasOff",
    (
        ("now", "has(object.spec.taints) ? object.spec.taints : []"),
        ("was", "has(oldObject.spec.taints) ? oldObject.spec.taints : []"),
        ("off", "has(object.spec.unschedulable) && object.spec.unschedulable"),
        ("wasOff", "has(oldObject.spec.unschedulable) && oldObject.spec.unschedulable"),
    ),
    approvable=True,
)

_RESIZE = AdmissionRule(
    "resize",
    "resizes a running pod in place",
    "it may not resize a running pod",
    (_on("", "UPDATE", "pods/resize"),),
    "false",
)

_IMAGES = AdmissionRule(
    "images",
    "changes a container's image, or adds a container",
    "it may not change images or add containers",
    (*_WITH_TEMPLATE, _on("", "UPDATE", "pods", "pods/ephemeralcontainers")),
    "variables.nowAll.all(n, variables.wasAll.exists(o, o.name == n.name && o.image == n.image))"
    " && (!has(variables.now.ephemeralContainers) || has(variables.was.ephemeralContainers)"
    " && variables.now.ephemeralContainers == variables.was.ephemeralContainers)",
    (
        ("was", "request.resource.resource == 'pods' ? oldObject.spec : has(oldObject.spec.jobTemplate)"
                " ? oldObject.spec.jobTemplate.spec.template.spec : oldObject.spec.template.spec"),
        ("now", "request.resource.resource == 'pods' ? object.spec : has(object.spec.jobTemplate)"
                " ? object.spec.jobTemplate.spec.template.spec : object.spec.template.spec"),
        *_TEMPLATES[2:],
    ),
    approvable=True,
)  # fmt: skip

_PLACEMENT = AdmissionRule(
    "placement",
    "changes where or as whom pods run: node selector, affinity, tolerations, scheduler, priority, account",
    "it may not change where or as whom pods run",
    _WITH_TEMPLATE,
    " && ".join(_unchanged("variables.was", "variables.now", field) for field in _PLACES),
    _TEMPLATES[:2],
)

_ROLLOUTS = AdmissionRule(
    "rollouts",
    "pauses or suspends a workload, or changes how it rolls out and how much history is kept to go back to",
    "it may not pause or suspend this, nor change how it rolls out",
    (
        _on("apps", "UPDATE", "deployments", "statefulsets", "daemonsets", "replicasets"),
        _on("batch", "UPDATE", "cronjobs", "jobs"),
    ),
    " && ".join(_unchanged("oldObject.spec", "object.spec", field) for field in _ROLLING),
)

_ESCAPES = AdmissionRule(
    "escapes",
    "gives itself another identity: tokens, grants, certificates, a shell in a pod",
    "it may not give itself another identity or other rights",
    (
        _on("", "CREATE", "serviceaccounts/token"),
        _on("", "CONNECT", "pods/exec", "pods/attach", "nodes/proxy"),
        _on("rbac.authorization.k8s.io", "*", "*"),
        _on("certificates.k8s.io", "CREATE UPDATE", "*"),
    ),
    "false",
)


def rules(limits: RuleLimits) -> tuple[AdmissionRule, ...]:
    """Return every rule, with these thresholds."""
    return (
        _limit_cuts(limits),
        _replicas(limits),
        _DELETES,
        _TAINTS,
        _RESIZE,
        _IMAGES,
        _PLACEMENT,
        _ROLLOUTS,
        _ESCAPES,
    )


SELF_APPROVAL = "self-approval"
"""The rule about approvals: unlike the others it is about everybody who is not an approver."""

NAMES = (*(rule.name for rule in rules(RuleLimits())), SELF_APPROVAL)


def manifests(
    identities: Identities, limits: RuleLimits, approvers: str, modes: Mapping[str, Mode]
) -> Sequence[tuple[str, Mode, JsonObject, JsonObject]]:
    """Return name, mode, policy and binding of each rule that is not off."""
    made = [(rule.name, _policy(rule, identities)) for rule in rules(limits)]
    made.append((SELF_APPROVAL, policy(name_of(SELF_APPROVAL), "governor", approval.protection(approvers, identities))))
    found = []
    for name, its in made:
        mode = modes.get(name, DEFAULT)
        if mode != "off":
            actions = ["Deny" if mode == "deny" else "Warn", "Audit"]
            found.append((name, mode, its, binding(name_of(name), "governor", actions)))
    return found


def name_of(rule: str) -> str:
    """Name of a rule's policy and binding."""
    return f"{GOVERNOR}-{rule}"


def _policy(rule: AdmissionRule, identities: Identities) -> JsonObject:
    variables = [*rule.variables, ("allowed", rule.allows)]
    verdict = "variables.allowed"
    if rule.approvable:
        variables += approval.VARIABLES
        verdict = "variables.allowed || variables.approved"
    if rule.listed:
        variables += [listed.LINES, ("within", rule.listed)]
        verdict += " || variables.within"
    refusal = f"opsconsole: {rule.name}: {rule.refuses}"
    spec: JsonObject = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": list(rule.scope)},
        "matchConditions": [{"name": "governed", "expression": identities.condition}],
        "variables": [{"name": name, "expression": expression} for name, expression in variables],
        "validations": [{"expression": verdict, "message": refusal, "reason": "Forbidden"}],
        "auditAnnotations": [{"key": "rule", "valueExpression": f"{verdict} ? '' : '{rule.name}'"}],
    }
    return policy(name_of(rule.name), "governor", spec)
