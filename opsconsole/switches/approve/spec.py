"""What the switch is that signs off a refused write."""

from __future__ import annotations

from opsconsole.switches.spec import Right, SwitchSpec

_ADMISSION = "admissionregistration.k8s.io"
_POLICIES = ("validatingadmissionpolicies", "validatingadmissionpolicybindings")

SPEC = SwitchSpec(
    name="approve",
    key="A",
    title="Approve what the optimizer asks for",
    help="approve one write that a rule refuses the optimizer, for a few minutes",
    rights=(
        *(Right("patch", kind, "apps") for kind in ("deployments", "statefulsets", "daemonsets", "replicasets")),
        Right("patch", "cronjobs", "batch"),
        Right("patch", "horizontalpodautoscalers", "autoscaling"),
        Right("patch", "nodes"),
        Right("patch", "pods"),
        Right("patch", "namespaces"),
        # Whether nobody but an approver could approve is read off the installed rule.
        *(Right(verb, kind, _ADMISSION) for kind in _POLICIES for verb in ("list", "get")),
    ),
    undone_by="withdraw",
    needs=frozenset({"switches", "cluster", "decisions", "judges"}),
    waits_for=(
        *("deployments", "statefulsets", "daemonsets", "replicasets", "cronjobs", "horizontalpodautoscalers"),
        *("nodes", "decisions"),
    ),
    watches=3.0,
)
