"""What opsconsole brings itself, through the door that plugins come in by."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.decisions.entry import DecisionParser
from opsconsole.decisions.stream import BUILT_IN as PARSERS
from opsconsole.governor.rule import Rule
from opsconsole.governor.rules import BUILT_IN as RULES
from opsconsole.plugin import API_VERSION, Plugin


class BuiltIn(Plugin):
    """The console's own parsers and rules. Its names carry no prefix."""

    name = "builtin"
    api = API_VERSION
    summary = "the console's own parsers and rules"

    def decision_parsers(self) -> Sequence[DecisionParser]:
        return PARSERS

    def rules(self) -> Sequence[Rule]:
        return RULES
