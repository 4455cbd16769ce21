"""The rules of the installed governor, each a ValidatingAdmissionPolicy with a binding of its own. Pure.

They bind the governed identities alone. Thresholds are written into the expressions, not into a parameter: a parameter
that is missing would stop everybody's writes to what the rule looks at. A rule that is off is not there; ``warn`` lets
the write through and tells the writer and the audit log; ``deny`` refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from opsconsole.govern.approvals import approval, listed
from opsconsole.govern.freeze import binding, policy
from opsconsole.govern.identities import Identities
from opsconsole.govern.kept import KEPT, MACHINES
from opsconsole.govern.names import CUSTOM_WORKLOADS, GOVERNOR, KEDA
from opsconsole.govern.rules.admission_rule import SPEC_TOUCHED, AdmissionRule, all_unchanged
from opsconsole.govern.rules.admission_rule import on as _on
from opsconsole.govern.rules.escapes import ESCAPES
from opsconsole.govern.rules.operators import operators
from opsconsole.govern.rules.rolling import ROLLOUTS
from opsconsole.records import JsonObject, Record

Mode: TypeAlias = Literal["off", "warn", "deny"]
DEFAULT: Mode = "deny"


class RuleLimits(Record, frozen=True):
    """The thresholds: what share of a limit or request may go at once, the fewest and the most replicas."""

    max_cut_percent: float = 20.0
    min_replicas: int = 1
    max_replicas: int = 100


def _custom(operations: str) -> tuple[JsonObject, ...]:
    return tuple(_on(group, operations, *kinds) for group, kinds in CUSTOM_WORKLOADS.items())


_WITH_TEMPLATE = (
    _on("apps", "UPDATE", "deployments", "statefulsets", "daemonsets", "replicasets"),
    _on("batch", "UPDATE", "cronjobs", "jobs"),
    _on("", "UPDATE", "replicationcontrollers"),
    *_custom("UPDATE"),
)
_TEMPLATED = f"{SPEC_TOUCHED} && (has(oldObject.spec.template) || has(oldObject.spec.jobTemplate))"
"""A Rollout may have its template elsewhere (``workloadRef``)."""
_TEMPLATE = "has({0}.spec.jobTemplate) ? {0}.spec.jobTemplate.spec.template.spec : {0}.spec.template.spec"
_TEMPLATES = (
    ("was", _TEMPLATE.format("oldObject")),
    ("now", _TEMPLATE.format("object")),
    ("wasAll", "variables.was.containers + (has(variables.was.initContainers) ? variables.was.initContainers : [])"),
    ("nowAll", "variables.now.containers + (has(variables.now.initContainers) ? variables.now.initContainers : [])"),
)
"""The pod template before and after: a CronJob has its own one level deeper."""


def _has(of: str, kind: str) -> str:
    """CEL: a figure ``k`` (cpu, memory) of ``kind`` (limits, requests) is given."""
    return f"has({of}.resources) && has({of}.resources.{kind}) && k in {of}.resources.{kind}"


def _held(old: str, new: str) -> str:
    """CEL: every CPU and memory figure is still there and not cut beyond the floor, and no limit came out of nothing.

    A first limit is one where there was neither a limit nor a request: nothing tells then what is needed.
    """
    size = "quantity(string({0}.resources.{1}[k])).asApproximateFloat()"
    kept = [
        f"(!({_has(old, kind)}) || {_has(new, kind)} &&"
        f" {size.format(new, kind)} >= {size.format(old, kind)} * variables.floor)"
        for kind in ("limits", "requests")
    ]
    first = f"(!({_has(new, 'limits')}) || {_has(old, 'limits')} || {_has(old, 'requests')})"
    return f"['cpu', 'memory'].all(k, {' && '.join([*kept, first])})"


_PLACES = (
    "nodeSelector", "nodeName", "affinity", "tolerations", "topologySpreadConstraints", "schedulerName",
    "priorityClassName", "preemptionPolicy", "runtimeClassName", "schedulingGates", "readinessGates", "overhead", "os",
    "serviceAccountName", "automountServiceAccountToken", "hostNetwork", "hostPID", "hostIPC", "hostUsers",
    "shareProcessNamespace", "volumes", "securityContext", "imagePullSecrets", "resourceClaims", "dnsPolicy",
    "dnsConfig", "hostAliases", "hostname", "subdomain", "restartPolicy", "activeDeadlineSeconds",
    "terminationGracePeriodSeconds", "enableServiceLinks", "setHostnameAsFQDN", "hostnameOverride", "workloadRef",
    "schedulingGroup", "serviceAccount", "priority",
)  # fmt: skip
_OF_CONTAINER = (
    "securityContext", "volumeMounts", "volumeDevices", "imagePullPolicy", "restartPolicy", "restartPolicyRules",
    "ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle",
)  # fmt: skip
_STAYS = "o, {0}.exists(n, n.name == o.name && " + all_unchanged("o", "n", _OF_CONTAINER) + ")"
_INIT = "(has({0}.initContainers) ? {0}.initContainers : [])"
_CONTAINERS_STAY = (
    f"variables.was.containers.all({_STAYS.format('variables.now.containers')})"
    f" && {_INIT.format('variables.was')}.all({_STAYS.format(_INIT.format('variables.now'))})"
)
"""CEL: each container is still there, as what it was (one that runs before the others serves no more), with the same
rights and disks."""


def _bare(of: str) -> str:
    """CEL: no CPU or memory figure is given, so that nothing is taken away with it."""
    return f"['cpu', 'memory'].all(k, !({_has(of, 'limits')}) && !({_has(of, 'requests')}))"


def _limit_cuts(limits: RuleLimits) -> AdmissionRule:
    floor = f"{(100.0 - limits.max_cut_percent) / 100.0!r}"
    return AdmissionRule(
        "limit-cuts",
        f"cuts CPU or memory (limits, requests) by more than {limits.max_cut_percent:g} %, or takes them away",
        f"a cut of CPU or memory by more than {limits.max_cut_percent:g} % (or taking it away) needs an approval",
        _WITH_TEMPLATE,
        f"variables.wasAll.all(o, variables.nowAll.exists(n, n.name == o.name && {_held('o', 'n')})"
        f" || !(variables.nowAll.exists(n, n.name == o.name)) && {_bare('o')})"
        f" && {_held('variables.was', 'variables.now')}",
        (*_TEMPLATES, ("floor", floor)),
        approvable=True,
        touches=f"({_TEMPLATED})",
    )


_SCALING = _on("*", "UPDATE", "*/scale")


def _count(of: str) -> str:
    """CEL: how many pods a workload, a Scale or a Job asks for at a time."""
    return (
        f"variables.job ? int(has({of}.spec.jobTemplate) ? {of}.spec.jobTemplate.spec.?parallelism.orValue(1)"
        f" : {of}.spec.?parallelism.orValue(1))"
        f" : has({of}.spec.replicas) ? int({of}.spec.replicas) : variables.scale ? 0 : 1"
    )


_MOST = "(variables.keda ? int({0}.spec.?maxReplicaCount.orValue(100)) : int({0}.spec.maxReplicas))"
_LEAST = (
    "(variables.keda ? int({0}.spec.?minReplicaCount.orValue(0)) : has({0}.spec.minReplicas)"
    " ? int({0}.spec.minReplicas) : 1)"
)
"""CEL: the bounds of an autoscaler. What a ScaledObject doesn't say is 0 and 100."""
_HALTS = "['autoscaling.keda.sh/paused-replicas', 'autoscaling.keda.sh/paused', 'autoscaling.keda.sh/paused-scale-out']"
_HALTED = "{0}.metadata.?annotations[?k].hasValue()"
_UNPAUSED = (
    f"{_HALTS}.all(k, !{_HALTED.format('object')} || oldObject != null && {_HALTED.format('oldObject')}"
    " && object.metadata.annotations[k] == oldObject.metadata.annotations[k])"
)
"""CEL: no annotation that holds a ScaledObject at some replicas was put there. KEDA takes an empty one for a yes."""

_IDLE = "(variables.keda ? int({0}.spec.?idleReplicaCount.orValue(-1)) : -1)"
"""CEL: how many pods KEDA leaves while there is no load, less than the least; -1 where it is not said."""


def _replicas(limits: RuleLimits) -> AdmissionRule:
    low, high = limits.min_replicas, limits.max_replicas
    return AdmissionRule(
        "replicas",
        "sets replicas (by update, /scale, an autoscaler, a ScaledObject, a Job's parallelism)"
        f" under {low} or over {high}",
        f"replicas must stay within {low} and {high}",
        (
            _on("apps", "CREATE UPDATE", "deployments", "statefulsets", "replicasets"),
            _on("batch", "CREATE UPDATE", "jobs", "cronjobs"),
            _SCALING,
            _on("", "CREATE UPDATE", "replicationcontrollers"),
            _on("autoscaling", "CREATE UPDATE", "horizontalpodautoscalers"),
            _on(KEDA, "CREATE UPDATE", "scaledobjects"),
            _on(MACHINES, "CREATE UPDATE", "machinesets", "machinedeployments", "machinepools"),
            *_custom("CREATE UPDATE"),
        ),
        f"variables.hpa ? {_UNPAUSED}"
        f" && (variables.idle == variables.wasIdle || variables.idle < 0 || variables.idle >= {low})"
        f" && (variables.most <= {high} && variables.least >= {low}"
        f" || variables.most == variables.wasMost && variables.least == variables.wasLeast)"
        f" : (variables.now == variables.was || variables.now >= {low} && variables.now <= {high})",
        (
            ("keda", "request.resource.resource == 'scaledobjects'"),
            ("hpa", "variables.keda || request.resource.resource == 'horizontalpodautoscalers'"),
            ("scale", "has(request.subResource) && request.subResource == 'scale'"),
            ("job", "request.resource.resource in ['jobs', 'cronjobs']"),
            # A Scale without replicas has none; a workload without them has one.
            ("now", f"variables.hpa ? 0 : {_count('object')}"),
            ("was", f"variables.hpa || oldObject == null ? -1 : {_count('oldObject')}"),
            ("most", f"variables.hpa ? {_MOST.format('object')} : 0"),
            ("least", f"variables.hpa ? {_LEAST.format('object')} : 0"),
            ("wasMost", f"variables.hpa && oldObject != null ? {_MOST.format('oldObject')} : -1"),
            ("idle", f"variables.hpa ? {_IDLE.format('object')} : -1"),
            ("wasIdle", f"variables.hpa && oldObject != null ? {_IDLE.format('oldObject')} : -1"),
            ("wasLeast", f"variables.hpa && oldObject != null ? {_LEAST.format('oldObject')} : -1"),
        ),
        approvable=True,
        listed=listed.SCALED,
        touches=f"({SPEC_TOUCHED} || request.resource.resource == 'scaledobjects')",
    )  # fmt: skip


_DELETES = AdmissionRule(
    "deletes",
    "deletes or evicts what serves: pods, workloads, services, routes, volumes, budgets, namespaces, nodes, kinds, "
    "and what operators make such of: GitOps' applications, jobs of Ray and Kubeflow, databases, backups",
    "it may not delete or evict this",
    (
        *(_on(group, "DELETE", *plurals) for group, plurals in KEPT.items()),
        _on("", "CREATE", "pods/eviction"),
        _on("velero.io", "CREATE", "deletebackuprequests"),
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
    touches=SPEC_TOUCHED,
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
    touches=f"({_TEMPLATED} || request.resource.resource == 'pods' && {SPEC_TOUCHED})",
)  # fmt: skip

_PLACEMENT = AdmissionRule(
    "placement",
    "changes where or as whom pods run: selector, affinity, tolerations, scheduler, account, host, volumes, rights",
    "it may not change where or as whom pods run",
    _WITH_TEMPLATE,
    f"{all_unchanged('variables.was', 'variables.now', _PLACES)} && {_CONTAINERS_STAY}",
    _TEMPLATES[:2],
    touches=f"({_TEMPLATED})",
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
        ROLLOUTS,
        operators(limits.min_replicas),
        ESCAPES,
    )


def watched(limits: RuleLimits, modes: Mapping[str, Mode]) -> dict[str, tuple[JsonObject, ...]]:
    """The resource rules of what each rule looks at that is not off."""
    return {rule.name: rule.scope for rule in rules(limits) if modes.get(rule.name, DEFAULT) != "off"}


SELF_APPROVAL = "self-approval"
"""The rule about approvals: unlike the others it is about everybody who is not an approver."""

NAMES = (*(rule.name for rule in rules(RuleLimits())), SELF_APPROVAL)


def approvals_count(modes: Mapping[str, Mode]) -> bool:
    """Whether an approval lets a write through: not where anybody could write one, the governed too."""
    return modes.get(SELF_APPROVAL, DEFAULT) == "deny"


def manifests(
    identities: Identities,
    limits: RuleLimits,
    approvers: str,
    modes: Mapping[str, Mode],
    *,
    judged: Identities | None = None,
) -> Sequence[tuple[str, Mode, JsonObject, JsonObject]]:
    """Return name, mode, policy and binding of each rule that is not off.

    ``judged``: whom they are about, if not all ``identities``, of whom none may approve.
    """
    count = approvals_count(modes)
    made = [(rule.name, _policy(rule, judged or identities, approvals=count)) for rule in rules(limits)]
    made.append((SELF_APPROVAL, policy(name_of(SELF_APPROVAL), "governor", approval.protection(approvers, identities))))
    found = []
    for name, its in made:
        mode = modes.get(name, DEFAULT)
        if mode != "off":
            actions = ["Deny" if mode == "deny" else "Warn", "Audit"]
            found.append((name, mode, its, binding(name_of(name), "governor", actions)))
    return found


def timeless(modes: Mapping[str, Mode]) -> list[JsonObject]:
    """What an approval lets through without a time, of the rules that refuse: deletes, and scaling by ``/scale``."""
    deny = {name for name in (_DELETES.name, "replicas") if modes.get(name, DEFAULT) == "deny"}
    deny = deny if approvals_count(modes) else set()
    scope = list(_DELETES.scope) if _DELETES.name in deny else []
    return [*scope, _SCALING] if "replicas" in deny else scope


def name_of(rule: str) -> str:
    """Name of a rule's policy and binding."""
    return f"{GOVERNOR}-{rule}"


def _policy(rule: AdmissionRule, identities: Identities, *, approvals: bool) -> JsonObject:
    variables = [*rule.variables, ("allowed", rule.allows)]
    verdict = "variables.allowed"
    if rule.approvable and approvals:
        variables += approval.VARIABLES
        verdict = "variables.allowed || variables.approved"
    if rule.listed and approvals:
        variables += [listed.LINES, ("within", rule.listed)]
        verdict += " || variables.within"
    refusal = f"opsconsole: {rule.name}: {rule.refuses}"
    # One condition and not two: the API server would ask both of everybody's writes.
    touched = f"({identities.condition}) && {rule.touches}" if rule.touches else identities.condition
    spec: JsonObject = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": list(rule.scope)},
        "matchConditions": [{"name": "governed", "expression": touched}],
        "variables": [{"name": name, "expression": expression} for name, expression in variables],
        "validations": [{"expression": verdict, "message": refusal, "reason": "Forbidden"}],
        "auditAnnotations": [{"key": "rule", "valueExpression": f"{verdict} ? '' : '{rule.name}'"}],
    }
    return policy(name_of(rule.name), "governor", spec)
