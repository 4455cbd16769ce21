"""Which findings make the guard act. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.records import Finding, Severity
from opsconsole.settings import GuardSettings

FRESH = 60.0
"""Seconds for which a finding is a reason to act; what is older, a person has seen and decided on."""


class Trigger:
    """Picks out the findings that trip the guard: each once, until it is raised anew.

    Args:
        settings: severity and rules.
        since: when the guard began, in seconds since the epoch: what happened before is history.
    """

    def __init__(self, settings: GuardSettings, since: float) -> None:
        self._settings = settings
        self._since = since
        self._seen: dict[str, float] = {}

    def look(self, findings: Iterable[Finding], now: float) -> list[Finding]:
        """Return those of ``findings`` that are a new reason to act, the oldest first."""
        found = [each for each in findings if self._counts(each, now)]
        for each in found:
            self._seen[each.key] = each.at
        return sorted(found, key=lambda each: each.at)

    def stand_down(self, now: float) -> None:
        """Take everything that happened until now for settled: a person has thawed."""
        self._since = max(self._since, now)

    def shift(self, seconds: float) -> None:
        """The clock was set forward by so much: what was settled by it stays so, and nothing more does."""
        self._since += seconds

    def _counts(self, finding: Finding, now: float) -> bool:
        at = finding.at or now
        if at <= self._since or now - at > FRESH or self._seen.get(finding.key) == finding.at:
            return False
        rules = self._settings.rules
        if rules and finding.rule not in rules:
            return False
        return finding.severity.rank <= Severity(self._settings.severity).rank
