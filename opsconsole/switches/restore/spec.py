"""What the switch is that puts back what the optimizer changed. It is always confirmed: its plan has to be read."""

from __future__ import annotations

from opsconsole.switches.spec import Right, SwitchSpec

LOG = "decisions"
"""The feed that reads what the optimizer says."""

SPEC = SwitchSpec(
    name="restore",
    key="R",
    title="Restore what it changed",
    help="restore what the optimizer changed: every field, to its last known good value",
    rights=(
        *(Right("patch", kind, "apps") for kind in ("deployments", "statefulsets", "daemonsets", "replicasets")),
        *(Right("patch", kind, "batch") for kind in ("cronjobs", "jobs")),
        Right("patch", "horizontalpodautoscalers", "autoscaling"),
        Right("patch", "nodes"),
    ),
    undoable=True,
    undoes=("fields.put",),
    needs=frozenset({"switches", "cluster", "decisions", "judges"}),
    # What must have spoken before the account of the damage says anything: all that is put back, and the log.
    waits_for=(
        *("deployments", "statefulsets", "daemonsets", "replicasets", "cronjobs", "jobs"),
        *("horizontalpodautoscalers", "nodes", LOG),
    ),
    # The log's history is read meanwhile, and an optimizer that still writes is seen.
    watches=5.0,
)
