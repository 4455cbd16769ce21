"""Plans how to put back what the optimizer changed: every damaged field that is known for certain. Pure.

What is put back is what was there just before its first write. A field that a person has changed since, whose writer
can't be told from the optimizer, or whose last known good is unknown is left as it is, and listed with why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from opsconsole.cluster.times import seconds
from opsconsole.governor.damage import Damage, Standing
from opsconsole.governor.earlier import taints_of
from opsconsole.governor.writers import is_controller, is_tool
from opsconsole.records import JsonObject, Plan, Record, Ref, Step, Target
from opsconsole.switches import gitops
from opsconsole.switches.facts import fingerprint
from opsconsole.switches.restore_fields import Put, UnfitError, present, same, says, value, wanted
from opsconsole.switches.restore_words import command, field, in_words, title
from opsconsole.switches.shapes import CONTROLLERS
from opsconsole.text import clean_line

NAME = "restore"
PUT = "fields.put"

_RANKS = {"HorizontalPodAutoscaler": 0, "Node": 1}
"""Bounds before replicas, which they would bend; taints before workloads, whose pods would pile up on one node."""

_WORKLOADS = frozenset(kind for _, kind in CONTROLLERS)


class Victim(Record, frozen=True):
    """An object that was damaged, as it is at this moment.

    Attributes:
        about: the object.
        rows: its part of the account.
        found: the live object, with its ``managedFields``; ``None`` if it (the one with this UID) is not there.
        owners: who wrote each field last, by path, as ``managedFields`` tell; empty where they don't.
        problem: why it is not known how it is, or why it can't be touched.
    """

    about: Ref
    rows: tuple[Damage, ...]
    found: JsonObject | None = None
    owners: dict[str, str] = msgspec.field(default_factory=dict)
    problem: str = ""


class RestoreFacts(Record, frozen=True):
    """The account of the damage beside the live objects.

    Attributes:
        victims: the damaged objects.
        writer: why the optimizer may write again, in words; empty if it is known that it can't.
        problem: why nothing can be planned; empty otherwise.
    """

    victims: tuple[Victim, ...] = ()
    writer: str = ""
    problem: str = ""


class Goal(Record, frozen=True):
    """What verification looks for: the fields of one object."""

    about: Ref
    puts: tuple[Put, ...]


class _Sorted(Record, frozen=True):
    """One victim's rows, sorted into what is put back, what is put back though in doubt, and what is left."""

    victim: Victim
    puts: tuple[Put, ...] = ()
    doubts: tuple[str, ...] = ()
    """Of each field whose write was not seen: who wrote it last, empty where that is not noted."""
    left: tuple[tuple[str, str], ...] = ()
    fine: int = 0


class _AsBeforeError(Exception):
    """The field is as it was already."""


def plan(facts: RestoreFacts, now: float) -> Plan:
    """The plan for ``facts``; it changes nothing and asks nobody."""
    looked = sorted((_sort(victim) for victim in facts.victims), key=_order)
    doing = [each for each in looked if each.puts]
    steps = tuple(put_step(each.victim.about, each.puts) for each in doing)
    warnings = tuple(_warnings(facts, doing))
    fields = sum(len(each.puts) for each in doing)
    return Plan(
        switch=NAME,
        title=f"Restore {_count(fields, 'field')} of {_count(len(doing), 'object')} to the last known good",
        made_at=now,
        facts=fingerprint(steps, warnings),
        steps=steps,
        targets=tuple(step.target for step in steps),
        warnings=warnings,
        notes=tuple(_notes(looked)),
        blocked=facts.problem or _blocked(looked),
        shows=tuple(_show(each) for each in doing),
        checks=msgspec.json.encode([Goal(each.victim.about, each.puts) for each in doing]),
    )


def put_step(ref: Ref, puts: Sequence[Put], undoes: str = "") -> Step:
    """The step that gives an object's fields their values, in one write."""
    return Step(
        key=f"{PUT}/{ref.kind}/{ref.key}",
        title=title(ref, puts),
        effect=PUT,
        target=ref,
        arguments=msgspec.json.encode({"puts": puts}),
        command=command(ref, puts),
        undoes=undoes,
    )


def _order(each: _Sorted) -> tuple[int, str, str]:
    about = each.victim.about
    return _RANKS.get(about.kind, 2), about.key, about.kind


def _sort(victim: Victim) -> _Sorted:
    puts: list[Put] = []
    doubts: list[str] = []
    left: list[tuple[str, str]] = []
    fine = 0
    for row in victim.rows:
        try:
            puts.append(_put(row, victim))
        except _AsBeforeError:
            fine += 1
        except UnfitError as error:
            left.append((row.path, str(error)))
        else:
            if not row.certain:
                doubts.append(victim.owners.get(row.path, ""))
    return _Sorted(victim, tuple(puts), tuple(doubts), tuple(left), fine)


def _put(row: Damage, victim: Victim) -> Put:
    """The field of a row as it is put back.

    Raises:
        UnfitError: it is left as it is; the text says why.
        _AsBeforeError: there is nothing left to do.
    """
    if row.standing is Standing.RESTORED:
        raise _AsBeforeError
    if row.standing is Standing.GONE or victim.found is None:
        raise UnfitError(victim.problem or "it is not there any more: only who has its manifest can bring it back")
    if row.standing is Standing.CHANGED_SINCE:
        raise UnfitError(f"{row.now_by or 'somebody'} wrote {row.now} since: left as it is")
    live = value(victim.about.kind, row.path, victim.found)
    want = _without(live, row) if row.path == "taints" and not row.before else wanted(row)
    if same(row.path, live, want):
        raise _AsBeforeError
    if not says(row, live):
        raise UnfitError(f"it is {in_words(live)} by now, which was not seen being written: left as it is")
    _check_writer(row, victim.owners.get(row.path, ""))
    return Put(row.path, live, want)


def _without(live: list[str], row: Damage) -> list[str]:
    """A node's taints without those that the log says the optimizer put on it."""
    its_own = taints_of(row.announced)
    if not its_own:
        raise UnfitError("what it was before is not known, and is never guessed")
    return [text for text in live if text not in its_own]


def _check_writer(row: Damage, owner: str) -> None:
    if row.certain:
        return
    if not row.announced:
        who = f"it calls itself {row.now_by}" if row.now_by else "it left no name"
        raise UnfitError(
            f"who wrote {row.now} can't be told from the optimizer ({who}); if it was the optimizer, name its field "
            "manager in managers of [optimizer]"
        )
    if is_tool(owner) or is_controller(owner):
        raise UnfitError(f"its log says that it set {row.announced}, but {owner} wrote it last: left as it is")


def _warnings(facts: RestoreFacts, doing: Sequence[_Sorted]) -> Iterator[str]:
    if doing and facts.writer:
        yield f"IT MAY WRITE AGAIN: {facts.writer}; what is put back now may be gone in seconds"
    yield from _doubts(doing)
    yield from _starts(doing)
    for each in doing:
        for words in _owners(each.victim):
            yield f"{each.victim.about}: {words}"


def _doubts(doing: Sequence[_Sorted]) -> Iterator[str]:
    """What is put back though its write was not seen, by who is noted as its last writer."""
    for owner in sorted({owner for each in doing for owner in each.doubts}):
        names = ", ".join(each.victim.about.name for each in doing if owner in each.doubts)
        by = f"{owner} wrote it last" if owner else "who wrote it last is not noted"
        yield f"not seen being written, but its log says so, it still is so, and {by}: {names}"


def _starts(doing: Sequence[_Sorted]) -> Iterator[str]:
    """How many pods start at once, and which workloads are replaced whole."""
    raised = [(each.victim.about, put) for each in doing for put in each.puts if put.path == "replicas"]
    more = sum(max(0, put.want - (put.seen or 0)) for _, put in raised)
    if more:
        zero = ", ".join(ref.name for ref, put in raised if not put.seen)
        cold = f"; from 0, so nothing serves until they are warm: {zero}" if zero else ""
        yield f"{_count(more, 'pod')} more start{'s' if more == 1 else ''} at the same time, cold{cold}"
    for each in doing:
        if any("[" in put.path for put in each.puts):
            yield from _rollout(each.victim)


def _rollout(victim: Victim) -> Iterator[str]:
    kind, found = victim.about.kind, victim.found
    if kind == "Deployment" and present(found, ["spec", "strategy", "type"]) == "Recreate":
        yield f"{victim.about}: its strategy is Recreate: all of its pods end before the new ones start"
    kept = present(found, ["spec", "updateStrategy", "type"])
    if kept == "OnDelete":
        yield f"{victim.about}: its strategy is OnDelete: its pods get the new values once you delete them"


def _owners(victim: Victim) -> Iterator[str]:
    """Who may put the damage back, or is the right one to mend it."""
    metadata = present(victim.found, ["metadata"]) or {}
    marks = [_pairs(metadata.get(name)) for name in ("labels", "annotations")]
    yield from gitops.managers(*marks)
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("controller"):
            name = clean_line(f"{owner.get('kind')}/{owner.get('name')}")
            yield f"its owner {name} may set it again: that is the right place to mend it"


def _pairs(given: object) -> list[tuple[str, str]]:
    found = given if isinstance(given, dict) else {}
    return [(clean_line(str(key)), clean_line(str(content))) for key, content in found.items()]


def _notes(looked: Sequence[_Sorted]) -> Iterator[str]:
    rolled = [each for each in looked if each.victim.about.kind in _WORKLOADS and _changes_template(each.puts)]
    if rolled:
        names = ", ".join(each.victim.about.name for each in rolled)
        yield f"new values in a template replace its pods, as a rollout: {names}"
    for each in looked:
        for why, paths in _grouped(each.left):
            yield f"LEFT OUT {each.victim.about}: {', '.join(field(path) for path in paths)}: {why}"
    fine = sum(each.fine for each in looked)
    if fine:
        yield f"as before already: {_count(fine, 'field')}"


def _changes_template(puts: Iterable[Put]) -> bool:
    return any("[" in put.path for put in puts)


def _grouped(left: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for path, why in left:
        found.setdefault(why, []).append(path)
    return list(found.items())


def _blocked(looked: Sequence[_Sorted]) -> str:
    if any(each.puts for each in looked):
        return ""
    if not looked:
        return (
            "nothing known to restore: no write of the optimizer was seen since this console started, and its log "
            "tells of none that still stands; kubectl rollout history shows older templates"
        )
    kinds = Counter("left" if each.left else "fine" for each in looked)
    if kinds["left"]:
        left = sum(len(each.left) for each in looked)
        return f"nothing that could be put back safely: {_count(left, 'field')} left out, each with why below"
    return f"nothing to restore: {_count(sum(each.fine for each in looked), 'field')} as before already"


def _show(each: _Sorted) -> Target:
    generation = present(each.victim.found, ["metadata", "generation"])
    words = f"{_count(len(each.puts), 'field')} put back"
    if each.left:
        words += f", {len(each.left)} left out"
    created = seconds(present(each.victim.found, ["metadata", "creationTimestamp"]))
    return Target(each.victim.about, created, f"{words}; generation {generation}" if generation else words)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
