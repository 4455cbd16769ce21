"""The findings that hold, by the record they come from: what is new, what changed, what is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from opsconsole.records import Finding, Kind


class Findings:
    """Compares what a rule says of a record now with what it said before, so that only differences are told.

    A finding belongs to the record that gave it last; a record that no longer gives it takes back only its own.
    """

    def __init__(self) -> None:
        self._held: dict[str, Finding] = {}
        self._owner: dict[str, tuple[Kind, str]] = {}
        self._given: dict[tuple[Kind, str], dict[str, tuple[str, ...]]] = {}
        self._new: dict[str, Finding] = {}
        self._over: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: str) -> Finding | None:
        """The finding with that key, if it holds."""
        return self._held.get(key)

    def all(self) -> Iterable[Finding]:
        """Every finding that holds."""
        return self._held.values()

    def gives(self, kind: Kind, key: str) -> bool:
        """Whether any finding comes from that record."""
        return (kind, key) in self._given

    def set(self, kind: Kind, key: str, rule: str, found: Sequence[Finding]) -> None:
        """Take what ``rule`` says of the record now in place of what it said before."""
        source = (kind, key)
        given = self._given.get(source)
        earlier = given.get(rule, ()) if given is not None else ()
        if not found and not earlier:
            return
        for finding in found:
            self._hold(finding, source)
        keys = tuple([finding.key for finding in found])
        if earlier and earlier != keys:
            self._take_back(set(earlier).difference(keys), source)
        if keys:
            self._given.setdefault(source, {})[rule] = keys
        elif given is not None:
            given.pop(rule, None)
            if not given:
                del self._given[source]

    def drop(self, kind: Kind, key: str) -> None:
        """The record is gone, and with it what was found on it."""
        for keys in self._given.pop((kind, key), {}).values():
            self._take_back(keys, (kind, key))

    def drain(self) -> tuple[list[Finding], list[str]]:
        """What is new or changed, and the keys of what is over, since the last call."""
        new, over = list(self._new.values()), list(self._over)
        self._new, self._over = {}, {}
        return new, over

    def _hold(self, finding: Finding, owner: tuple[Kind, str]) -> None:
        held = self._held.get(finding.key)
        self._owner[finding.key] = owner
        if held is not None and held.change == finding.change and _says_the_same(held, finding):
            return  # it began when it began
        self._held[finding.key] = finding
        self._new[finding.key] = finding
        self._over.pop(finding.key, None)

    def _take_back(self, keys: Iterable[str], owner: tuple[Kind, str]) -> None:
        for key in keys:
            if self._owner.get(key) == owner:
                del self._owner[key], self._held[key]
                self._new.pop(key, None)
                self._over[key] = None


def _says_the_same(held: Finding, finding: Finding) -> bool:
    return held.decision == finding.decision and msgspec.structs.replace(finding, at=held.at) == held
