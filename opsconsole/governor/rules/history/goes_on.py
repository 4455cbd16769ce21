"""Harm that comes after the optimizer's own deed, and the next deed all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from opsconsole.governor.announced.harm import harm_in, holds, text_of
from opsconsole.governor.announced.line_kinds import only_told, precedes, said_at, targets_of, verb_of
from opsconsole.governor.interest import ANNOUNCES, Interest
from opsconsole.governor.measures import HOUR, MINUTE
from opsconsole.governor.observed.ways import WORDS
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of
from opsconsole.governor.rules.history.goes_on_seen import goes_on_seen
from opsconsole.patterns import late
from opsconsole.records import Change, Decision, FieldValue, Kind, Mood, Ref, Severity

_WHILE = 30 * MINUTE
"""So long after the harm: what is done later may be done since it is long over, though nothing says so."""

_AT_ONCE = 10 * MINUTE
"""So long where the deed is to something else, or where the harm names nobody."""

_NEWEST = 8
"""So many lines of harm are looked at: a crash loop tells the same again and again."""

_HEALS = frozenset({"rollback", "uncordon", "untaint", "create", "query"})
_TRIES_AGAIN = frozenset({"restart", "delete", "evict"})
"""What is done to a pod that is in a crash loop, too: by who was not the one to put it there."""

_TAKES = frozenset({"delete", "evict", "drain", "cordon", "taint", "disrupt"})
_GIVES_BACK = late(
    r"\b(?:revert|restor|roll(?:ed|ing)? ?back|undo|undid|resum|abort|re-?enabl|rais|increas|fail(?:ed|ing)? ?over|"
    r"scal(?:e|es|ed|ing) (?:\S+ ){0,3}up\b|put(?:ting)? back|recover|give back|gave back|heal|remediat|repair)",
    re.IGNORECASE,
)
_ANYWAY = late(
    r"\b(?:not|without) waiting\b|\b(?:anyway|regardless)\b|"
    r"\b(?:continu|proceed|carry|carri|go)\w* (?:on )?with the (?:next|rest|remaining)\b"
)
_ON_TO_OTHERS = late(
    r"\b(?:roll|appl|continu|proceed|carr|mov|extend|go)(?:y|ies|ied|ing|es|e|ed|ying)? [^.;]{0,80}?"
    r"\b(?:to|on|with|for) (?:the |all )?(?:remaining|rest|next)\b(?! (?:cycle|pass|run|loop|interval))",
    re.IGNORECASE,
)
_WORD = late(r"[a-z0-9][a-z0-9_.-]*[a-z0-9]")
_OF_A_POD = late(r"^(.{2,200}?)(?:-[a-z0-9]{6,10})?-(?:[a-z0-9]{5}|\d{1,4})$")
_SHORTEST = 2
_KEY_OF_SPACE = ("namespace", "ns", "tenant")


@rule(
    "goes-on-after-harm",
    Severity.WARNING,
    Kind.DECISION,
    Kind.CHANGE,
    written=f"object {' '.join(sorted(WORDS))}",
    lines=(
        ANNOUNCES,
        Interest(words=("waiting", "anyway", "regardless", "remaining")),
    ),
    own=True,
    harmed=True,
)
def goes_on_after_harm(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """Harm comes after its own deed, by the cluster's word or its own log, and its next deed does not put that right.

    By the cluster: pods of a workload fail after a write that is known to be the optimizer's, and did not before.
    OOMKilled (one pod, within an hour of a memory cut, as for oom-after-cut); in CrashLoopBackOff, or with an image
    that can't be run, or OOMKilled after another write: a quarter of them (a roll-out's maxUnavailable) within ten
    minutes (a Deployment's progressDeadlineSeconds); under three quarters available and fewer than were, or with no
    node to run on, for ten minutes: a healthy roll-out is none of that. Nor is a kill or crash after a step that leaves
    more than half of the replicas, or a single kill after a cut of less than 5 % of the memory. It is over when the
    write is taken back, half an hour after the last kill, or ten minutes after the last crash (when a kubelet takes a
    container for well), or when what crashed has been ready for a minute. Nothing where somebody else, or who can't be
    told, changed the same within the ten minutes before. Then its next write, ten seconds later at least (its loop in
    the write-ups): critical where it takes more of the same workload or removes its pods, a warning where it does the
    same to it again, or within ten minutes to another. Of the cluster's word and the log's the worse one counts.

    By its log: killed for want of memory, a crash loop, none ready, no leader, a node NotReady, one request in twenty
    that fails: of what it has changed within the hour before, and within half an hour a deed to the same object that
    is no way back: critical where that takes more. A warning where it takes nothing that is known; within ten minutes
    where it does the same to others of the namespace or to other nodes, or where the harm names nobody and is of many;
    and where a line says itself that it goes on. Nothing where it rolls back, raises what it cut, waits, or has told
    since that all is well. A restart of what was harmed before its first deed is a healer's. The SmartScaler write-up:
    it went on since the load that it measured was its own.
    """
    seen = goes_on_seen(subject, view)
    told = None if isinstance(subject, Change) else next(_told(subject, view), None)
    if seen is not None and (told is None or _rank(seen) <= _rank(told)):
        yield seen
    elif told is not None:
        yield told


def _rank(verdict: Verdict) -> int:
    """How bad it is; the worse comes first."""
    return (verdict.severity or Severity.WARNING).rank


def _told(subject: Decision, view: View) -> Iterator[Verdict]:
    """What there is to say of a line by the log alone."""
    if not view.announces(subject):
        yield from _says_so(subject, view)
        return
    harms = view.said(Note.HARM, subject, _WHILE)
    if not harms or _heals(subject):
        return
    for harm in reversed(harms[-_NEWEST:]):
        found = _after(harm, subject, view)
        if found is not None:
            yield found
            return


def _says_so(subject: Decision, view: View) -> Iterator[Verdict]:
    """A line that tells of harm and that nothing waits for it, or that what did it goes on to the others."""
    if only_told(subject) and subject.mood != Mood.OBSERVED:
        return
    text = text_of(subject)
    harm = harm_in(subject) if _ANYWAY.search(text) is not None and not holds(subject) else ""
    if harm and view.said(Note.ANNOUNCEMENT, subject, HOUR):
        yield _verdict(f"goes on though it tells of harm: {harm}", harm, Severity.WARNING)
    elif _ON_TO_OTHERS.search(subject.message) is not None and not holds(subject):
        harms = [line for line in view.said(Note.HARM, subject, _AT_ONCE) if not _is_over(line, subject, view)]
        if harms:
            words = harm_in(harms[-1])
            yield _verdict(f"carries on to others {_since(harms[-1], subject)} after harm: {words}", words)


def _after(harm: Decision, subject: Decision, view: View) -> Verdict | None:
    """What there is to say of a deed that comes after that harm; ``None`` where nothing joins them."""
    named = _names_in(text_of(harm))
    mine = [each for each in targets_of(subject) if _is_named(each, named)]
    before = _deeds_before(harm, subject, named, view)
    soon = said_at(subject) - said_at(harm) <= _AT_ONCE
    if not before or _is_over(harm, subject, view) or not (mine or soon):
        return None
    deed, words = before[-1], harm_in(harm)
    if mine:
        if verb_of(subject) in _TRIES_AGAIN and _is_patient(harm, deed, view):
            return None
        worse = _takes(subject) and _is_named(deed.target, named)
        return _verdict(
            f"goes on with {name_of(mine[0])} {_since(harm, subject)} after its own change brought harm: {words}",
            words,
            Severity.CRITICAL if worse else Severity.WARNING,
            mine[0],
        )
    if not _is_same_work(deed, subject):
        return None
    whom = next((each for each in targets_of(deed) if _is_named(each, named)), None)
    if whom is None and not _is_of_many(words):
        return None
    return _verdict(
        f"does the same to {name_of(subject.target)} {_since(harm, subject)} after it brought harm"
        f"{f' to {whom.name}' if whom is not None else ''}: {words}",
        words,
        about=subject.target,
    )


def _deeds_before(harm: Decision, subject: Decision, named: frozenset[str], view: View) -> Sequence[Decision]:
    """Its own deeds that may have brought the harm: to what that names; where it names nothing of its, the last."""
    lines = [
        line
        for line in view.said(Note.ANNOUNCEMENT, harm, HOUR)
        if line.optimizer == subject.optimizer and not _heals(line) and not _removes_it(line, named)
    ]
    its = [line for line in lines if any(_is_named(each, named) for each in targets_of(line))]
    spaces = [line for line in lines if any(_is_in(each, harm) for each in targets_of(line))]
    if its or spaces or any(each.name for each in targets_of(harm)):
        return its or spaces
    return [line for line in lines if said_at(harm) - said_at(line) <= _AT_ONCE][-1:]


def _removes_it(line: Decision, named: frozenset[str]) -> bool:
    """Whether that a node goes is what it wants: then it is not ready."""
    nodes = [each for each in targets_of(line) if each.kind in ("Node", "Machine", "NodeClaim")]
    return verb_of(line) in _TAKES | {"restart"} and any(_is_named(each, named) for each in nodes)


def _is_over(harm: Decision, subject: Decision, view: View) -> bool:
    """Whether it has told between the two that all is well, that it stops, or that it has put something right."""
    named = _names_in(text_of(harm))
    for line in view.said(Note.RELIEF, subject, _WHILE):
        if precedes(harm, line) and (not targets_of(line) or any(_is_named(each, named) for each in targets_of(line))):
            return True
    return any(
        precedes(harm, line) and _heals(line) and any(_is_named(each, named) for each in targets_of(line))
        for line in view.said(Note.ANNOUNCEMENT, subject, _WHILE)
    )


def _is_patient(harm: Decision, deed: Decision, view: View) -> bool:
    """Whether it starts anew what others have harmed, as far as is told: by a first try, or since it was so before."""
    if verb_of(deed) not in _TRIES_AGAIN:
        return True
    named = _names_in(text_of(harm))
    earlier = view.said(Note.HARM, deed, _WHILE)
    return any(named & _names_in(text_of(line)) for line in earlier)


def _is_same_work(deed: Decision, subject: Decision) -> bool:
    """Whether it does to others what it has done before: to nodes, in the same namespace, or to a number of them."""
    if verb_of(deed) != verb_of(subject):
        return False
    for one in targets_of(deed) or (Ref("", "", ""),):
        for other in targets_of(subject) or (Ref("", "", ""),):
            if one.kind == other.kind == "Node" or (one.kind == other.kind and not one.name and not other.name):
                return True
            if one.namespace and one.namespace == other.namespace and one.kind == other.kind:
                return True
    return False


def _heals(line: Decision) -> bool:
    """Whether it puts something right, as far as it says: it raises, brings back, or goes back."""
    if verb_of(line) in _HEALS:
        return True
    ways = [way for field in line.fields if (way := _way(field)) != 0]
    if ways:
        return all(way > 0 for way in ways)
    return verb_of(line) not in _TAKES and _GIVES_BACK.search(f"{line.action} {line.message}") is not None


def _way(field: FieldValue) -> int:
    """Whether a field rises or falls; 0 where that is not known."""
    if field.path.endswith("weight") or field.number is None or field.before_number is None:
        return 0
    return (field.number > field.before_number) - (field.number < field.before_number)


def _takes(line: Decision) -> bool:
    """Whether it is known to take something away."""
    return verb_of(line) in _TAKES or any(_way(field) < 0 for field in line.fields)


_MANY = late(r"^[1-9]\d+ |leader|quorum|not ready$|unavailable")


def _is_of_many(words: str) -> bool:
    """Whether harm that names nobody is of so many that no name is missed."""
    return _MANY.search(words) is not None


def _is_named(about: Ref | None, named: frozenset[str]) -> bool:
    return about is not None and len(about.name) >= _SHORTEST and about.name.lower() in named


def _is_in(about: Ref, harm: Decision) -> bool:
    """Whether a line of harm is about a namespace, and the object is in it."""
    space = about.namespace or (about.name if about.kind == "Namespace" else "")
    if not space or any(each.name and each.kind != "Namespace" for each in targets_of(harm)):
        return False
    told = any(space in (each.namespace, each.name) for each in targets_of(harm))
    told = told or any(harm.attributes.get(key) == space for key in _KEY_OF_SPACE)
    return told or re.match(rf"(?:in )?(?:namespace )?{re.escape(space)}[: ]", harm.message, re.IGNORECASE) is not None


@lru_cache(maxsize=512)
def _names_in(text: str) -> frozenset[str]:
    """Whatever may be a name in a text of small letters, and the workloads of what may be a pod."""
    words = set(_WORD.findall(text))
    words |= {word.partition(".")[0] for word in words if "." in word}
    return frozenset(words | {match[1] for word in words if (match := _OF_A_POD.match(word)) is not None})


def _since(harm: Decision, subject: Decision) -> str:
    seconds = max(0.0, said_at(subject) - said_at(harm))
    return f"{seconds:.0f} s" if seconds < 2 * MINUTE else f"{seconds / MINUTE:.0f} min"


def _verdict(title: str, words: str, severity: Severity = Severity.WARNING, about: Ref | None = None) -> Verdict:
    return Verdict(
        title,
        f"Its own log has told of it: {words}. What brings harm is to be taken back, not to go on.",
        about=about,
        severity=severity,
        switch=REVOKE,
    )
