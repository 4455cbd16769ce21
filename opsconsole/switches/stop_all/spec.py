"""What the switch is that does all three."""

from __future__ import annotations

from opsconsole.switches.spec import SwitchSpec

SPEC = SwitchSpec(
    name="all",
    key="0",
    title="All three, in that order",
    help="all three: rights, optimizer, GPUs, in this order",
    dangerous=False,
    undoable=True,
    needs=frozenset({"switches", "decisions", "gpu", "pods"}),
    waits_for=("pods",),
    waits_briefly=("gpu",),  # a GPU that hangs must not keep anybody from revoking
)
