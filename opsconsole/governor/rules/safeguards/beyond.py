"""What a decision may not touch: rights, guard rails, data, and how a program is run rather than how much it gets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.announced.told_settings import SettingsTable, Watched
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import DAY, HOUR, MINUTE, BlastMeasure
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import CLUSTER_SPACES, REVOKE, does, is_log_alone, name_of, ordinary
from opsconsole.governor.rules.safeguards.drivers import DRIVEN, VENDORS, cuts_cards, driven, drives, nodes_of
from opsconsole.governor.rules.values.told_values import is_on
from opsconsole.patterns import late
from opsconsole.records import Change, ChangeField, Decision, Kind, Ref, Severity

_RIGHTS = frozenset({"ClusterRoleBinding", "RoleBinding", "ClusterRole", "Role"})
_GUARDS = frozenset({
    "PodDisruptionBudget", "ResourceQuota", "LimitRange", "NetworkPolicy", "PriorityClass",
    "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
    "CustomResourceDefinition", "APIService", "EndpointSlice", "Endpoints", "Gateway", "Silence", "PrometheusRule",
    "AlertmanagerConfig", "ServiceMonitor", "PodMonitor",
})  # fmt: skip
_DATA = frozenset({
    "Namespace", "PersistentVolumeClaim", "PersistentVolume", "Secret", "ServiceAccount", "StorageClass",
})  # fmt: skip
_GUARD_WORDS = late(
    r"(?<!Node)(?:Class|Quota|Issuer|Driver|Constraint|Configuration|Authentication|FlowSchema|SigningRequest)$|"
    r"^(?!.*(?:Scal|[Ss]izing|Optimi[sz]|Recommend)|Vertical|Horizontal|Multidim).*(?:Policy(?:Binding)?|Budget)$"
)
"""How kinds are called that say how all others are let in, routed, stored, run or kept apart; those of what sizes
pods or nodes are an optimizer's own."""

_ADDS = frozenset({"Namespace", "PersistentVolumeClaim"})
"""What is only added to when it is created: no rights, no traffic, no default."""

_WRITES = frozenset({"create", "patch", "scale", "rollback"})
_TAKES = frozenset({"delete", "evict", "restart"})
_OF_CLUSTER = late(
    r"^(?:etcd|kube-apiserver|kube-controller-manager|kube-scheduler|coredns|kube-dns|kube-proxy|konnectivity|"
    r"cilium|calico|aws-node|kube-flannel|weave-net|antrea|canal|kube-router|azure-cni|ebs-csi|efs-csi|csi)(?:$|-)"
)
"""Pods that the cluster itself stands on: what decides, what finds, and what connects."""

_MAKES_PODS = frozenset({"Deployment", "DaemonSet", "StatefulSet"})
_OF_SEVERAL = late(
    r"^(?:coredns|kube-dns|kube-proxy|konnectivity|cilium-operator|calico-(?:kube-controllers|typha)|ebs-csi-controller)-"
)
_PICKS = "descheduler"
_EMPTIES_NODES = frozenset({"node-autoscaler", "node-maintenance", _PICKS})

_HOW_IT_RUNS = late(
    r"(?:^|[.\]])(?P<what>priorityClassName|livenessProbe|readinessProbe|startupProbe|env|envFrom|selector|nodeSelector|"
    r"affinity|tolerations|serviceAccountName|hostNetwork|hostPID|hostIPC|securityContext|volumes|volumeMounts|command|"
    r"args|topologySpreadConstraints|strategy|updateStrategy|paused|terminationGracePeriodSeconds|lifecycle|dnsPolicy|"
    r"dnsConfig|runtimeClassName|schedulerName|imagePullSecrets|finalizers|externalName|initContainers|nodeName)"
    r"(?=$|[.\[])"
)
_HOW_IT_IS_REACHED = late(
    r"type|ports|externalIPs|loadBalancer\w*|externalTrafficPolicy|internalTrafficPolicy|sessionAffinity|clusterIPs?|"
    r"publishNotReadyAddresses"
)
"""What of a Service tells who reaches it, from where."""

_SUSPENDED = frozenset({"CronJob", "Kustomization", "HelmRelease", "Schedule"})
"""What does its work by itself: backups, and what puts back what was changed. A queue suspends Jobs all day."""

_SUSPENDS = late(r"^\W{0,3}suspend(?:s|ed|ing)?\b|\bsuspend=true\b", re.IGNORECASE)

_FINALIZES = "/finalize"
"""By which a namespace goes though what is in it has not ended."""

_IS_SUSPENDED = SettingsTable((Watched("suspend", r"suspend(?:ed)?", is_on, "it does nothing any more"),))
_SLEEPERS = frozenset({"horizontal"})
"""Roles that put what runs by schedule to sleep over night."""

_EMPTIED = frozenset({"containers", "rules", "subsets", "endpoints", "http", "backendRefs"})
"""Lists that a workload, a route or a Service can't do without."""

_NOTHING = frozenset({"[]", "{}", "null", "none", ""})
_OWN_STATE = late(r"[-_.](?:state|status|leader|lock|checkpoint|history)$")
"""How a program calls the ConfigMap that it keeps its own notes in."""

_VALUES = frozenset({"before", "after", "old", "new", "from", "to", "key"})
"""Attributes of a line that tells a value, of a key that has no name of its own."""

_TELLS_VALUES = late(r"\w (?:->|=>|→) \w|\bfrom \S{1,80} to \S")
"""``max_blast_radius 0.05 -> 1.0``: what is set, by a name that no table knows."""

_SIZES = frozenset({"storage", "resources.requests.storage", "requests.storage"})
_TWICE = 2.0
"""A volume may be made so many times as large without a word: it never shrinks again, and it is paid for."""

_RENEWS = late(r"\b(?:renew|rotat|re-?issu|issuing|issued|cert-?manager)\w*", re.IGNORECASE)
_RENEWED_AN_HOUR, _RENEWED_A_DAY = 2, 12
"""So many Secrets may a log's own words renew; certificates live for weeks."""

_MIGHTY = frozenset({"cluster-admin", "system:masters"})
"""Names of rights: where they are told as what is given, nothing else needs to be known."""

_PERMISSION = late(r"\b(?:permissions?|privileges?|rights|verbs?)\b(?!-)", re.IGNORECASE)
_ACCOUNT = late(r"\bservice[ _-]?accounts?\b(?!-)", re.IGNORECASE)
"""An account that rights are given to; ``account-service`` is a shop's, and "right-sizing" gives nothing."""


@rule(
    "rights-changed",
    Severity.CRITICAL,
    Kind.DECISION,
    lines=(
        Interest(announces=True, verbs=_WRITES, targets=_RIGHTS | _MIGHTY),
        Interest(announces=True, verbs=_WRITES, actions=("token",)),
        Interest(announces=True, verbs=_WRITES, words=("account",)),
    ),
)
def rights_changed(subject: Decision, view: View) -> Iterable[Verdict]:
    """It creates or changes a role or a binding: rights for itself, or for whom it likes.

    The Aura write-up: `aura-optimizer-admin-binding`. A program that may give rights has them all.
    """
    for target in _written(subject, view, _RIGHTS) + _given(subject, view):
        yield Verdict(
            f"{does(subject)} {target.kind} {target.name}".rstrip() + ": it gives rights",
            "Who may write bindings may do everything. Revoke its rights before it uses the new ones.",
            part=f"{target.kind}/{target.key}",
            about=target,
            switch=REVOKE,
        )


@rule("guard-rail-changed", Severity.WARNING, Kind.DECISION, lines=(Interest(announces=True, verbs=_WRITES | _TAKES),))
def guard_rail_changed(subject: Decision, view: View) -> Iterable[Verdict]:
    """It writes a disruption budget, quota, webhook or policy; a namespace, volume or Secret; the cluster's own parts.

    The Aura write-up wants a PDB before every pod that serves; what guards against it is not its business, nor is data,
    nor a ConfigMap that programs are configured by, nor anything in kube-system (DNS!). In a log alone a Secret that is
    said to be renewed is a remark, while it is one of two an hour and twelve a day; so is a volume that grows to twice
    its size at most; a ConfigMap that a program keeps its own state in is none. A pod that the cluster stands on, such
    as etcd's, is not to be evicted, deleted or restarted either; one of DNS or a proxy that a node autoscaler or a
    descheduler evicts is a remark while it is the only one of its sort in a minute (of a descheduler's, the only one of
    any sort). DNS and the control plane at zero
    replicas are critical.
    """
    for target in targets_of(subject) if verb_of(subject) in _TAKES and view.announces(subject) else ():
        if _is_of_cluster(target):
            work = _moves(target, subject, view)
            yield Verdict(
                f"{does(subject)} {target.name}: part of the cluster itself ({target.namespace})",
                work.strip() or "Without it the cluster decides, finds or remembers nothing.",
                part=f"{target.kind}/{target.key}",
                about=target,
                severity=Severity.INFO if work else _of_cluster_part(target, subject),
                switch=REVOKE,
            )
    for target in _written(subject, view, None):
        what = _what(target, subject)
        if what:
            harmless = _harmless(target, subject, view)
            gone = _OF_CLUSTER.match(target.name) and target.namespace in CLUSTER_SPACES and _to_nothing(subject)
            yield Verdict(
                f"{does(subject)} {target.kind} {target.name}: {what}",
                harmless or "An optimizer of resources has no business there.",
                part=f"{target.kind}/{target.key}",
                about=target,
                severity=Severity.CRITICAL if gone else Severity.INFO if harmless else Severity.WARNING,
                switch=REVOKE,
            )


def _of_cluster_part(target: Ref, subject: Decision) -> Severity:
    """How bad it is: the memory of the cluster that is deleted may not come back whole."""
    gone = verb_of(subject) == "delete" and target.name.startswith("etcd")
    return Severity.CRITICAL if gone else Severity.WARNING


def _to_nothing(subject: Decision) -> bool:
    """Whether nothing of it is left to run."""
    return any(field.path == "replicas" and field.number == 0 for field in subject.fields)


@rule(
    "not-its-business",
    Severity.WARNING,
    Kind.DECISION,
    Kind.CHANGE,
    written="selector",
    lines=(
        Interest(sets=True),
        Interest(announces=True, words=("suspend",)),
        Interest(announces=True, details=("suspend", _FINALIZES)),
        Interest(actions=DRIVEN),
        Interest(targets=frozenset({"Node"}), words=VENDORS),
    ),
    own=True,
)
def not_its_business(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """It changes how a program runs: probes, priority, environment, selectors, placement, strategy, drivers, GPU modes.

    Likewise by whom a Service is reached; and it suspends a CronJob, a backup or GitOps, unless its role is a
    downscaler's. The Aura write-up: four nodes' drivers had to be rolled back since it "tried to 'upgrade' them".
    Without probes a dead pod gets traffic; with another selector a Service has no endpoints.
    """
    touched: dict[str, Ref | None] = {}
    for about, field in view.wanted(subject):
        what = _setting_of(field.path)
        if what:
            touched.setdefault(what, about)
        elif field.after in _NOTHING and (last := field.path.rpartition(".")[2]) in _EMPTIED:
            touched.setdefault(f"all {last}", about)
        elif about is not None and about.kind == "Service" and (match := _HOW_IT_IS_REACHED.match(field.path)):
            touched.setdefault(match[0], about)
        elif _suspends(about, field) and not ordinary(subject, view, _SLEEPERS):
            touched.setdefault("suspend", about)
    if isinstance(subject, Decision) and _FINALIZES in subject.body and verb_of(subject) == "patch":
        touched.setdefault("finalizers", subject.target)
    suspended = _says_suspended(subject, view) if isinstance(subject, Decision) else None
    if suspended is not None and not ordinary(subject, view, _SLEEPERS):
        touched.setdefault("suspend", suspended)
    for what, about in touched.items():
        yield Verdict(
            f"{_changed(what)} of {name_of(about)}: that is no setting of resources",
            "A Service whose selector fits nothing has no endpoints."
            if what == "selector"
            else "That wants a release.",
            part=what,
            severity=_of_setting(what, about, subject),
            switch=REVOKE,
        )
    if isinstance(subject, Decision) and (drives(subject) or cuts_cards(subject, view)):
        yield Verdict(
            f"changes {driven(subject)} of {nodes_of(subject)}",
            "That may end every process on the node's GPUs, and no rollout takes it back.",
            part="driver",
            switch=REVOKE,
        )


_ENDPOINTS_LEFT = late(r"^(?:new_|remaining_)?(?:ready_)?endpoints(?:_after|_left|_now|_matched)?$|^matches$", re.I)


@lru_cache(maxsize=4_096)
def _setting_of(path: str) -> str:
    """What of how a program runs a path is about; empty for how much it gets, and for what is not known."""
    match = _HOW_IT_RUNS.search(path)
    return match["what"] if match is not None else ""


def _of_setting(what: str, about: Ref | None, subject: Decision | Change) -> Severity:
    """How bad it is: a Service that its own words leave without any endpoint is off."""
    if what != "selector" or about is None or about.kind != "Service" or not isinstance(subject, Decision):
        return Severity.WARNING
    left = (text for key, text in subject.attributes.items() if _ENDPOINTS_LEFT.match(key))
    return Severity.CRITICAL if "0" in left else Severity.WARNING


def _says_suspended(subject: Decision, view: View) -> Ref | None:
    """What a line says to be suspended without telling the field; ``None`` where it says no such thing."""
    if verb_of(subject) != "patch" or not view.announces(subject):
        return None
    suspended = next((target for target in targets_of(subject) if target.kind in _SUSPENDED), None)
    if suspended is None:
        return None
    told = subject.attributes.get("suspend", "").lower() == "true" or _SUSPENDS.search(subject.message) is not None
    return suspended if told or any(_IS_SUSPENDED.bad_in(subject)) else None


def _suspends(about: Ref | None, field: ChangeField) -> bool:
    runs = about is not None and about.kind in _SUSPENDED
    return runs and field.path == "suspend" and field.after.lower() == "true"


def _changed(what: str) -> str:
    """``removes all rules``, ``changes the livenessProbe``."""
    return f"removes {what}" if what.startswith("all ") else f"changes {what}"


def _is_of_cluster(target: Ref) -> bool:
    """Whether the cluster stands on it: a pod by its name, and whatever of kube-system makes pods."""
    if target.namespace not in CLUSTER_SPACES:
        return False
    return target.kind in _MAKES_PODS or (target.kind in ("Pod", "") and _OF_CLUSTER.match(target.name) is not None)


def _moves(target: Ref, subject: Decision, view: View) -> str:
    """Words that a pod of which there are several leaves a node as any other pod does; empty where it may be more."""
    sort = _OF_SEVERAL.match(target.name)
    if verb_of(subject) != "evict" or sort is None:
        return ""
    lines = [*view.said(Note.ANNOUNCEMENT, subject, MINUTE), subject]
    taken = [each for line in lines if verb_of(line) in _TAKES for each in targets_of(line) if _is_of_cluster(each)]
    # A node that goes takes one of each sort along; a descheduler picks its pods.
    picks = view.role_of(subject).role == _PICKS
    alike = {each.key for each in taken if picks or each.name.startswith(sort[0])}
    return ordinary(subject, view, _EMPTIES_NODES) if len(alike) == 1 else ""


def _harmless(target: Ref, subject: Decision, view: View) -> str:
    """Words that nothing which is there is touched, or a Secret only renewed; empty where it may be more."""
    if target.kind in _ADDS and verb_of(subject) == "create" and target.namespace not in CLUSTER_SPACES:
        return "A new one takes nothing from what is there."
    if target.kind == "PersistentVolumeClaim" and _grows(target, subject, view):
        return "A volume that grows loses nothing."
    return "It says that it renews it." if target.kind == "Secret" and _renews(target, subject, view) else ""


def _grows(target: Ref, subject: Decision, view: View) -> bool:
    """Whether a volume is only given more, twice as much at most; or a line tells again of one that was."""
    fields = view.writing(subject).fields
    if fields:
        return all(each.path in _SIZES and _more(each.before_number, each.after_number) for each in fields)
    if verb_of(subject) != "scale":
        return False
    lines = view.said(Note.ANNOUNCEMENT, subject, HOUR, target.name)
    told = next((line.fields for line in reversed(lines) if line.target == target and line.fields), ())
    return bool(told) and all(each.path in _SIZES and _more(each.before_number, each.number) for each in told)


def _more(before: float | None, after: float | None) -> bool:
    return before is not None and after is not None and 0 < before <= after <= before * _TWICE


def _renews(target: Ref, subject: Decision, view: View) -> bool:
    """Whether the line says that it renews a Secret, and may be taken at its word: in a log alone, for a few."""
    if not is_log_alone(view) or target.namespace in CLUSTER_SPACES:
        return False
    hour, day = (view.reach(BlastMeasure.SECRETS, seconds).count for seconds in (HOUR, DAY))
    said = _RENEWS.search(f"{subject.message} {subject.body}") is not None
    return said and hour <= _RENEWED_AN_HOUR and day <= _RENEWED_A_DAY


def _what(target: Ref, subject: Decision) -> str:
    """What an object is, that an optimizer of resources has no business to write; empty for what it has."""
    if target.kind in _DATA:
        return "no setting of resources"
    if target.kind in _GUARDS or _GUARD_WORDS.search(target.kind):
        return "a guard rail"
    if target.kind == "ConfigMap" and _OWN_STATE.search(target.name):
        return ""
    if target.namespace in CLUSTER_SPACES and target.kind not in ("", "Lease", "Pod", "Event"):
        return f"part of the cluster itself ({target.namespace})"
    told = subject.fields or not _VALUES.isdisjoint(subject.attributes) or _TELLS_VALUES.search(subject.message)
    return "the configuration of a program" if target.kind == "ConfigMap" and told else ""


def _given(subject: Decision, view: View) -> list[Ref]:
    """Rights that are told as given without the binding: a role by its name, a token of an account."""
    if verb_of(subject) not in _WRITES or not view.announces(subject):
        return []
    targets, token = targets_of(subject), "token" in subject.action.lower()
    mighty = [each for each in targets if each.name in _MIGHTY and each.kind not in _RIGHTS]
    accounts = [each for each in targets[:1] if each.kind in ("", "ServiceAccount")]
    if mighty or not accounts:
        return mighty
    told = token or all(word.search(subject.message) is not None for word in (_PERMISSION, _ACCOUNT))
    return accounts if told else []


def _written(subject: Decision, view: View, kinds: frozenset[str] | None) -> list[Ref]:
    """What a line says to be written, of these kinds or of any."""
    if verb_of(subject) not in _WRITES or not view.announces(subject):
        return []
    return [target for target in targets_of(subject) if kinds is None or target.kind in kinds]
