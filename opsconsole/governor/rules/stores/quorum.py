"""Members of what decides by a majority: the control plane's machines, and stores that are called as ones that vote."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import HOUR
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, is_log_alone, is_of_control_plane, ordinary
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Ref, Severity

_MACHINES = frozenset({"Node", "NodeClaim", "Machine"})
_TAKES = frozenset({"delete", "drain"})
_MAKES = frozenset({"create"})
_SECONDS = 300.0
"""No machine is made, joins and copies etcd's data in less."""

_SEES_TO_NODES = frozenset({"node-maintenance", "node-autoscaler"})
_SAYS_SO = late(r"\b(?:control[ -]?plane|etcd member|master) (?:machine|node|member)?", re.IGNORECASE)


@rule(
    "quorum-at-risk",
    Severity.CRITICAL,
    Kind.DECISION,
    lines=(
        Interest(announces=True, verbs=_TAKES, targets=_MACHINES),
        Interest(announces=True, fields=frozenset({"replicas"})),
    ),
)
def quorum_at_risk(subject: Decision, view: View) -> Iterable[Verdict]:
    """It deletes a machine of the control plane (warning), or takes a second one within five minutes.

    By their names, or as the line says. The first is a remark for who sees to nodes, or, in a log alone, where that log
    tells of more that were made within the hour than of others that went: an upgrade takes one after the other, and
    waits. The Aura write-up: "no script should be able to kill more than a fraction of your fleet": of three members of
    etcd two are needed, and without them nobody can put anything back. No machine joins in five minutes. Likewise a
    store that votes (etcd, ZooKeeper, Consul …), by its name, which goes under a majority of what it had; and one that
    holds shards (Cassandra, Kafka, Elasticsearch …) which loses two members at once and is not said to be
    decommissioned (warning). Zero has a rule of its own.
    """
    yield from _fewer_members(subject, view)
    if verb_of(subject) not in _TAKES or not view.announces(subject):
        return
    for machine in _machines(subject):
        earlier = [line for line in view.said(Note.STARTS_ANEW, subject, _SECONDS) if verb_of(line) in _TAKES]
        taken = {each.name for line in earlier for each in _machines(line)} - {machine.name}
        if not taken and verb_of(subject) != "delete":
            continue  # to drain the first is told by another rule
        work = "" if taken else ordinary(subject, view, _SEES_TO_NODES) or _replaced(subject, view)
        calm = Severity.INFO if work else Severity.WARNING
        yield Verdict(
            f"{verb_of(subject)}s {machine.name} of the control plane" + (f", after {min(taken)}" if taken else ""),
            work.strip() or "Without most of its members etcd takes no write: nobody can put anything back.",
            about=machine,
            severity=Severity.CRITICAL if taken else calm,
            switch=REVOKE,
        )


_VOTES = late(
    r"(?:^|[-_.])(?:etcd|zookeeper|zk|consul|vault|nats|kraft|tikv|cockroach\w*|patroni|galera|mongo\w*|rqlite|"
    r"ceph-mon|clickhouse-keeper|sentinel)(?=$|[-_.\d])",
    re.IGNORECASE,
)
_HOLDS_SHARDS = late(
    r"(?:^|[-_.])(?:cassandra|scylla\w*|elasticsearch|opensearch|kafka|redis-cluster|clickhouse|datanode|minio|tikv|"
    r"cockroach\w*|rabbitmq|ceph-osd)(?=$|[-_.\d])",
    re.IGNORECASE,
)
_STANDS_BESIDE = late(
    r"(?:exporter|consumer|producer|client|proxy|ui|web|operator|worker|connect|backup|api|dashboard|agent|injector|"
    r"metrics|mirror|sync|coordinat\w*)s?\d*$",
    re.IGNORECASE,
)
"""What is called after a store, and is none."""

_STATELESS = frozenset({
    "Deployment", "ReplicaSet", "HorizontalPodAutoscaler", "ScaledObject", "NodeGroup", "NodePool", "Job",
})  # fmt: skip
_LEAVES_IN_ORDER = late(
    r"\bafter (?:the )?decommission\w*|\bdecommissioned\b|\bdrained (?:of )?shards?\b", re.IGNORECASE
)
_NO_ORDER = late(r"\b(?:skipp\w*|without|not|no|never)\b", re.IGNORECASE)
_LEAST_VOTES, _AT_ONCE = 3, 2


def _fewer_members(subject: Decision, view: View) -> Iterable[Verdict]:
    """A store that votes under its majority, or one that holds shards by several members at once."""
    for about, field in view.wanted(subject):
        before, after = field.before_number, field.after_number
        if field.path != "replicas" or about is None or before is None or after is None or not 0 < after < before:
            continue
        if about.kind in _STATELESS or _STANDS_BESIDE.search(about.name):
            continue
        votes = _VOTES.search(about.name) is not None and before >= _LEAST_VOTES and after <= before // 2
        shards = _HOLDS_SHARDS.search(about.name) is not None and before - after >= _AT_ONCE
        if votes or (shards and not _leave_in_order(subject)):
            yield Verdict(
                f"{about.name} {field.before} → {field.after} members: "
                + ("it loses its majority" if votes else "several at once, and what they hold with them"),
                "Without a majority it takes no write."
                if votes
                else "Each has to hand over what it holds, one by one.",
                part="members",
                about=about,
                severity=Severity.CRITICAL if votes else Severity.WARNING,
                switch=REVOKE,
            )


def _leave_in_order(subject: Decision) -> bool:
    match = _LEAVES_IN_ORDER.search(subject.message)
    return match is not None and _NO_ORDER.search(subject.message) is None


def _replaced(subject: Decision, view: View) -> str:
    """In a log alone: words for its telling of more such machines made than gone; empty where it tells of no more."""
    if not is_log_alone(view):
        return ""
    lines = view.said(Note.ANNOUNCEMENT, subject, HOUR)
    made, gone = (
        {each.name for line in lines if verb_of(line) in verbs for each in _machines(line)}
        for verbs in (_MAKES, _TAKES)
    )
    gone -= {each.name for each in targets_of(subject)}
    return "It says that it made another one before." if len(made) > len(gone) else ""


def _machines(line: Decision) -> list[Ref]:
    """The control plane's machines that a line names."""
    said = _SAYS_SO.search(line.message) is not None
    return [
        each
        for each in targets_of(line)
        if each.kind in _MACHINES and each.name and (said or is_of_control_plane(each))
    ]
