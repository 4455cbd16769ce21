"""What the switch is that freezes the optimizer."""

from __future__ import annotations

from opsconsole.govern.names import FREEZE
from opsconsole.switches.spec import Right, SwitchSpec

_ADMISSION = "admissionregistration.k8s.io"
_POLICIES = ("validatingadmissionpolicies", "validatingadmissionpolicybindings")

RIGHTS = (
    *(Right(verb, kind, _ADMISSION) for kind in _POLICIES for verb in ("list", "get", "create")),
    *(Right("delete", kind, _ADMISSION, FREEZE) for kind in _POLICIES),
    Right("get", "namespaces", name="kube-system"),
    Right("patch", "namespaces", name="kube-system"),
    Right("create", "subjectaccessreviews", "authorization.k8s.io"),
)

SPEC = SwitchSpec(
    name="freeze",
    key="F",
    title="Freeze the optimizer",
    help="freeze the optimizer: the API server refuses every write of it, reads go on",
    rights=RIGHTS,
    undone_by="thaw",
)
