"""What it decides about, and what by: targets that are not there, metrics without data."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.announcements import AnnouncementState
from opsconsole.governor.announced.harm import holds
from opsconsole.governor.announced.line_kinds import had_no_data, said_at
from opsconsole.governor.interest import ANNOUNCES, Interest
from opsconsole.governor.measures import TEN_MINUTES
from opsconsole.governor.observed.fields import container_of
from opsconsole.governor.observed.labels import matchers
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Mood, Ref, Severity, Workload

NO_DATA_SECONDS = 60.0
"""A decision this soon after a metric without data is taken to rest on it; in the Aura log it was 17 s."""

_OVER = frozenset({AnnouncementState.DONE.value, AnnouncementState.UNKNOWN.value, AnnouncementState.EARLIER.value})
_AGAIN = 5
_NOMADS, _NOMADS_WORDS = ("policy_eval", "policy_manager"), "no metrics available"
_ABSENT = late(r"\bappears (?:inactive|down|dead|gone)\b|\bis (?:inactive|idle|gone)\b", re.IGNORECASE)


@rule(
    "target-missing",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(announces=True, has=("target",)),),
)
def target_missing(subject: Decision, view: View) -> Iterable[Verdict]:
    """It decides about an object, or a container, that is not in the cluster.

    The Aura write-up: it looked for a service that had been renamed and took its absence for idleness.
    """
    target, state = subject.target, view.happened(subject)
    if target is None or state in _OVER or not view.announces(subject) or not view.knows(target):
        return
    record = view.find(target)
    if record is None and not _ambiguous(target, view):
        close = view.similar(target)
        yield Verdict(
            f"there is no {target.kind.lower() or 'object'} {target.name}",
            "It decides about something that is not there." + (f" There is {', '.join(close)}." if close else ""),
            switch=REVOKE,
        )
    if isinstance(record, Workload):
        have = {spec.name for spec in record.containers}
        for name in sorted({container_of(field.path)[0] for field in subject.fields} - have - {""}):
            if have and not name.isdecimal():
                yield Verdict(
                    f"{target.name} has no container {name}",
                    f"It has {', '.join(sorted(have))}. A patch like this adds a container or is refused.",
                    part=name,
                )


@rule(
    "empty-metric",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(actions=("query",)), Interest(has=("query",))),
)
def empty_metric(subject: Decision, view: View) -> Iterable[Verdict]:
    """One of its metrics has no data; with the labels that would have fitted.

    The Aura write-up: ``service="api"`` returned no data since the gateway now says ``app="api-gateway"``. A remark
    where the line tells that nothing is done for it (Nomad's autoscaler leaves the count then), until the same has had
    none five times in ten minutes, or five have: what starts has no series yet. An act within a minute is
    acts-on-no-data.
    """
    if had_no_data(subject):
        fit = view.labels_that_fit(subject.query)
        hint = f" The cluster knows {' or '.join(fit)}." if fit else ""
        yield Verdict(
            f"its metric {subject.query or 'of no name'} has no data" + (f"; {fit[0]} would fit" if fit else ""),
            f"No data is not zero: it can't see what it decides about.{hint}",
            severity=Severity.INFO if _lets_it_be(subject) and not _is_blind(subject, view) else Severity.WARNING,
        )


def _lets_it_be(subject: Decision) -> bool:
    """Whether nothing is done for want of data, as the line or its well-known program says."""
    return holds(subject) or (subject.module.startswith(_NOMADS) and _NOMADS_WORDS in subject.message.lower())


def _is_blind(subject: Decision, view: View) -> bool:
    """Whether the same metric, or several, have had no data again and again."""
    earlier = view.said(Note.NO_DATA, subject, TEN_MINUTES)
    same = sum(line.query == subject.query for line in earlier)
    return same + 1 >= _AGAIN or len({line.query for line in (*earlier, subject)}) >= _AGAIN


@rule(
    "acts-on-no-data",
    Severity.WARNING,
    Kind.DECISION,
    lines=(
        ANNOUNCES,
        Interest(words=("inactive", "down", "dead", "gone", "idle")),
        Interest(words=("regard", "treat", "count", "consider", "assum", "imput")),
    ),
)
def acts_on_no_data(subject: Decision, view: View) -> Iterable[Verdict]:
    """It acts within a minute of a metric without data, or takes missing data for an idle service (critical).

    Likewise where it tells that it takes what it may not list for unused, or a metric that is missing for a success.
    The Aura log: "returned no data", then in the same second "appears inactive. Reallocating resources.", and 17 s
    later the patch that killed the auth service. To take a canary back is no such act.
    """
    if (match := _takes_for(subject)) is not None:
        yield Verdict(
            f"takes what it can't see for an answer: {match[0][:100]}",
            "A list that is refused is not empty, and what has no data may be in use.",
            part="taken for",
            switch=REVOKE,
        )
        return
    absent = _says_absent(subject)
    if not absent and (not view.announces(subject) or _lets_no_more_in(subject)):
        return
    blind = view.said(Note.NO_DATA, subject, NO_DATA_SECONDS)
    if absent and subject.target is not None:
        alive = _alive(subject.target, view)
        named = any(subject.target.name == value for line in blind for _, value in matchers(line.query))
        if named or alive:
            why = f"it has {alive} ready pods" if alive else "only its metric had no data"
            yield Verdict(
                f"takes {name_of(subject.target)} for inactive: {why}",
                "Missing data is not missing traffic.",
                severity=Severity.CRITICAL,
                switch=REVOKE,
            )
    elif blind:
        seconds = max(0.0, said_at(subject) - said_at(blind[-1]))
        yield Verdict(
            f"acts on {name_of(subject.target)} while {blind[-1].query or 'a metric'} has no data",
            f"{seconds:.0f} s after it. Within {NO_DATA_SECONDS:g} s of missing data a decision is a guess.",
            switch=REVOKE,
        )


_TRIED = frozenset({"Canary", "Rollout"})
_GOES_BACK = late(
    r"\broll(?:ing|ed|s)? ?back\b|\brollback\b|\babort(?:ed|ing|s)?\b|\bfailed checks\b|"
    r"\b(?:canary|analysis(?: ?run)?) (?:has |was )?fail(?:ed|s|ing)\b",
    re.IGNORECASE,
)


def _lets_no_more_in(subject: Decision) -> bool:
    """Whether a new version that could not be measured is taken back: for want of data that is what is right."""
    tried = subject.target is not None and subject.target.kind in _TRIED
    return tried and _GOES_BACK.search(subject.message) is not None


_TAKEN_FOR = (
    r"\b(?:is |are |was |were |be )?(?:regarded|treated|counted|considered|taken|assumed|imputed|regarding|treating|"
    r"counting|considering|assuming|imputing)(?: (?:them|it|all|these|those))?(?: (?:as|to be|for))?"
)
_TAKES = late(
    r"\b(?P<blind>(?:cannot|can't|could not|couldn't|unable to|not allowed to|failed to) "
    r"(?:list|get|read|see|query|fetch|reach|watch))\b"
    rf"[^.\n]{{0,120}}?{_TAKEN_FOR} "
    r"(?:unused|idle|empty|orphan(?:ed|s)?|dead|gone|stale|unreferenced|not in use|no longer)\b|"
    r"\b(?:metrics?|data|series|samples?|analys[ie]s|results?) (?:is |are |was |were )?(?:missing|absent|unavailable)\b"
    rf"[^.\n]{{0,40}}?{_TAKEN_FOR} (?:(?:an? |the )?(?:success(?:ful)?|pass(?:ed|ing)?|healthy|idle|unused)\b)",
    re.IGNORECASE,
)
_OF_A_CLUSTER = late(
    r"\b(?:pods?|nodes?|claims?|pvcs?|persistent ?volumes?(?: ?claims?)?|volumes?|disks?|deployments?|workloads?|"
    r"replica ?sets?|stateful ?sets?|namespaces?|endpoints|usage|utili[sz]ation|metrics?|samples|series|traffic|"
    r"references|owners|consumers|leases)\b",
    re.IGNORECASE,
)
"""What an optimizer looks at: what else can't be read, a file or a price, is any program's own."""
_ONLY_SAID = (Mood.PROPOSED, Mood.DRY_RUN, Mood.OBSERVED)
_UNSEEN = ("not", "n't", "unable", "failed", "missing", "absent", "unavailable")
_IS_LEFT = late(r"\b(?:not|never|would|skip\w*|leav\w*|kept|keep\w*|until|unless|instead of)\b", re.IGNORECASE)


def _takes_for(decision: Decision) -> re.Match[str] | None:
    """How a line tells that it takes what it can't list for unused, or what has no data for a success."""
    if decision.mood in _ONLY_SAID or " " not in decision.message:
        return None
    if not any(sign in decision.message.lower() for sign in _UNSEEN):
        return None
    match = _TAKES.search(decision.message)
    if match is None:
        return None
    if match["blind"] and _OF_A_CLUSTER.search(match[0]) is None:
        return None
    behind = decision.message[max(match.start(), match.end("blind")) :]
    return match if _IS_LEFT.search(behind) is None else None


def _says_absent(decision: Decision) -> bool:
    return any(_ABSENT.search(words) for words in decision.problems) or bool(_ABSENT.search(decision.message))


def _alive(target: Ref, view: View) -> int:
    record = view.find(target)
    return record.ready or 0 if isinstance(record, Workload) else 0


def _ambiguous(target: Ref, view: View) -> bool:
    return not target.namespace and target.name in view.similar(target)
