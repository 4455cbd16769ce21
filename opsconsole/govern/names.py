"""Names of the objects that govern in the cluster. Pure."""

from __future__ import annotations

GROUP = "admissionregistration.k8s.io"
POLICY = "ValidatingAdmissionPolicy"
BINDING = "ValidatingAdmissionPolicyBinding"

PREFIX = "govern.opsconsole.io"
APPROVED = f"{PREFIX}/approved"
"""Annotation in which an approver signs off one change of the object that has it."""

LISTED = f"{PREFIX}/approvals"
"""Annotation of a Namespace in which approvers sign off what shows a rule no object: scaling, evictions."""

MANAGED_BY = "app.kubernetes.io/managed-by"
OURS = "opsconsole"
PART_OF = f"{PREFIX}/part"
"""Label that tells an object of ours from somebody else's of the same name: its value is ``freeze`` or ``governor``."""

FREEZE = "opsconsole-freeze"
"""Policy and binding that a freeze makes on the spot where no governor is installed."""

FREEZES = (FREEZE, *(f"{FREEZE}-{number}" for number in range(2, 10)))
"""One name for each freeze that stands at a time. Few and known, so that a role can be limited to them."""

GOVERNOR = "opsconsole-governor"
"""How the names of the installed governor's policies begin."""

INSTALLED_FREEZE = f"{GOVERNOR}-freeze"
PROTECT = f"{GOVERNOR}-protect"
LAPSED = f"{GOVERNOR}-lapsed"
PARAMETER = "kube-system"
"""The Namespace whose annotation is the parameter of the installed freeze.

Not a ConfigMap: a parameter that is missing makes the API server refuse everybody's writes, whoever a policy is for,
and of ConfigMaps it remembers nothing new once the last policy with such a parameter was deleted, until it is restarted
(both seen on 1.36.3). This Namespace can't be deleted, and the API server follows it for as long as it runs.
"""

FROZEN = f"{PREFIX}/frozen"
"""The annotation. Anything but ``"false"`` freezes, its absence too: what nobody understands opens nothing."""

OLDEST = "1.30"
"""First version of Kubernetes that has ValidatingAdmissionPolicy in v1."""

FROZEN_WORDS = "opsconsole: frozen: the optimizer may write nothing until a person thaws it"
"""What a refused write is told; the proof looks for it."""


def labels(part: str) -> dict[str, str]:
    """Labels of an object of ours."""
    return {MANAGED_BY: OURS, PART_OF: part}


CUSTOM_WORKLOADS = {"argoproj.io": ("rollouts",), "apps.kruise.io": ("clonesets", "statefulsets", "daemonsets")}
"""Custom workloads, by API group, whose operators run them as those of Kubernetes are run, by the same fields."""

RUN_PODS = ("pods", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs",
            "replicationcontrollers", *(kind for kinds in CUSTOM_WORKLOADS.values() for kind in kinds))  # fmt: skip
"""What has a pod's spec in it, by plural: pods and all workloads."""

KEDA = "keda.sh"
"""The API group of ScaledObjects, by which KEDA makes autoscalers."""
