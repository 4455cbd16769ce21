"""What a decision may not touch: rights, guard rails, data, and how a program is run rather than how much it gets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of, wanted
from opsconsole.records import Change, Decision, Kind, Ref, Severity

_RIGHTS = frozenset({"ClusterRoleBinding", "RoleBinding", "ClusterRole", "Role"})
_GUARDS = frozenset({
    "PodDisruptionBudget", "ResourceQuota", "LimitRange", "NetworkPolicy", "PriorityClass",
    "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
    "CustomResourceDefinition", "APIService",
})  # fmt: skip
_DATA = frozenset({
    "Namespace", "PersistentVolumeClaim", "PersistentVolume", "Secret", "ServiceAccount", "StorageClass",
})  # fmt: skip
_WRITES = frozenset({"create", "patch", "scale", "rollback"})
_HOW_IT_RUNS = re.compile(
    r"(?:^|[.\]])(?P<what>priorityClassName|livenessProbe|readinessProbe|startupProbe|env|envFrom|selector|nodeSelector|"
    r"affinity|tolerations|serviceAccountName|hostNetwork|hostPID|securityContext|volumes|volumeMounts|command|args)"
    r"(?=$|[.\[])"
)
_DRIVERS = re.compile(r"driver|device[-_ ]?plugin|firmware|kernel[-_ ]?module", re.IGNORECASE)
_DRIVER_VERBS = re.compile(r"upgrad|install|replac|patch|updat|roll", re.IGNORECASE)


@rule("rights-changed", Severity.CRITICAL, Kind.DECISION)
def rights_changed(subject: Decision, view: View) -> Iterable[Verdict]:
    """It creates or changes a role or a binding: rights for itself, or for whom it likes.

    The Aura write-up: `aura-optimizer-admin-binding`. A program that may give rights has them all.
    """
    for target in _written(subject, view, _RIGHTS):
        yield Verdict(
            f"{verb_of(subject)}s {target.kind} {target.name}: it gives rights",
            "Who may write bindings may do everything. Revoke its rights before it uses the new ones.",
            part=f"{target.kind}/{target.key}",
            about=target,
            switch=REVOKE,
        )


@rule("guard-rail-changed", Severity.WARNING, Kind.DECISION)
def guard_rail_changed(subject: Decision, view: View) -> Iterable[Verdict]:
    """It writes a disruption budget, a quota, a webhook, a policy, or a namespace, volume or Secret.

    The Aura write-up wants a PDB before every pod that serves; what guards against it is not its business, nor is data.
    """
    for target in _written(subject, view, _GUARDS | _DATA):
        what = "a guard rail" if target.kind in _GUARDS else "no setting of resources"
        yield Verdict(
            f"{verb_of(subject)}s {target.kind} {target.name}: {what}",
            "An optimizer of resources has no business there.",
            part=f"{target.kind}/{target.key}",
            about=target,
            switch=REVOKE,
        )


@rule("not-its-business", Severity.WARNING, Kind.DECISION, Kind.CHANGE)
def not_its_business(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """It changes how a program runs: probes, priority, environment, selectors, drivers.

    The Aura write-up: four nodes' drivers had to be rolled back since it "tried to 'upgrade' them". Without probes a
    dead pod gets traffic; with another selector a Service has no endpoints.
    """
    touched: dict[str, Ref | None] = {}
    for about, field in wanted(subject, view):
        match = _HOW_IT_RUNS.search(field.path)
        if match is not None:
            touched.setdefault(match["what"], about)
    for what, about in touched.items():
        yield Verdict(
            f"{what} of {name_of(about)} changed: that is no setting of resources",
            "A Service whose selector fits nothing has no endpoints."
            if what == "selector"
            else "That wants a release.",
            part=what,
            switch=REVOKE,
        )
    if isinstance(subject, Decision) and view.announces(subject) and _drives(subject):
        yield Verdict(
            f"changes a driver or device plugin of {name_of(subject.target)}",
            "A driver change ends every process on the node's GPUs.",
            part="driver",
            switch=REVOKE,
        )


def _written(subject: Decision, view: View, kinds: frozenset[str]) -> list[Ref]:
    if verb_of(subject) not in _WRITES or not view.announces(subject):
        return []
    return [target for target in targets_of(subject) if target.kind in kinds]


def _drives(decision: Decision) -> bool:
    action = decision.action or ""
    return bool(_DRIVERS.search(action) and _DRIVER_VERBS.search(action))
