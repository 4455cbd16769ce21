"""What the switch is that takes the optimizer's rights away."""

from __future__ import annotations

from opsconsole.switches.spec import Right, SwitchSpec

_RBAC = "rbac.authorization.k8s.io"

SPEC = SwitchSpec(
    name="revoke",
    key="1",
    title="Revoke its rights",
    help="revoke the optimizer's rights: every binding through which it can write",
    dangerous=False,
    rights=(
        *(Right("list", kind, _RBAC) for kind in ("clusterrolebindings", "rolebindings", "clusterroles", "roles")),
        *(Right(verb, kind, _RBAC) for kind in ("clusterrolebindings", "rolebindings") for verb in ("delete", "patch")),
        Right("create", "subjectaccessreviews", "authorization.k8s.io"),
    ),
    proves="rights",
    proved="rights revoked",
    undoable=True,
    undoes=("rbac.delete", "rbac.remove-subject"),
)
