"""Which findings make the guard act. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.records import Finding, Severity
from opsconsole.settings import GuardSettings

FRESH = 60.0
"""Seconds for which a finding is a reason to act; what is older, a person has seen and decided on."""


MOST_ASIDE = 1000
"""Findings that are kept though they are too old, in case that the clock by which they are was wrong."""


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
        self._old: dict[str, tuple[Finding, float]] = {}
        self._was_set = False

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
        self._old = {key: (each, seen + seconds) for key, (each, seen) in self._old.items()}
        self._was_set = True

    def again(self, now: float) -> list[Finding]:
        """Return what was too old by a clock that has been set since, and is not by the one there is now.

        The API server's clock may be set back: what happens from then on is dated by it at once, and found to be hours
        old until we know of that.
        """
        if not self._was_set:
            return []
        self._was_set = False
        self._old = {key: (each, seen) for key, (each, seen) in self._old.items() if now - seen <= FRESH}
        # By the right clock it came when it happened; one that is of the future then is of a past day after all.
        return self.look([each for each, seen in self._old.values() if abs(seen - each.at) <= FRESH], now)

    def _counts(self, finding: Finding, now: float) -> bool:
        at, rules = finding.at or now, self._settings.rules
        if self._seen.get(finding.key) == finding.at or (rules and finding.rule not in rules):
            return False
        if finding.severity.rank > Severity(self._settings.severity).rank:
            return False
        if now - at > FRESH:
            self._set_aside(finding, now)
            return False
        return at > self._since

    def _set_aside(self, finding: Finding, now: float) -> None:
        """Keep what is too old, for as long as it would have counted, or as there are not too many.

        What is told anew came when it was told first: an old alarm whose count goes up is not younger for that.
        """
        known, seen = self._old.get(finding.key, (finding, now))
        if known.at != finding.at:
            del self._old[finding.key]
            seen = now
        self._old[finding.key] = (finding, seen)
        if len(self._old) > MOST_ASIDE:
            self._old.pop(next(iter(self._old)))
