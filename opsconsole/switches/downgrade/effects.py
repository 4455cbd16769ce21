"""The effect of a downgrade: make a role, or a binding of it."""

from __future__ import annotations

from opsconsole.switches.downgrade.plan import MAKE
from opsconsole.switches.freeze.effects import CreateObject


class MakeGrant(CreateObject):
    """Creates one object of those that leave the optimizer its work; undo deletes it."""

    name = MAKE
