"""Settings that a line tells values of: in its fields, in pairs beside it, in its words ("expireAfter 720h -> 2m")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from opsconsole.governor.announced.line_kinds import only_told, refusal, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.patterns import late
from opsconsole.records import Decision, EntryReading, Record, Severity

_VALUE = (
    r"(?:\"[^\"]{0,80}\"|'[^']{0,80}'|\[[^\]]{0,120}\]|\{[^}]{0,160}\}|"
    r"(?!(?:->|=>|→|to |and |of |for |in )|to$)[^\s,;()\"'\[{}]{1,80})"
)
_TAIL = (
    r"[\"'\])]{0,2}(?: (?:of|for|on|in) [\w./=-]{1,80})?"
    r"(?: ?[:=] ?| (?:is |was |has been )?(?:now |set |changed |raised |lowered |reduced |cut )?(?:to |from )?)"
    rf"(?P<first>{_VALUE})(?: ?(?:->|=>|→) ?| to )?(?P<second>(?<=[>→ ]){_VALUE})?"
    rf"(?:[}}\])]{{0,2}},? \(?(?:was|previously|formerly):? (?P<was>{_VALUE}))?"
)
"""What stands behind a setting's name in a sentence: a value, or one and what becomes of it, or what it was."""

_ABOVE = r"(?:[\w\[\]-]{1,60}[./]){0,8}"
"""What stands before it in its path."""

_BEFORE = ("old", "before", "previous", "was", "from", "current")
_AFTER = ("new", "after", "to", "value", "desired")
"""Keys of the two values; of several beside one message the first one here counts."""

_NAMES = frozenset({"field", "path", "setting", "key", "parameter", "param", "property", "option", "jsonpath"})
_REMEMBERED, _MOST_KEYS = 200, 4_096
_LONGEST_NAME = 80


_SETS = frozenset({"patch", "scale", "restart", "rollback"})
"""What is made anew had no setting that it could lose; of what may not be made at all other rules tell."""

ARROWS = ("->", "=>", "→")
_ONLY_THOUGHT = late(
    r"\b(?:would|dry|simulat\w*|propos\w*|plan\w*|suggest\w*|recommend\w*|diff|could|should|not|skipp\w+|refus\w*|"
    r"denied|rejected|failed|observed|detected|saw|found)\b",
    re.IGNORECASE,
)
_CHANGED = (
    "patch /", "put /",
    "patched ", "updated", "changed", "configured ", "alter", "tuned", "relaxed", "loosened", "overrid", "adjusted",
    "set ", "setting ", "updating ", "changing ", "config", "labeled", "labelled", "annotated", "applied",
    "synced ", "reassigned ", " removed", " disabled",
    " from ",
)  # fmt: skip
_HAS_CHANGED = late(
    r"(?:\S{1,40}:? )?(?:patched|updated|changed|altered|synced|reassigned|(?:re)?configured) |"
    r"ALTER (?:SYSTEM|DATABASE|ROLE|USER|KEYSPACE|TABLE|TOPIC|INDEX) (?:[\w.\"-]{1,80} )?(?:SET|WITH) |"
    r"(?:[A-Za-z][\w-]{1,30} ){1,4}(?:changed|updated|altered|modified|tuned|relaxed|loosened|overridden|adjusted)$|"
    r"(?:config(?:uration)?|settings?) (?:override|overridden|change|update)(?:$|: )|(?:labell?ed|annotated)$|"
    r"(?:PATCH|PUT) \S{0,100}(?:config|setting)|"
    r"[^,;]{1,100}? (?:changed|lowered|raised|cut|reduced|switched) from \S|"
    r"(?:lowered|reduced|cut|shortened|trimmed|raised|increased) [^,;]{1,100}? from \S{1,20} to \S|"
    r"(?:[Ss]et|[Ss]etting|[Uu]pdating|[Cc]hanging) [\w.-]{3,80}(?:=| = | to | from )\S|[\w.-]{3,80} set to \S|"
    r"[^,;]{1,120}? (?:removed|disabled)(?:$|[,;(]| \()",
    re.IGNORECASE,
)
"""How a line begins that tells of a change, whatever of; or all that it says, beside the values."""

_WAS_AT_END = late(r"\((?:was|previously|formerly):? ([^()]{1,80})\)$")
"""What the one value of a document in a line was before."""

_NAME_CHANGED = late(r"(?P<name>[\w.-]{3,80}) (?:changed|updated|modified|switched|set)", re.IGNORECASE)
"""A setting's name and nothing else, beside its values."""
_OLD_VALUES = ("from", "previous", "was", "old")
TELLS_SETTINGS = (
    Interest(verbs=_SETS),
    Interest(details=ARROWS),
    Interest(words=_CHANGED),
    Interest(keys=_OLD_VALUES),
    Interest(keys=("command", "cmd", "sql", "statement")),
)
"""Lines that may tell a setting: those that set something, and those that nobody has understood."""


class ToldSetting(Record, frozen=True):
    """A setting with its values as a line tells them; an empty ``before`` is not known."""

    key: str
    before: str
    after: str


class Watched(Record, frozen=True):
    """A setting that somebody is protected by, and the value that no one is.

    Attributes:
        sign: what its name has in it, in small letters, without blanks, dashes and underscores.
        key: the end of its path, or its name in a sentence.
        bad: whether what is told of it is bad.
        why: what that comes to, for the screen.
        severity: how bad.
    """

    sign: str
    key: str
    bad: Callable[[ToldSetting], bool]
    why: str
    severity: Severity = Severity.WARNING


class SettingsTable:
    """Looks for some settings in lines. What most lines cost is a look for a few dozen words.

    Args:
        table: the settings that are looked for.
    """

    def __init__(self, table: Iterable[Watched]) -> None:
        self._table = tuple(table)
        self._rows_of_signs = tuple((each.sign, each) for each in self._table)
        self._ends = {each: late(rf"(?:^|[./\[\]])(?:{each.key})(?:\[[^\]]*\]|\])?$", re.I) for each in self._table}
        self._words = {
            each: late(rf"(?:(?<=[\s(\"',])|^|--)(?P<path>{_ABOVE}(?:{each.key})){_TAIL}", re.I) for each in self._table
        }
        self._of_key = lru_cache(maxsize=4_096)(self._rows)
        self._unnamed: set[str] = set()
        """Keys of attributes that are none of these settings, as almost all are: a log has few, and each line some."""

    def bad_in(self, decision: Decision) -> Iterator[tuple[Watched, ToldSetting]]:
        """Those that the line sets to what is bad, each once; of what is not understood with its old value."""
        found, understood = set(), decision.reading is EntryReading.ACTION or _begins_as_a_change(decision)
        for row, told in self._told(decision):
            if row not in found and (understood or told.before) and row.bad(told):
                found.add(row)
                yield row, told

    def news_in(self, decision: Decision, earlier: Iterable[Decision]) -> list[tuple[Watched, ToldSetting]]:
        """Those that the line sets to what is bad, and that none of the lines which it reports has told like it."""
        found = list(self.bad_in(decision))
        told = {(row, each.after) for line in earlier if sets(line) for row, each in self.bad_in(line)} if found else ()
        return [(row, each) for row, each in found if (row, each.after) not in told]

    def _told(self, decision: Decision) -> Iterator[tuple[Watched, ToldSetting]]:
        for field in decision.fields:
            for row in self._named(field.path):
                yield row, ToldSetting(field.path, bare(field.before), bare(field.value))
        if not decision.attributes.keys() <= self._unnamed or _is_named_beside(decision.attributes):
            was = _WAS_AT_END.search(decision.message) if decision.message.endswith(")") else None
            for key, before, after in _pairs(decision.attributes):
                for row in self._named(key):
                    yield row, ToldSetting(key, bare(before or (was[1] if was is not None else "")), bare(after))
            self._note_unnamed(decision.attributes)
        text = _named_alone(decision.message)
        if (
            decision.attributes
            and len(text) <= _LONGEST_NAME
            and " " not in text
            and all(_two(decision.attributes, ""))
        ):
            for row in self._named(text):  # the setting is all that is said, its values stand beside it
                yield row, ToldSetting(text, *map(bare, _two(decision.attributes, "")))
        plain = _squeezed(text)
        for sign, row in self._rows_of_signs:
            if sign in plain:
                yield from self._in_words(row, text, decision.attributes)

    def _in_words(self, row: Watched, text: str, attributes: dict[str, str]) -> Iterator[tuple[Watched, ToldSetting]]:
        old, new = map(bare, _two(attributes, "")) if attributes else ("", "")
        for match in self._words[row].finditer(text):
            first, second, path = bare(match["first"]), match["second"], match["path"]
            if second is not None:
                yield row, ToldSetting(path, first, bare(second))
            else:
                yield row, ToldSetting(path, bare(match["was"] or "") or old, first)
            if old and new:  # "lowering ttl" from=90d to=1d
                yield row, ToldSetting(path, old, new)

    def _note_unnamed(self, keys: Iterable[str]) -> None:
        for key in keys:
            head, _, last = key.rpartition(".")
            name = head if head and last in _AFTER else key
            if not head and "_" in key:
                head, _, last = key.rpartition("_")
                name = head if last in (*_AFTER, *_BEFORE) else key
            names = key in _NAMES or key in _COMMANDS or (last not in _BEFORE and self._named(name))
            if not names and len(key) <= _REMEMBERED and len(self._unnamed) < _MOST_KEYS:
                self._unnamed.add(key)

    def _named(self, key: str) -> tuple[Watched, ...]:
        # A key has the optimizer's own words in it: a long one is not remembered.
        return self._of_key(key) if len(key) <= _REMEMBERED else self._rows(key)

    def _rows(self, key: str) -> tuple[Watched, ...]:
        plain = _squeezed(key)
        return tuple(row for row in self._table if row.sign in plain and self._ends[row].search(key))


def _named_alone(text: str) -> str:
    match = _NAME_CHANGED.fullmatch(text) if len(text) <= _LONGEST_NAME else None
    return text if match is None else match["name"]


def sets(decision: Decision) -> bool:
    """Whether a line may tell of a setting that it changes: by a deed, or not understood and with both its values."""
    if decision.reading is not EntryReading.ACTION:
        told = any(arrow in decision.message for arrow in ARROWS) or _begins_as_a_change(decision)
        return (told or all(_two(decision.attributes, ""))) and not thinks(decision)
    return verb_of(decision) in _SETS and not only_told(decision) and refusal(decision) is None


def _begins_as_a_change(decision: Decision) -> bool:
    if _LABELS.fullmatch(decision.message) is not None:
        return any("/" in key for key in decision.attributes)
    return _HAS_CHANGED.match(decision.message) is not None or _by_command(decision) is not None


_LABELS = late(r"(?:labell?ed|annotated)", re.IGNORECASE)
"""Beside this word a label or an annotation of a program has a prefix; what has none is something else."""


def _by_command(decision: Decision) -> re.Match[str] | None:
    """The command beside a message by which a store is told to set something."""
    if not decision.attributes or _RUNS_IT.search(decision.message) is None:
        return None
    return next(_commands(decision.attributes), None)


def _commands(attributes: dict[str, str]) -> Iterator[re.Match[str]]:
    """The commands that set something; none where somebody is named beside: that is a record of what others do."""
    if _SOMEBODY.isdisjoint(attributes):
        for key in _COMMANDS:
            if (match := _SET_BY_COMMAND.match(attributes.get(key, ""))) is not None:
                yield match


_RUNS_IT = late(
    r"\b(?:appl(?:y|ied|ying)|execut(?:e|ed|ing)|ran|run|running|sent|sending|issu(?:ed|ing)|done|ok|completed|succeeded|"
    r"set|setting|chang(?:ed|ing)|updat(?:ed|ing)|tun(?:ed|ing)|adjust(?:ed|ing)|(?:re)?configur(?:ed|ing)|alter(?:ed|ing))\b",
    re.IGNORECASE,
)
_SOMEBODY = frozenset({"user", "username", "usename", "db_user", "actor", "client", "client_addr", "principal", "by"})


def thinks(decision: Decision) -> bool:
    """Whether a line that is not understood may tell of what is only thought of, refused, or seen."""
    return decision.reading is not EntryReading.ACTION and _ONLY_THOUGHT.search(decision.message) is not None


@lru_cache(maxsize=16)
def _squeezed(text: str) -> str:
    return text.casefold().replace("_", "").replace("-", "").replace(" ", "")


def bare(text: str) -> str:
    """A value without the quotes and brackets around it."""
    text = text.strip(" \"'`").removesuffix(".").strip("\"'")
    return text[1:-1] if text[:1] == "[" and text[-1:] == "]" and text[1:-1].isalnum() else text


def _pairs(attributes: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Key, old and new value of what stands beside a message."""
    if not attributes:
        return
    named = next((text for key, text in attributes.items() if key in _NAMES), "")
    named = named or (attributes["name"] if _is_named_beside(attributes) else "")
    if named:
        yield named, *_two(attributes, "")
    for key, text in attributes.items():
        head, _, last = key.rpartition(".")
        if head and last in _AFTER:
            yield head, _two(attributes, f"{head}.")[0], text
            continue
        head, _, last = key.rpartition("_")
        if head and last in _AFTER and (old := _two(attributes, f"{head}_")[0]):
            yield head, old, text
        elif last not in _BEFORE:
            yield key, *_parted(text)
    for match in _commands(attributes):
        yield match["key"], _two(attributes, "")[0], match["value"]


_COMMANDS = ("command", "cmd", "sql", "statement")
_SET_BY_COMMAND = late(
    r"(?:CONFIG SET|SET (?:GLOBAL|PERSIST)|ALTER SYSTEM SET) [\"'`]?(?P<key>[\w.-]{2,80})[\"'`]?(?: ?= ?| TO | )"
    r"[\"'`]?(?P<value>[\w./-]{1,80})[\"'`]?;?$",
    re.IGNORECASE,
)
"""What a store is told to set: ``CONFIG SET appendonly no`` of Redis, ``SET GLOBAL read_only = 0`` of MySQL."""


def _is_named_beside(attributes: dict[str, str]) -> bool:
    """``action=set_param name=safety_checks old=True new=False``: what else has a name and two values is a person's."""
    return (
        "name" in attributes
        and all(_two(attributes, ""))
        and _SETS_ONE.search(attributes.get("action", "")) is not None
    )


_SETS_ONE = late(r"(?<![a-z])(?:set|param|config|setting|option|flag)", re.IGNORECASE)


def _parted(text: str) -> tuple[str, str]:
    """``120`` and ``0`` of ``120 -> 0``; a value alone is the new one."""
    arrow = next((each for each in ARROWS if each in text), "") if len(text) <= _REMEMBERED else ""
    before, _, after = text.partition(arrow) if arrow else ("", "", text)
    return before.strip(), after.strip()


def _two(attributes: dict[str, str], head: str) -> tuple[str, str]:
    old, new = (
        next((attributes[head + word] for word in words if head + word in attributes), "")
        for words in (_BEFORE, _AFTER)
    )
    return old, new
