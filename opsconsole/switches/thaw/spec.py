"""What the switch is that takes a freeze back."""

from __future__ import annotations

from opsconsole.switches.spec import SwitchSpec

SPEC = SwitchSpec(
    name="thaw",
    key="H",
    title="Thaw the optimizer",
    help="thaw the optimizer: take a freeze back",
    undone_by="freeze",
)
