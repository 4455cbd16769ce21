"""Who else writes what the rules look at, where they judge everybody but one group: by the API server's audit log.

Only what the API server itself says counts: who it was, what was asked, and whether he was allowed to, since what
authorization refuses no rule gets to see. Field managers and user agents are the writer's own words, so that nobody is
named by them. Whom the rules let off is for a person to say, in the settings; nothing that is read here does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from opsconsole.decoding import decoder_of
from opsconsole.govern.governor import Wanted
from opsconsole.govern.identities import Identities
from opsconsole.govern.rules import operators
from opsconsole.govern.rules.builtin import watched
from opsconsole.records import JsonObject, Record
from opsconsole.text import clean_line

MOST = 16 * 1024 * 1024
"""Bytes of the log's end that are read."""

NAMED = 12
"""Writers who are named; of more, how many there are."""

_THROUGH = 3
"""Of those who acted as one writer."""

_DECISION = "authorization.k8s.io/decision"
"""Annotation of an event: ``allow`` or ``forbid``."""

_OPERATIONS = {"create": ("CREATE",), "update": ("UPDATE",), "patch": ("UPDATE", "CREATE"), "delete": ("DELETE",),
               "deletecollection": ("DELETE",)}  # fmt: skip
"""A patch may make an object (server-side apply)."""

_CONNECTS = frozenset({"exec", "attach", "portforward", "proxy"})


class SeenWriter(Record, frozen=True):
    """Somebody who writes what rules look at.

    Attributes:
        user: as the API server names it.
        writes: of it that rules look at.
        rules: that look at them, those of the most writes first.
        through: who acted as it by impersonation, if anybody did.
    """

    user: str
    writes: int
    rules: tuple[str, ...] = ()
    through: tuple[str, ...] = ()

    def __str__(self) -> str:
        named = ", ".join(clean_line(each, 200) for each in self.through[:_THROUGH])
        more = f" and {len(self.through) - _THROUGH} more" if len(self.through) > _THROUGH else ""
        acted = f"; {named}{more} acted as it: do not except it" if self.through else ""
        return f"{clean_line(self.user, 200)} ({self.writes}, by {', '.join(self.rules)}{acted})"


class SeenWriters(Record, frozen=True):
    """Who else the audit log tells of. ``trouble``: why it tells nothing; ``span``: from when until when it tells.

    ``claims``: what field managers tell where it tells nothing, in words.
    """

    writers: tuple[SeenWriter, ...] = ()
    span: str = ""
    trouble: str = ""
    claims: tuple[str, ...] = ()

    def in_words(self) -> Iterator[str]:
        """Lines for people."""
        if self.trouble:
            yield f"whom the rules judge besides is not known: {self.trouble}; `opsconsole writers` shows who writes"
            yield from self.claims
            return
        if not self.writers:
            yield f"by the audit log ({self.span or 'empty'}) nobody else wrote what the rules look at"
            return
        named = "; ".join(map(str, self.writers[:NAMED]))
        more = len(self.writers) - NAMED
        rest = f"; and {more} more" if more > 0 else ""
        yield (
            f"by the audit log ({self.span}) the rules would have judged writes of {named}{rest}. Whom you know, and "
            "whose work that is, except_users in [govern] takes out of the rules (never out of a freeze)"
        )


class _User(msgspec.Struct, gc=False):
    username: str = ""
    groups: list[str] | None = None


class _Target(msgspec.Struct, gc=False, frozen=True, rename="camel"):
    resource: str = ""
    subresource: str = ""
    api_group: str = ""


class _Status(msgspec.Struct, gc=False):
    code: int = 0


class _Event(msgspec.Struct, gc=False, rename="camel"):
    stage: str = ""
    verb: str = ""
    user: _User = msgspec.field(default_factory=_User)
    impersonated_user: _User | None = None
    object_ref: _Target | None = None
    response_status: _Status | None = None
    annotations: dict[str, str] | None = None
    stage_timestamp: str = ""


_EVENT = decoder_of(_Event)


def seen_in(log: Path | None, wanted: Wanted) -> SeenWriters:
    """Who else wrote what the rules of ``wanted`` look at, by the end of ``log``. Reads; never raises."""
    if log is None:
        return SeenWriters(trouble="this host has no audit log to read (audit_log in [writers])")
    try:
        lines = _end_of(log)
    except (OSError, ValueError) as error:  # a path that no file can have is a ValueError
        why = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        return SeenWriters(trouble=f"the audit log can't be read: {clean_line(why, 200)}")
    return seen(lines, wanted)


def _end_of(log: Path) -> list[bytes]:
    if log.exists() and not log.is_file():  # to open a pipe would wait for who writes into it
        raise OSError("it is no file")
    with log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - MOST))
        return file.read(MOST).split(b"\n")


def seen(lines: Iterable[bytes], wanted: Wanted) -> SeenWriters:
    """The same of these lines of an audit log. Pure."""
    looks, judged = Looks(wanted), wanted.judged
    tallies: dict[str, Counter[str]] = {}
    writes: Counter[str] = Counter()
    through: dict[str, dict[str, None]] = {}
    first = last = ""
    for event in _events(lines):
        first, last = first or event.stage_timestamp, event.stage_timestamp
        who = event.impersonated_user or event.user
        target = event.object_ref
        if target is None or not _by_glass(judged, who) or _was_kept_out(event):
            continue
        by = looks(event.verb, target.api_group, target.resource, target.subresource)
        if not by:
            continue
        writes[who.username] += 1
        tallies.setdefault(who.username, Counter()).update(by)
        if event.impersonated_user is not None:
            through.setdefault(who.username, {})[event.user.username] = None
    found = [
        SeenWriter(user, count, tuple(name for name, _ in tallies[user].most_common()), tuple(through.get(user, ())))
        for user, count in writes.most_common()
    ]
    return SeenWriters(tuple(found), f"{_time(first)} to {_time(last)}" if first else "")


class Looks:
    """Tells which rules of ``wanted`` look at a write. One log asks the same few things over and over."""

    def __init__(self, wanted: Wanted) -> None:
        self._scopes = watched(wanted.limits, dict(wanted.modes))
        self._known: dict[tuple[str, _Target], tuple[str, ...]] = {}

    def __call__(self, verb: str, group: str, resource: str, subresource: str = "") -> tuple[str, ...]:
        """The names of the rules, in their order."""
        target = _Target(resource, subresource, group)
        if (by := self._known.get((verb, target))) is None:
            by = tuple(name for name, scope in self._scopes.items() if _looks_at(name, scope, verb, target))
            self._known[verb, target] = by
        return by


def _by_glass(judged: Identities, who: _User) -> bool:
    """Whether somebody is judged because everybody is, and not as the optimizer."""
    groups = who.groups or ()
    named = who.username in judged.users or not set(groups).isdisjoint(judged.groups)
    return not named and judged.cover(who.username, groups)


def _was_kept_out(event: _Event) -> bool:
    """Whether it was refused before any rule could look; of who may not act as another the log tells no decision."""
    decision = (event.annotations or {}).get(_DECISION)
    code = event.response_status.code if event.response_status is not None else 0
    return decision == "forbid" if decision else code in {401, 403}


def _events(lines: Iterable[bytes]) -> Iterator[_Event]:
    """The events of requests that are over; what is torn or none is passed over."""
    for line in lines:
        try:
            event = _EVENT.decode(line) if line.strip() else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if event is not None and event.stage == "ResponseComplete" and event.object_ref is not None:
            yield event


def _looks_at(name: str, scope: Sequence[JsonObject], verb: str, target: _Target) -> bool:
    """Whether a rule's scope is about what was asked."""
    if name == operators.NAME and not operators.is_custom(target.api_group):
        return False
    connects = target.subresource in _CONNECTS
    operations = ("CONNECT",) if connects else _OPERATIONS.get(verb, ())
    names = (
        {target.resource, "*"}
        if not target.subresource
        else {f"{resource}/{part}" for resource in (target.resource, "*") for part in (target.subresource, "*")}
    )
    return any(
        not {"*", *operations}.isdisjoint(rule["operations"])
        and bool(operations)
        and rule["apiGroups"][0] in {"*", target.api_group}
        and (not names.isdisjoint(rule["resources"]) or "*/*" in rule["resources"])
        for rule in scope
    )


def _time(stamp: str) -> str:
    """Date and time of an event."""
    return f"{clean_line(stamp[:19], 19).replace('T', ' ')} UTC"
