"""Which rules a line or a write concerns, by what they declare: a rule that has nothing to say is not asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import FunctionRule, Rule
from opsconsole.patterns import late
from opsconsole.records import ChangeField, Decision

_PARTS = late(r"[.\[\]]+")
_MOST_ASKED = 1_024
_REMEMBERED = 200

_Set: TypeAlias = frozenset[str]
_Parts: TypeAlias = tuple[str, ...]
_NONE: _Set = frozenset()


class _Traits(NamedTuple):
    """What of a line rules look at. Lines with the same traits concern the same rules.

    Of words and details it is told whose are in the line, by the numbers of :class:`_Parted`, and not which: lines with
    other words of the same rules are alike.
    """

    announces: bool
    sets: bool
    verb: str
    fields: frozenset[str]
    targets: frozenset[str]
    actions: tuple[str, ...]
    words: frozenset[int]
    details: frozenset[int]
    keys: frozenset[str]
    has: tuple[str, ...]
    level: str
    became: str


class _Parted:
    """Finds out which of some tuples of parts have one in a text: each part is looked for once, whoever asks for it."""

    def __init__(self, tuples: Iterable[tuple[str, ...]]) -> None:
        self._numbers = {each: number for number, each in enumerate(dict.fromkeys(tuples)) if each}
        asked: dict[str, set[int]] = {}
        for each, number in self._numbers.items():
            for part in each:
                asked.setdefault(part, set()).add(number)
        self._asked = {part: frozenset(numbers) for part, numbers in asked.items()}
        self._parts = tuple(self._asked)

    def in_text(self, text: str) -> frozenset[int]:
        found = [part for part in self._parts if part in text]
        return frozenset[int]().union(*[self._asked[part] for part in found]) if found else _NOBODY

    def number_of(self, parts: tuple[str, ...]) -> int:
        return self._numbers.get(parts, -1)


_NOBODY: frozenset[int] = frozenset()


class Interests:
    """Picks those of some rules that a line or a write concerns.

    Args:
        rules: every rule that may be asked for.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        lines = [line for rule in rules for line in _lines(rule)]
        self._fields = frozenset[str]().union(
            *(_fields(rule, written=True) for rule in rules), *(line.fields for line in lines)
        )
        self._targets = frozenset[str]().union(*(line.targets for line in lines))
        self._levels = frozenset[str]().union(*(line.levels for line in lines))
        self._became = frozenset[str]().union(*(line.became for line in lines))
        self._actions = _every(line.actions for line in lines)
        self._words = _Parted(line.words for line in lines)
        self._details = _Parted(line.details for line in lines)
        self._keys = _every(line.keys for line in lines)
        self._has = _every(line.has for line in lines)
        self._of_lines: dict[tuple[int, tuple[object, ...]], tuple[Rule, ...]] = {}
        self._of_writes: dict[tuple[int, frozenset[str], bool, bool, bool], tuple[Rule, ...]] = {}
        """Answers. The rules are told by the identity of their tuple, which the caller keeps: a plugin's may have no
        hash."""

    def in_line(
        self, rules: tuple[Rule, ...], line: Decision, fields: Sequence[ChangeField], *, announces: bool, became: str
    ) -> tuple[Rule, ...]:
        """Those that a line of the log concerns.

        Args:
            rules: those that may be asked.
            line: what was said.
            fields: what it sets.
            announces: whether it is the first word about a write.
            became: what became of that.
        """
        traits = self._traits(line, fields, announces=announces, became=became)
        asked = self._of_lines.get((id(rules), traits))
        if asked is None:
            told = _Traits(*traits)
            asked = tuple(rule for rule in rules if self._concerns_line(rule, told))
            if len(self._of_lines) < _MOST_ASKED:
                self._of_lines[id(rules), traits] = asked
        return asked

    def in_write(
        self, rules: tuple[Rule, ...], fields: Sequence[ChangeField], *, newest: bool, another: bool, harmed: bool
    ) -> tuple[Rule, ...]:
        """Those that a write concerns.

        Args:
            rules: those that may be asked.
            fields: what it set.
            newest: whether it is the newest of those that came together.
            another: whether it is known to be another's than the optimizer's.
            harmed: whether anything that it has written is seen to fail of it.
        """
        said = self._said(fields)
        asked = self._of_writes.get((id(rules), said, newest, another, harmed))
        if asked is None:
            alike = (rule for rule in rules if _concerns_write(rule, said, newest=newest, another=another))
            asked = tuple(rule for rule in alike if harmed or not (isinstance(rule, FunctionRule) and rule.harmed))
            if len(self._of_writes) < _MOST_ASKED:
                self._of_writes[id(rules), said, newest, another, harmed] = asked
        return asked

    def _traits(
        self, line: Decision, fields: Sequence[ChangeField], *, announces: bool, became: str
    ) -> tuple[bool, bool, str, _Set, _Set, _Parts, frozenset[int], frozenset[int], _Set, _Parts, str, str]:
        """The :class:`_Traits` of a line, as they are kept: each line asks, and few are new."""
        action, body, message = line.action.casefold(), line.body, line.message
        words = (f"{message} {' '.join(line.problems)}" if line.problems else message).casefold()
        return (
            announces,
            bool(fields),
            verb_of(line),
            self._said(fields),
            self._targets_of(line),
            tuple([part for part in self._actions if part in action]),
            self._words.in_text(words),
            self._details.in_text(body if message in body else f"{body}\n{message}"),
            self._keys_of(line),
            tuple([name for name in self._has if getattr(line, name)]),
            line.level if line.level in self._levels else "",
            became if became in self._became else "",
        )

    def _targets_of(self, line: Decision) -> _Set:
        found, looked_at = _NONE, self._targets
        for each in targets_of(line) if line.target is None else (*line.targets, line.target):
            if each.kind in looked_at or each.name in looked_at:
                found |= looked_at.intersection((each.kind, each.name))
        return found

    def _keys_of(self, line: Decision) -> _Set:
        found = _NONE
        for key in line.attributes:
            # It has the optimizer's own words in it: a long one is not remembered, or thousands would fill the memory.
            found |= (_keys_remembered if len(key) <= _REMEMBERED else _in_key)(key, self._keys)
        return found

    def _said(self, fields: Sequence[ChangeField]) -> _Set:
        """Those words of their paths that rules look at."""
        found = _NONE
        for field in fields:
            found |= (_path_remembered if len(field.path) <= _REMEMBERED else _in_path)(field.path, self._fields)
        return found

    def _concerns_line(self, rule: Rule, traits: _Traits) -> bool:
        looks, lines = _fields(rule, written=False), _lines(rule)
        if looks and looks.isdisjoint(traits.fields):
            return False
        return not lines or any(self._is_like(traits, line) for line in lines)

    def _is_like(self, traits: _Traits, line: Interest) -> bool:
        return (
            (traits.announces or not line.announces)
            and (traits.sets or not line.sets)
            and (not line.verbs or traits.verb in line.verbs)
            and (not line.levels or traits.level in line.levels)
            and (not line.became or traits.became in line.became)
            and (not line.words or self._words.number_of(line.words) in traits.words)
            and (not line.details or self._details.number_of(line.details) in traits.details)
            and all(
                not asked or not asked_of.isdisjoint(asked)
                for asked, asked_of in (
                    (line.fields, traits.fields),
                    (line.targets, traits.targets),
                    (line.keys, traits.keys),
                    (line.actions, frozenset(traits.actions)),
                    (line.has, frozenset(traits.has)),
                )
            )
        )


def _every(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for some in parts for part in some))


def _in_path(path: str, looked_at: frozenset[str]) -> frozenset[str]:
    return looked_at.intersection(_PARTS.split(path))


def _in_key(key: str, looked_at: tuple[str, ...]) -> frozenset[str]:
    plain = key.casefold().replace("_", "")
    return frozenset(part for part in looked_at if part in plain)


_path_remembered = lru_cache(maxsize=4_096)(_in_path)
_keys_remembered = lru_cache(maxsize=4_096)(_in_key)


def _lines(rule: Rule) -> tuple[Interest, ...]:
    return rule.lines if isinstance(rule, FunctionRule) else ()


def _fields(rule: Rule, *, written: bool) -> frozenset[str]:
    if not isinstance(rule, FunctionRule):
        return frozenset()
    return rule.written if written else rule.fields


def _concerns_write(rule: Rule, said: frozenset[str], *, newest: bool, another: bool) -> bool:
    looks = _fields(rule, written=True)
    if looks and looks.isdisjoint(said):
        return False
    return not isinstance(rule, FunctionRule) or ((newest or not rule.once) and not (another and rule.own))
