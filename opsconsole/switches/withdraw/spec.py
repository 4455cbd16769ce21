"""What the switch is that takes approvals back."""

from __future__ import annotations

from opsconsole.switches.spec import SwitchSpec

SPEC = SwitchSpec(
    name="withdraw",
    key="X",
    title="Take approvals back",
    help="withdraw the approvals that were given from here and still stand",
)
