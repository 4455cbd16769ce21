"""What the switch is that gives the optimizer less."""

from __future__ import annotations

from opsconsole.switches.revoke.spec import SPEC as REVOKE
from opsconsole.switches.spec import Right, SwitchSpec

_RBAC = "rbac.authorization.k8s.io"

SPEC = SwitchSpec(
    name="downgrade",
    key="B",
    title="Downgrade its rights",
    help="downgrade the optimizer's rights to reading, and writing what it was seen to write",
    rights=(
        *REVOKE.rights,
        *(Right("create", kind, _RBAC) for kind in ("clusterroles", "clusterrolebindings", "rolebindings")),
    ),
    undoable=True,
    undoes=("downgrade.make",),
    needs=frozenset({"switches", "cluster", "decisions", "judges"}),
    # All that it may be left to write: see the kinds of needs.
    waits_for=(
        *("deployments", "statefulsets", "daemonsets", "replicasets", "cronjobs"),
        *("horizontalpodautoscalers", "poddisruptionbudgets", "nodes"),
    ),
    watches=3.0,
)
