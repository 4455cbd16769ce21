"""Terms that an object was given by whoever made it, as a line tells them, and whether it is only just over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from opsconsole.governor.announced.line_kinds import targets_of
from opsconsole.governor.measures import DAY, HOUR, MINUTE
from opsconsole.governor.rule import Note, View
from opsconsole.governor.rules.common import FOR_ONE_CHANGE, matters
from opsconsole.governor.rules.values.told_values import seconds_of
from opsconsole.patterns import late
from opsconsole.records import Decision, Ref

_OWN_TERM = late(
    r"\bannotation [\w.-]{1,60}/(?:ttl|expires|expiry) is set|"
    r"\bwith (?P<ttl>\S{1,20}) TTL is (?P<age>\S{1,40}) old\b|"
    r"\bttl of \S{1,20} (?:is |was )?(?:reached|over|up)\b|\b(?:pull|merge) request (?:was |is )?(?:closed|merged)\b",
    re.IGNORECASE,
)
"""How a janitor tells of the term that an object was given by whoever made it, or of what it was made for."""

_LATE, _A_WHILE = 2.0, HOUR
"""Whoever looks by the hour finds what is over soon; what has lived for years was never meant by a term of days."""

EXPIRED = late(
    r"\b(?:expired|completed|finished|succeeded|pruned|ttl|(?:revision)?history ?limit)\b|"
    r"\b(?:pull|merge) request (?:was |is )?(?:closed|merged)\b|"
    r"\b(?:BeforeHookCreation|Hook(?:Succeed|Fail)ed)\b|ttl-?after-?finished|cronjob_controllerv2|"
    r"garbage[- ]?collect(?:or|ed)|\"controller\": ?\"kustomization\"",
    re.IGNORECASE,
)
"""How a log calls what is over, or no longer declared; the source that a Kubernetes controller's line names counts, and
so does Flux' controller, which deletes nothing but what it prunes."""

_LONGEST = 4_000
"""So much of a text is looked through for that word: an entry may be as long as whoever writes it wants."""


@lru_cache(maxsize=256)
def tells_an_end(text: str) -> bool:
    """Whether a text calls something over; each deed of an entry asks it of all that was told in its minute."""
    return EXPIRED.search(text[:_LONGEST]) is not None


_OF_A_CRONJOB = late(r"Deleted job (?P<owner>[a-z0-9.-]{1,52})-(?:\d{6,11}|[a-z0-9]{5})")
_OBJECT = "involvedObject."
"""What the keys of an event's object begin with, where the event is logged whole."""


def is_past_its_history(about: Ref, subject: Decision) -> bool:
    """Whether the event of a CronJob's controller tells that one of its Jobs goes, of which it keeps the last few."""
    match = _OF_A_CRONJOB.fullmatch(subject.message) if about.kind == "Job" else None
    said = subject.attributes
    if match is None or "SuccessfulDelete" not in (said.get("reason") or subject.body):
        return False
    kind, _, name = (said.get(f"{_OBJECT}name") or said.get("object", "")).rpartition("/")
    return name == match["owner"] and "CronJob" in (kind, said.get(f"{_OBJECT}kind") or said.get("kind", ""))


_PAST_REQUEST = late(r"garbage[- ]collect(?:ing|ed) old certificate ?requests?(?: revisions?)?\W*", re.IGNORECASE)
_FORGETS = late(r"[IWEF]\d{4} [\d:.]{8,18} +\d+ cluster_feeder\.go:\d{1,4}\] \"Deleting VPA\" vpa=\"[\w./-]{1,300}\"")
"""The recommender of the VPA, which takes out of its own memory what is no longer there: that line and nothing else."""

_COMPLETE = late(
    r"\bjob (?:[\w.-]{1,63}/)?(?P<name>[\w.-]{1,253}) complete \d{1,5} ?[smhd]\w{0,6} ago\b", re.IGNORECASE
)


def is_complete(about: Ref, line: Decision) -> bool:
    """Whether a line tells of that Job that it has been complete for so long; one beside it proves nothing."""
    told = (match["name"] for match in _COMPLETE.finditer(line.message))
    return about.kind == "Job" and about.name in told


def is_a_past_request(about: Ref, subject: Decision) -> bool:
    """Whether it is the request for a certificate that was issued since: the certificate and its Secret stay."""
    return about.kind in ("", "CertificateRequest") and _PAST_REQUEST.fullmatch(subject.message) is not None


def is_forgotten(about: Ref, subject: Decision) -> bool:
    """Whether the VPA's recommender says that it forgets an autoscaler; who deletes one is another program."""
    return about.kind == "VerticalPodAutoscaler" and _FORGETS.fullmatch(subject.body.strip()) is not None


def is_one_of_its_own(about: Ref, subject: Decision, view: View) -> bool:
    """Whether the same log makes such autoscalers for pods' resources there, which all are called by one first word.

    Goldilocks' are: what they recommend is only read, and one is deleted with the workload that it was made for.
    """
    if about.kind != "VerticalPodAutoscaler" or "-" not in about.name:
        return False
    lines = [each for each in view.said(Note.ANNOUNCEMENT, subject, HOUR) if each.source == subject.source]
    made = [
        target.name
        for line in lines
        if line.verb in ("create", "patch")
        for target in targets_of(line)
        if (target.kind, target.namespace) == (about.kind, about.namespace)
    ]
    first = about.name.partition("-")[0]
    return len({*made}) > 1 and about.name not in made and all(name.startswith(f"{first}-") for name in made)


HISTORY = late(r"\b(?:revision)?history ?limit\b", re.IGNORECASE)
"""By what old ReplicaSets go, as a Deployment's controller says."""

_TEMPORARY = late(r"\b(?:containing|holding|with) (?:the |a |an )?(?:temporary|next) private key\b|\btemporary$", re.I)
_GENERATED = late(r"-[bcdfghjklmnpqrstvwxz2456789]{5}$")
"""The end that the API server gives what is made without a name."""

TEMPORARY = "It says that it is temporary, and its name is a generated one."


_KEEPS = late(
    r"\b(?:old|previous|superseded) replica ?set ['\"]?(?:[a-z0-9-]{1,63}/)?(?P<name>(?P<owner>[a-z0-9.-]{1,240})"
    r"-(?:(?P<hash>[bcdfghjklmnpqrstvwxz2456789]{5,10})|(?=[a-f]{0,9}\d{1,9}[a-f])[0-9a-f]{4,10}))['\"]?,? "
    r"(?!1 )[1-9]\d? (?:old )?revisions (?:are |were )?(?:kept|retained|remain|left)\W*$",
    re.IGNORECASE,
)
"""Nothing else is said of it, and it is called as a Deployment's: what is told beside may be that it serves."""


_OWNERS = ("rollout", "deployment")


_SERVES = late(
    r"(?:^|[._])\w*(?:serv|activ|current|stable|live|primary|latest|replicas|pods|ready|avail|traffic|weight|running)",
    re.IGNORECASE,
)
_NOTHING = frozenset({"", "0", "0.0", "false", "no", "none", "null"})
_SUBJECTS = frozenset({"replicaset", "replicaSet", "rs", "name", "object", "old"})


def keeps_revisions(line: Decision, name: str) -> bool:
    """Whether the ReplicaSet of that name is said to be an old one that goes while several revisions are kept.

    Its name ends as a hash does, or in digits before letters after the name of the line's own Deployment or Rollout.
    """
    match = _KEEPS.search(line.message)
    if match is None or match["name"] != name or _is_said_to_serve(line, name):
        return False
    return match["hash"] is not None or match["owner"] in [line.attributes.get(key) for key in _OWNERS]


def _is_said_to_serve(line: Decision, name: str) -> bool:
    """Whether what stands beside a message may tell that the ReplicaSet has pods, or is the one that is meant to."""
    for key, value in line.attributes.items():
        if _SERVES.search(key) is not None and value.lower() not in _NOTHING and key not in _SUBJECTS | {*_OWNERS}:
            return True
        if value.rpartition("/")[2] == name and key not in _SUBJECTS:
            return True
    return False


_CLEANS_UP = late(
    r"cleaning up (?P<count>\d{1,3}) old replica ?sets? from revision ?history ?limit (?!0\b)\d{1,4}\W*", re.IGNORECASE
)
_CLEANED_UP = late(
    r"trying to clean ?up replica ?set \\?['\"]?(?P<name>(?P<owner>[a-z0-9.-]{1,240})"
    r"-[bcdfghjklmnpqrstvwxz2456789]{5,10})\\?['\"]?\W*",
    re.IGNORECASE,
)
"""What Argo's controller says before it names them, one by one, and how it names each: nothing else is said."""


def is_over_its_limit(about: Ref, subject: Decision, view: View) -> bool:
    """Whether the same log has just said of so many old ReplicaSets of its own Rollout that they go, and no more do."""
    names = _CLEANED_UP.fullmatch(subject.message)
    if names is None or names["name"] != about.name or _is_said_to_serve(subject, about.name):
        return False
    lines = [each for each in view.said(Note.ANNOUNCEMENT, subject, MINUTE) if each.source == subject.source]
    told = next((at for at in range(len(lines) - 1, -1, -1) if _CLEANS_UP.fullmatch(lines[at].message)), None)
    match = _CLEANS_UP.fullmatch(lines[told].message) if told is not None else None
    if told is None or match is None or _whose(lines[told]) != _whose(subject):
        return False
    gone = {each.name for line in [*lines[told:], subject] for each in targets_of(line) if each.kind == "ReplicaSet"}
    return len(gone - {""}) <= int(match["count"]) and names["owner"] in _whose(subject)


def _whose(line: Decision) -> tuple[str, ...]:
    """The Rollout or Deployment that a line is about, and where it is, as its attributes tell."""
    return tuple(line.attributes.get(key, "") for key in (*_OWNERS, "namespace"))


def terms_in(message: str) -> Iterator[re.Match[str]]:
    """The objects' own terms that a message tells."""
    return _OWN_TERM.finditer(message)


def is_long_over(term: re.Match[str]) -> bool:
    """Whether what is said to be over by its own term is so old that somebody must have wanted it to stay."""
    ttl, age = (seconds_of(term[name]) if term[name] else None for name in ("ttl", "age"))
    if term["ttl"] and (ttl is None or age is None):
        return True  # nobody can tell how old it is
    return ttl is not None and age is not None and age > max(ttl * _LATE, ttl + _A_WHILE)


def is_of_a_change_that_is_over(about: Ref, subject: Decision, view: View) -> bool:
    """Whether a namespace is called by the number of one change, and the log has just told that its own term is over.

    Neither is enough alone: whoever deletes writes the line, and a name says nothing of what has come to live there.
    """
    place = about.namespace or about.name
    if about.kind not in _OF_ONE_CHANGE or FOR_ONE_CHANGE.search(place) is None or matters(about):
        return False
    if _OF_DATA.search(about.name) or _OF_DATA.search(place):
        return False
    if _is_over_by_number(place, subject, view):
        return True
    if about.kind != "Namespace":
        return False
    named = re.compile(rf"(?<![\w-]){re.escape(about.name)}(?![\w-])")
    lines = [line for line in view.said(Note.TERM, subject, MINUTE) if named.search(f"{line.module}: {line.message}")]
    terms = [term for line in lines for term in terms_in(line.message)]
    return (
        bool(terms)
        and not any(_LIVES.search(line.message) for line in lines)
        and not any(is_long_over(term) for term in terms)
    )


_ONE_CHANGE = late(r"(?:mr|pr|review|preview)-(?:mr-|pr-)?\d{1,7}")
_PREVIEW_ENDS = late(
    r"(?:pipeline |step ){0,2}(?:preview|review)[-_]?(?:app|env(?:ironment)?)?\.(?:sh|py) "
    r"(?:destroy|delete|remove|teardown|down) (?P<name>[\w-]{1,63})",
    re.IGNORECASE,
)
"""The script of a pipeline that makes previews and takes them down, given one name and nothing else."""


def is_a_preview_by_name(about: Ref, subject: Decision) -> bool:
    """Whether it has no kind, is called as one change, and all that the line tells is that its preview's script ran."""
    match = _PREVIEW_ENDS.fullmatch(f"{subject.module} {subject.message}".strip()) if not about.kind else None
    return match is not None and match["name"] == about.name and _ONE_CHANGE.fullmatch(about.name) is not None


_OF_ONE_CHANGE = frozenset({"", "Namespace", "HelmRelease", "Deployment", "Service", "Ingress", "Environment"})
"""What a preview is made of, and holds nothing that was there before the change."""


def _is_over_by_number(place: str, subject: Decision, view: View) -> bool:
    """Whether the log has told within minutes that the change of that number is merged or closed, and its preview goes.

    ``pull request 418 was merged by k.nowak, tearing down its preview environment``, of ``preview-pr-418``.
    """
    number = place.rpartition("-")[2]
    if not number.isdecimal():
        return False
    over = re.compile(
        rf"(?:pull|merge) request [#!]?{number} (?:was |is |has been )?(?:closed|merged)"
        r"(?: by [\w.@-]{1,60})?[,;:.]? "
        r"(?:tearing down|deleting|removing|cleaning up|destroying) (?:its|the) preview"
        r"(?: (?:app|env(?:ironment)?))?\W*",
        re.IGNORECASE,
    )
    lines = view.said(Note.TERM, subject, _MINUTES)
    return any(over.fullmatch(line.message) for line in lines)


_MINUTES = 10 * MINUTE
_OF_DATA = late(
    r"(?:^|[-._])(?:kafka|zookeeper|postgres\w*|pg|mysql|mariadb|redis|mongo\w*|elastic\w*|opensearch|cassandra|etcd|"
    r"consul|vault|minio|ceph|db|database|data|storage|backups?|customers?|billing|payments?|orders|accounts|ledger|"
    r"prod|production|live)(?=[-._]|$)"
)
"""Words in names of what holds data or is lived from: no number of a change behind them makes it one's own copy."""
_LIVES = late(r"\b(?:still|serv(?:es?|ing)|customers?|users|traffic|production|live)\b", re.IGNORECASE)
"""Words of a line that tells of life in what it calls over."""
_WINDOW = late(r"\b(?:maintenance )?(?:reservation|window) [\"'`]?(?P<name>[\w.-]{2,100}?)[\"'`]?(?=[\s,;:.)]|$)")
_WINDOW_ENDS = late(
    r"(?:[\w.-]{1,60} )?(?:maintenance )?(?:reservation|window) [\"'`]?[\w.-]{2,100}[\"'`]? (?:was )?(?:deleted|"
    r"removed)\b"
)


def is_window_that_is_over(about: Ref, subject: Decision, view: View) -> bool:
    """Whether it is a window of maintenance that the log has told of before: that it goes gives machines back."""
    if (
        about.kind
        or matters(about)
        or _OF_DATA.search(about.name)
        or _WINDOW_ENDS.match(f"{subject.module} {subject.message}".strip()) is None
    ):
        return False
    told = (line.message for line in view.said(Note.TERM, subject, _WEEKS))
    return any(
        "maintenance " in text and any(match["name"] == about.name for match in _WINDOW.finditer(text)) for text in told
    )


_WEEKS = 21 * DAY


def is_temporary(about: Ref, message: str) -> bool:
    """Whether it is said to be temporary, and called as what nobody has named."""
    return _TEMPORARY.search(message) is not None and _GENERATED.search(about.name) is not None
