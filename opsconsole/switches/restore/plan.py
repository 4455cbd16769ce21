"""Plans how to put back what the optimizer changed: every damaged field that is known for certain. Pure.

What is put back is what was there just before its first write. A field that a person has changed since, whose writer
can't be told from the optimizer, or whose last known good is unknown is left as it is, and listed with why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from opsconsole.cluster.transport.times import seconds
from opsconsole.records import Plan, Record, Ref, Step, Target
from opsconsole.switches.restore import warnings as restore_warnings
from opsconsole.switches.restore.fields import Put, present
from opsconsole.switches.restore.spec import SPEC
from opsconsole.switches.restore.triage import Looked, Victim, look_at
from opsconsole.switches.restore.words import command, count, title
from opsconsole.switches.target.facts import fingerprint

NAME = SPEC.name
PUT = "fields.put"

_RANKS = {"HorizontalPodAutoscaler": 0, "Node": 1}
"""Bounds before replicas, which they would bend; taints before workloads, whose pods would pile up on one node."""


class RestoreFacts(Record, frozen=True):
    """The account of the damage beside the live objects.

    Attributes:
        victims: the damaged objects.
        writer: why the optimizer may write again, in words; empty if it is known that it can't.
        problem: why nothing can be planned; empty otherwise.
        unheard: why the optimizer's log, which may tell of more, is not read; empty where it is.
        unseen: which objects are not read that may be damaged, and why; empty where all are.
    """

    victims: tuple[Victim, ...] = ()
    writer: str = ""
    problem: str = ""
    unheard: str = ""
    unseen: str = ""


class Goal(Record, frozen=True):
    """What verification looks for: the fields of one object."""

    about: Ref
    puts: tuple[Put, ...]


def plan(facts: RestoreFacts, now: float) -> Plan:
    """The plan for ``facts``; it changes nothing and asks nobody."""
    looked = sorted((look_at(victim) for victim in facts.victims), key=_order)
    doing = [each for each in looked if each.puts]
    steps = tuple(put_step(each.victim.about, each.puts) for each in doing)
    warnings = tuple(restore_warnings.warnings(facts.writer, doing))
    fields = count(sum(len(each.puts) for each in doing), "field")
    what = f"{fields} of {count(len(doing), 'object')}" if doing else "what the optimizer changed"
    return Plan(
        switch=NAME,
        title=f"Restore {what} to the last known good",
        made_at=now,
        facts=fingerprint(steps, warnings),
        steps=steps,
        targets=tuple(step.target for step in steps),
        warnings=warnings,
        notes=(*restore_warnings.notes(looked), *(_more(facts) if looked else ())),
        blocked=facts.problem or _blocked(looked, facts),
        nothing=not facts.problem and not _more(facts),
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


def _order(each: Looked) -> tuple[int, str, str]:
    about = each.victim.about
    return _RANKS.get(about.kind, 2), about.key, about.kind


def _more(facts: RestoreFacts) -> tuple[str, ...]:
    """That there may be more than is known."""
    log = f"its log is not read, and may tell of more: {facts.unheard}" if facts.unheard else ""
    objects = f"not everything is read that may be damaged: {facts.unseen}" if facts.unseen else ""
    return tuple(filter(None, (log, objects)))


def _blocked(looked: Sequence[Looked], facts: RestoreFacts) -> str:
    if any(each.puts for each in looked):
        return ""
    if not looked and (more := _more(facts)):
        return f"what is to be restored is not known: {'; '.join(more)}"
    if not looked:
        return (
            "nothing known to restore: no write of the optimizer was seen since this console started, and its log "
            "tells of none that still stands; kubectl rollout history shows older templates"
        )
    kinds = Counter("left" if each.left else "fine" for each in looked)
    if kinds["left"]:
        left = sum(len(each.left) for each in looked)
        return f"nothing that could be put back safely: {count(left, 'field')} left out, each with why below"
    return f"nothing to restore: {count(sum(each.fine for each in looked), 'field')} already as before"


def _show(each: Looked) -> Target:
    generation = present(each.victim.found, ["metadata", "generation"])
    words = f"{count(len(each.puts), 'field')} put back"
    if each.left:
        words += f", {len(each.left)} left out"
    created = seconds(present(each.victim.found, ["metadata", "creationTimestamp"]))
    return Target(each.victim.about, created, f"{words}; generation {generation}" if generation else words)
