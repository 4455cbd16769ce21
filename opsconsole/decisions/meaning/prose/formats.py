"""Sentences that grammar alone does not tell, one row each; ``[decisions.formats]`` and plugins add rows of their own.

A row's pattern is searched where the message holds ``needs``. Its groups say what it tells: ``verb kind namespace name
number before after what side query``. The sample of a row must be read by the row, and a test sees to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from opsconsole.decisions.meaning import moods, objects, patches, values
from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.words import kinds, verbs
from opsconsole.records import FieldValue, Mood, Ref

LONGEST = 16 * 1024
"""Characters of a message that rows are searched in."""

MOST = 200
"""Matches of one row in one message."""


class Format(NamedTuple):
    """A kind of sentence. ``many``: each match is an action of its own; else all matches tell of one."""

    name: str
    needs: str
    pattern: re.Pattern[str]
    verb: str
    sample: str
    kind: str = ""
    mood: str = Mood.PLANNED
    what: str = "replicas"
    many: bool = False


def row(name: str, needs: str, pattern: str, verb: str, sample: str, **more: object) -> Format:
    """A row from the text of its pattern.

    Raises:
        re.error: the pattern is no regular expression.
    """
    return Format(name, needs, re.compile(pattern), verb, sample, **more)  # type: ignore[arg-type]


_EMPTY = (
    r"(?:returned (?:no data|nothing|nan|an empty result|no (?:series|samples|metrics|points))|is empty|has no data)"
)

ROWS: tuple[Format, ...] = (
    row(
        "a metric without data",
        "",
        rf"(?i)\b(?:metric|query|series)(?: (?P<quote>['\"`])(?P<query>.{{1,500}}?)(?P=quote))? (?P<problem>{_EMPTY})",
        "query",
        "Metric 'x' returned no data",
    ),
    row(
        "metrics API without metrics",
        "no metrics",
        r"(?P<problem>no metrics returned) from|"
        r"(?:for )?\w+/(?P<namespace>[\w-]+)/(?P<name>[\w-]+): (?=.{0,300}no metrics returned)",
        "query",
        "no metrics returned from resource metrics API",
    ),
    row(
        "cluster-autoscaler's plan",
        "->",
        r"\{(?P<name>[\w./:-]{1,253}) (?P<before>-?\d{1,12})->(?P<after>-?\d{1,12})\b",
        "scale",
        "Final scale-up plan: [{pool-a 4->7 (max: 30)} {pool-b 2->3 (max: 12)}]",
        kind="NodeGroup",
        many=True,
    ),
    row(
        "cluster-autoscaler's group",
        "group ",
        r"(?:setting )?group (?P<name>[\w./:-]{1,253}) size (?:set )?to (?P<after>-?\d{1,12})"
        r"(?: instead of (?P<before>-?\d{1,12}))?",
        "scale",
        "Scale-up: setting group pool-a size to 7",
        kind="NodeGroup",
    ),
    row(
        "cluster-autoscaler's taint",
        "Taint",
        r"(?:[Aa]dded|[Aa]dding) (?P<taint>\w*Taint\w*) (?:on|to) node \"?(?P<name>[\w.-]{1,253})",
        "taint",
        "Successfully added ToBeDeletedTaint on node n-1",
        kind="Node",
        mood=Mood.DONE,
    ),
    row(
        "cluster-autoscaler's mark",
        "unschedulable",
        r"marked the node as \S*unschedulable",
        "taint",
        "marked the node as toBeDeleted/unschedulable",
        kind="Node",
        mood=Mood.DONE,
    ),
    row(
        "VPA's patches",
        "/resources/",
        r"(?:\{|Op:)(?:add|replace) (?:Path:)?/spec/containers/\d+/resources/"
        r"(?P<side>limits|requests)/(?P<what>[\w.-]+) "
        r"(?:Value:)?(?P<after>[^\s}]{1,40})",
        "patch",
        "Sending patches: [{add /spec/containers/0/resources/requests/cpu 63m}]",
        kind="Pod",
    ),
    row(
        "Karpenter's machines",
        "terminating ",
        r"terminating (?P<number>\d{1,6}) (?:machines|nodes|nodeclaims|candidates)(?: \(\d{1,6} pods?\))? "
        r"(?P<name>[\w.-]{1,253})/",
        "disrupt",
        "deprovisioning via consolidation delete, terminating 1 machines ip-1.internal/r6i.large/spot",
        kind="Node",
    ),
    row(
        "the API server's refusal",
        " is forbidden: ",
        r"(?P<kind>[a-z]+)(?:\.[\w.]+)? \"(?P<name>[^\"]{1,253})\" is forbidden: "
        r".{0,300}?cannot (?P<verb>\w+) resource",
        "patch",
        'nodes "n-1" is forbidden: User "x" cannot patch resource "nodes"',
        mood=Mood.REFUSED,
    ),
    row(
        "kubectl's roll-back",
        " rolled back",
        r"(?P<kind>[a-z]+)(?:\.[\w.]+)?/(?P<name>[\w.-]{1,253}) rolled back",
        "rollback",
        "deployment.apps/a rolled back",
        mood=Mood.DONE,
    ),
    row(
        "kubectl's autoscaler",
        " autoscaled",
        r"^(?P<kind>horizontalpodautoscaler)(?:\.[\w.]+)?/(?P<name>[\w.-]{1,253}) autoscaled",
        "create",
        "horizontalpodautoscaler.autoscaling/a autoscaled",
        mood=Mood.DONE,
    ),
    row(
        "scale to a number of servers",
        " to ",
        # Not behind a participle's helper: "deployment web was scaled to 0 replicas" names its object before the verb.
        r"(?i)(?<!was )(?<!were )(?<!been )(?<!being )(?<!can )\bscal(?:e|ing|ed)(?: (?:up|down|out|in))? "
        r"to (?P<after>[+-]?[\d,]{1,40}|nan|inf(?:inity)?|null|none) (?:replica|server|node|pod|instance)s?\b",
        "scale",
        "Scale to -1 servers",
    ),
    row(
        "an object's replicas",
        "replicas",
        r"^(?:(?P<kind>[A-Za-z]{2,30})[ /])?(?P<name>[a-z0-9][\w./-]{0,250}): replicas:? "
        r"(?P<before>\d{1,9}) ?(?:[-=~]+>|[→⇒➜]) ?(?P<after>-?\d{1,9}|nan)\b",
        "scale",
        "deployment web: replicas 3 => 1",
    ),
    row(
        "Argo CD image updater",
        "Setting new image to ",
        r"Setting new image to (?P<after>\S{1,300})",
        "patch",
        "Setting new image to registry.local/web:2",
        what="image",
    ),
    row(
        "Argo CD's pruning",
        "status: '",
        r"status: '(?P<verb>Pruned)'",
        "delete",
        "Adding resource result, status: 'Pruned', phase: 'Succeeded', message: 'pruned'",
        mood=Mood.DONE,
    ),
    row(
        "Kubernetes' machine sets",
        "Too few replicas for ",
        r"Too few replicas for (?P<kind>\w{1,30}) (?P<name>[\w./-]{1,253}), need \d{1,9}, creating (?P<number>\d{1,6})",
        "create",
        "Too few replicas for MachineSet a-1, need 7, creating 2",
    ),
    row(
        "trying again",
        "etrying",
        r"(?i)^retrying (?:the )?(?P<verb>patch|scale|update|delete|evict|eviction|restart|drain)\b(?! the request)",
        "patch",
        "Retrying patch in 10 s",
    ),
)


def find(message: str, rows: Sequence[Format] = ROWS) -> list[Act]:
    """What the first row that fits a message tells."""
    message = message[:LONGEST]
    for each in rows:
        if (each.needs and each.needs not in message) or each.pattern.search(message) is None:
            continue
        matches = [match for match, _ in zip(each.pattern.finditer(message), range(MOST), strict=False)]
        if matches:
            return [_act(each, message, [match]) for match in matches] if each.many else [_act(each, message, matches)]
    return []


def _act(each: Format, message: str, matches: list[re.Match[str]]) -> Act:
    said = matches[0].groupdict()
    named = verbs.WORDS.get((said.get("verb") or "").lower())
    verb = named.verb if named else each.verb
    kind = kinds.of_word(said.get("kind") or "") or each.kind
    target = Ref(kind, said.get("namespace") or "", said["name"]) if said.get("name") else None
    if target and "/" in target.name:
        target = objects.reference(target.name, kind)
    if target is None and each.kind:
        target = Ref(each.kind, "", "")
    mood = Mood(each.mood)
    if mood is Mood.PLANNED and each.verb != "query":
        mood = moods.in_text(message, matches[0].start(), matches[-1].end(), _form(matches[0]), has_value=True) or mood
    if re.search(r"\b(?:size set to|successful)", message):
        mood = Mood.DONE
    return Act(
        verb,
        said=f"retry_{verb}" if each.name == "trying again" else verb,
        mood=mood,
        targets=(target,) if target and (target.name or target.kind) else (),
        number=int(said["number"]) if (said.get("number") or "").isdecimal() else None,
        fields=tuple(field for match in matches if (field := _field(each, match.groupdict())) is not None),
        problem=said.get("problem") or "",
        query=said.get("query") or "",
    )


def _form(match: re.Match[str]) -> Mood:
    """What the form of the sentence's first word says: ``scaled to 3 replicas``."""
    word = verbs.WORDS.get(match[0].partition(" ")[0].lower())
    return word.mood if word else Mood.PLANNED


def _field(each: Format, said: dict[str, str | None]) -> FieldValue | None:
    if not said.get("after"):
        return None
    what = said.get("what") or each.what
    path = f"resources.{said['side']}.{what}" if said.get("side") else what
    return values.with_before(patches.field(path, str(said["after"]).replace(",", "")), said.get("before"))
