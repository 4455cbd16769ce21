"""SmartScaler: understands its log and flags what it did on its last morning."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.plugin import DecisionParser, Plugin, Rule

from .parser import SmartScalerParser
from .rules import RULES


class SmartScaler(Plugin):
    """The log format and the follies of SmartScaler."""

    name = "smartscaler"
    api = "1.0"
    summary = "SmartScaler's log format, and rules for NaN, impossible counts, memory, fallbacks and dead routes"

    def decision_parsers(self) -> Sequence[DecisionParser]:
        return (SmartScalerParser(),)

    def rules(self) -> Sequence[Rule]:
        return RULES


PLUGIN = SmartScaler
