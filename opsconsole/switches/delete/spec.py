"""What the switch is that deletes the optimizer."""

from __future__ import annotations

from opsconsole.switches.spec import Right, SwitchSpec

SPEC = SwitchSpec(
    name="optimizer",
    key="2",
    title="Delete the optimizer",
    help="delete the optimizer: what makes its pods, then the pods",
    dangerous=False,
    rights=(
        Right("list", "pods"),
        Right("delete", "pods"),
        *(
            Right(verb, f"{kind}/scale", "apps")
            for kind in ("deployments", "statefulsets")
            for verb in ("get", "patch")
        ),
        Right("patch", "daemonsets", "apps"),
        Right("patch", "cronjobs", "batch"),
        Right("patch", "jobs", "batch"),
    ),
    proves="optimizer",
    proved="optimizer deleted",
    undoable=True,
    undoes=("workload.set",),
    needs=frozenset({"switches", "decisions"}),
)
