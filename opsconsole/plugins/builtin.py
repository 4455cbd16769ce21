"""What opsconsole brings itself, through the door that plugins come in by."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.decisions.entry import DecisionParser
from opsconsole.governor.rule import Rule
from opsconsole.plugin import API_VERSION, Plugin


class BuiltIn(Plugin):
    """The console's own parsers and rules. Its names carry no prefix.

    Both are imported when they are asked for: the kill switches are wired before them, and where no optimizer is named
    no line is ever read.
    """

    name = "builtin"
    api = API_VERSION
    summary = "the console's own parsers and rules"

    def decision_parsers(self) -> Sequence[DecisionParser]:
        from opsconsole.decisions.stream import BUILT_IN  # noqa: PLC0415

        return BUILT_IN

    def rules(self) -> Sequence[Rule]:
        from opsconsole.governor.rules import BUILT_IN  # noqa: PLC0415

        return BUILT_IN
