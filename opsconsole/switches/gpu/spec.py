"""What the switch is that cleans up the GPUs of this host or of the nodes. It needs no right of the cluster's."""

from __future__ import annotations

from opsconsole.switches.spec import SwitchSpec

SPEC = SwitchSpec(
    name="gpu",
    key="3",
    title="Clean up GPUs",
    help="clean up GPUs: end dead processes that hold GPU memory",
    dangerous=False,
    proves="GPUs",
    proved="GPUs cleaned",
    needs=frozenset({"switches", "gpu", "pods"}),
    waits_for=("pods", "gpu"),
)
