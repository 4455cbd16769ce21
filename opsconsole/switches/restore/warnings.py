"""What a restoring plan warns of and notes: who may write again, what starts, what is left out and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from opsconsole.cluster.objects.meta import annotation_pairs, pairs
from opsconsole.switches.restore.fields import Put, UnfitError, present, value
from opsconsole.switches.restore.live.revisions import revisions_in_words
from opsconsole.switches.restore.live.rolling import held
from opsconsole.switches.restore.triage import Looked, Victim
from opsconsole.switches.restore.words import count, field
from opsconsole.switches.target import gitops
from opsconsole.switches.target.workloads.wire import CONTROLLERS
from opsconsole.text import clean_line

_WORKLOADS = frozenset(kind for _, kind in CONTROLLERS)


def warnings(writer: str, doing: Sequence[Looked]) -> Iterator[str]:
    """What has to be known before it is confirmed.

    Args:
        writer: why the optimizer may write again; empty if it can't.
        doing: the objects of which something is put back.
    """
    if doing and writer:
        yield f"IT MAY WRITE AGAIN: {writer}; what is put back now may be gone in seconds"
    yield from _doubts(doing)
    yield from _starts(doing)
    yield from _ends(doing)
    for each in doing:
        for words in _owners(each.victim):
            yield f"{each.victim.about}: {words}"


def _doubts(doing: Sequence[Looked]) -> Iterator[str]:
    """What is put back though its write was not seen, by who is noted as its last writer."""
    for owner in sorted({owner for each in doing for owner in each.doubts}):
        names = ", ".join(each.victim.about.name for each in doing if owner in each.doubts)
        by = f"{owner} wrote it last" if owner else "who wrote it last is not noted"
        yield f"not seen being written, but its log says so, it still is so, and {by}: {names}"


def _starts(doing: Sequence[Looked]) -> Iterator[str]:
    """How many pods start at once, and which workloads are replaced whole."""
    raised = [(each.victim.about, put) for each in doing for put in each.puts if put.path == "replicas"]
    more = sum(max(0, put.want - (put.seen or 0)) for _, put in raised)
    if more:
        zero = ", ".join(ref.name for ref, put in raised if not put.seen)
        cold = f"; from 0, so nothing serves until they are warm: {zero}" if zero else ""
        yield f"{count(more, 'pod')} more start{'s' if more == 1 else ''} at the same time, cold{cold}"
    for each in doing:
        if any("[" in put.path for put in each.puts):
            yield from _rollout(each.victim)


def _ends(doing: Sequence[Looked]) -> Iterator[str]:
    """What stops serving, and numbers that may be the optimizer's own."""
    for each in doing:
        for put in each.puts:
            if put.path == "replicas" and put.want == 0:
                yield f"{each.victim.about}: it goes to 0, as it was before: nothing of it serves then"
        if any(row.doubtful for row in each.victim.rows) and any(put.path == "replicas" for put in each.puts):
            yield f"{each.victim.about}: its replica count is the first that was seen; the optimizer may have set it"


def _rollout(victim: Victim) -> Iterator[str]:
    kind, found = victim.about.kind, victim.found
    if waits := held(victim.about, found):
        state = " is PAUSED" if kind == "Deployment" else ""
        yield f"{victim.about}{state}: its template gets the values, and {waits}"
        return
    if kind == "Deployment" and present(found, ["spec", "strategy", "type"]) == "Recreate":
        yield f"{victim.about}: its strategy is Recreate: all of its pods end before the new ones start"


def _owners(victim: Victim) -> Iterator[str]:
    """Who may put the damage back, or is the right one to mend it."""
    metadata = present(victim.found, ["metadata"]) or {}
    yield from gitops.managers(pairs(metadata.get("labels")), annotation_pairs(metadata.get("annotations")))
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("controller"):
            name = clean_line(f"{owner.get('kind')}/{owner.get('name')}")
            yield f"its owner {name} may set it again: that is the right place to mend it"


def notes(looked: Sequence[Looked]) -> Iterator[str]:
    """What rolls, what is left out and why, what is as before."""
    changed = [each for each in looked if each.victim.about.kind in _WORKLOADS and _changes_template(each.puts)]
    rolled = [each for each in changed if not held(each.victim.about, each.victim.found)]
    if rolled:
        names = ", ".join(each.victim.about.name for each in rolled)
        yield f"new values in a template replace its pods, as a rollout: {names}"
    for each in looked:
        for why, paths in _grouped(each.left):
            yield f"LEFT OUT {each.victim.about}: {', '.join(field(path) for path in paths)}: {why}"
    for each in looked:
        yield from _revisions(each.victim)
    fine = sum(each.fine for each in looked)
    if fine:
        yield f"already as before: {count(fine, 'field')}"


def _revisions(victim: Victim) -> Iterator[str]:
    now = {}
    for row in victim.rows if victim.found is not None else ():
        try:
            now[row.path] = value(victim.about.kind, row.path, victim.found or {})
        except UnfitError:
            continue
    yield from revisions_in_words(victim.about, victim.revisions, now)
    if victim.unread:
        yield f"{victim.about}: its revisions can't be read: {victim.unread}"


def _changes_template(puts: Iterable[Put]) -> bool:
    return any("[" in put.path for put in puts)


def _grouped(left: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for path, why in left:
        found.setdefault(why, []).append(path)
    return list(found.items())
