"""Members of what decides by a majority, or keeps data, that are taken out by hand; stores that are restarted at once.

What is told of a member is seldom an object of the cluster: it is known by the line's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from opsconsole.governor.announced.line_kinds import only_told, refusal, said_at, targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import HOUR, MINUTE
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import OPTIMIZER, REVOKE, clause_of, is_log_alone, name_of
from opsconsole.governor.rules.own_words import TEACHERS, deed
from opsconsole.governor.rules.values.told_values import number_of
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_OF_IT = (
    r"\b(?! (?:metrics?|stats|statistics|caches?|dashboards?|labels?|lists?|views?|logs?|panels?|files?|snapshots?|"
    r"monitors?|sessions?|alarms?|alerts?|tags?)(?![-.\w]))"
)
_REMOVED = late(
    r"\b(?:member|raft[- ]peer|voter|peer)s? (?:remov|delet|evict|kick)(?:e|ed|ing|al)?\b(?! (?:from|"
    r"of) (?:the )?cache)|"
    r"\b(?:remov|delet|evict|kick)(?:ed|ing) \S{1,80} from (?:the )?(?:[\w-]{1,20} )?"
    rf"(?:ensemble|quorum|raft (?:cluster|group)|replica set|voters){_OF_IT}|"
    r"\breconfigur(?:ed|ing) with force\b|\brs\.reconfig\([^)]{0,200}force: ?true|"
    r"\b(?:remov|delet|evict|kick|forc\w+ out|forget)(?:e|es|ed|ing|ting)? (?:the )?(?:[\w-]{1,20} ){0,2}?"
    rf"(?:cluster )?(?:member|raft[- ]peer|voter|peer){_OF_IT}"
    rf"(?! \S{{1,80}} from (?:the )?(?:[\w-]{{1,20}} ){{0,2}}(?:metrics|cache|dashboard)\b)|"
    r"\boperator raft remove-peer\b|"
    r"\bforget_cluster_node\b(?! (?:is|was) (?:documented|not|disabled|forbidden)\b)|"
    r"\bnodetool (?:removenode|assassinate)\b|\brs\.remove\(|"
    r"\bceph mon (?:remove|rm)\b",
    re.IGNORECASE,
)
_VOTES = late(
    r"\b(?:etcd\w*|raft|quorum|consul|zookeeper|clickhouse-keeper|patroni|galera|cockroach\w*|tikv|mongo\w*|"
    r"replica[- ]?sets?|rabbitmq\w*|cassandra|nodetool|rs\.remove|scylla\w*|vault|rqlite|ceph)\b",
    re.IGNORECASE,
)
_MADE_BEFORE = late(r"\breplac(?:ed|ement|ing)\b|\balready joined\b|\blearner\b", re.IGNORECASE)
_LEFT = late(r"(?:members?[_-]?)?(?:remaining|left|remain)(?:[_-]?(?:members?|voters?|peers?))?", re.IGNORECASE)
_LEFT_IN_WORDS = late(
    r"\b(\d{1,3}) (?:members?|voters?|peers?|servers?|nodes?)? ?(?:remain(?:ing|s)?|left)\b", re.IGNORECASE
)
_BY_ITSELF = "autopilot"
_GONE = late(r"\b(?:dead|failed|left) (?:[a-z-]{1,20} ){0,2}?(?:peer|server|voter|member|node)", re.IGNORECASE)
_FOLLOWS = late(r"removed peer, stopping replication", re.IGNORECASE)
"""Raft's own word in Consul, Nomad and Vault for whatever took the peer out."""

_ALONE = 1
_DOES = (
    r"(?:start(?:ed|ing)|began|beginning|ran|running|perform(?:ed|ing)|did|doing|issu(?:ed|ing)|execut(?:ed|ing)|"
    r"forc(?:ed|ing)|call(?:ed|ing)|us(?:ed|ing)|trigger(?:ed|ing)|enter(?:ed|ing)|invok(?:ed|ing)|with|\$)"
)
_FORCED = late(
    r"--force[-_]new[-_]cluster\b(?![=: ]{1,2}[\"']?(?:false|0|no|off)\b)|"
    r"\bforce[-_]new[-_]cluster[\"']?[=: ]{1,2}[\"']?true\b|\bwith force[-_ ]new[-_ ]cluster\b|"
    rf"\b{_DOES} (?:(?:an?|the|\S*ctl) )?unsafe[-_ ](?:bootstrap|recover\w*)\b|\bunsafe[-_ ](?:bootstrapp|recover)"
    r"(?:ed|ing)\b|\bunsafe[-_ ](?:bootstrap|recovery?) "
    r"(?:start|began|done|finish|complet|succeed|enter|remove-failed)|"
    r"\b(?:set|sets|setting|wrote|writing|chang(?:ed|ing)|edit(?:ed|ing)|patch(?:ed|ing)|forc(?:ed|ing)|"
    r"updat(?:ed|ing)|mark(?:ed|ing)|sed|echo)\b[^,;\n]{0,80}?\bsafe_to_bootstrap\W{1,4}(?:to )?(?:1|true)\b|"
    r"\bsafe_to_bootstrap:? (?:0|false) ?(?:->|=>|→|to) ?(?:1|true)\b|"
    r"\bpg_resetwal (?:-f|--force)\b|--force[-_]bootstrap\b|\bforce[-_]?no[-_]?quorum\b|\bunregister-and-force\b",
    re.IGNORECASE,
)
_ONLY_NAMED = late(
    r"\b(?:no|might|hint|tip|needs? to|whether to|remov(?:ed|ing)|unset|deprecated|see|consider|try)\b"
    r"[^,;.]{0,30}$",
    re.IGNORECASE,
)
_NOT_USED = late(
    r"[\"']?:? (?:flag |option )?(?:(?:is|was|are) )?(?:not (?:set|used|given|needed|allowed)|unset|never|deprecated|"
    r"disabled|off|removed|checks?|found|no longer)\b",
    re.IGNORECASE,
)
_WIPE = r"\b(?:remov|delet|wip|clear|purg|eras|truncat)(?:ed|ing|es)\b"
_STORES = (
    r"(?:mysql|mariadb|postgres\w*|pgsql|pgdata|etcd|mongo\w*|cassandra|scylla|kafka|redis|elasticsearch|opensearch|"
    r"zookeeper|rabbitmq|clickhouse|influxdb|vault|consul)"
)
_DATA_DIR = r"\b(?:(?:data|wal|member)[- ]?dir(?:ector(?:y|ies)|s)?|pgdata)\b"
_WIPES_DATA = late(
    rf"{_WIPE} (?:(?!(?:in|from|under|of|on|at|with|for|by|to|and|or|but|files?|logs?|locks?|snapshots?|backups?|"
    r"segments?|caches?|entry|entries|labels?|annotations?|slots?|alarms?|warnings?)\b)[\w./'-]{1,60} ){0,4}?"
    rf"{_DATA_DIR}(?! (?:flag|option|setting|label|annotation|lock|usage|cache|alarm|check|entry|variable|param\w*)\b)|"
    rf"{_DATA_DIR}:?(?: (?:of|for|at) \S{{1,100}}| /\S{{1,100}})? (?:(?:was|were|is|are|has been|being) ){{0,2}}"
    r"(?:removed|deleted|wiped|cleared|purged|erased)\b(?! (?:from|by) )",
    re.IGNORECASE,
)
"""What is wiped is the directory itself: old files in it, its lock or its alarm are any day's work."""

_WIPES_PLACE = late(
    rf"{_WIPE}(?=\W*$|[,.;:!]| (?:(?:the|all|its|whole|entire|corrupt(?:ed)?|torn|broken|local|existing|old|data|"
    rf"store(?:'s)?|{_STORES}) ){{0,4}}(?:data|database|data[- ]?set|{_DATA_DIR}|directory|dir|folder|contents?|"
    rf"everything|(?:all|data) files|volume|it|\S*{_STORES}(?:-\d+)?)"
    r"(?=\W*$|[,.;:!]| (?:of|for|to|at|and|before|since|because)\b))",
    re.IGNORECASE,
)
"""With the place told beside it: of nothing else, or of what is kept there."""

_KEPT_IN = late(rf"/(?:var/lib|data|mnt|srv)/(?:[\w.-]{{1,60}}/){{0,4}}?{_STORES}\b", re.IGNORECASE)
_NOT_THE_DATA = late(
    r"(?:^|/)[\w.-]*(?:backup|archive|snapshot|tmp|temp|cache|trash)[\w.-]*(?:/|$)|"
    r"/(?<!kafka/)logs?(?:/|$)|(?<!/default)\.[a-z]\w{0,11}/?$",
    re.IGNORECASE,
)
"""A single file, or a place of what is made anew, or of copies: other rules tell of those."""

_PLACES = frozenset({"path", "dir", "directory", "datadir", "data_dir", "data-dir", "target", "volume_path"})
_STORE = late(
    r"(?:^|[-_.])(?:redis|valkey|postgres\w*|pg|mysql|mariadb|kafka|zookeeper|zk|etcd|mongo\w*|cassandra|scylla\w*|"
    r"elasticsearch|opensearch|rabbitmq|nats|minio|clickhouse|db|database)(?=$|[-_.\d])",
    re.IGNORECASE,
)
_SETS = frozenset({"StatefulSet"})
_AT_ONCE = 2
"""Two stores that restart together are one outage of whatever needs both."""

_OTHERS = late(r"(?:cache|exporter|proxy|client|ui|web|api|agent|operator)s?\d*$", re.IGNORECASE)


@rule(
    "members-lost",
    Severity.WARNING,
    Kind.DECISION,
    lines=(
        Interest(
            words=(
                "member",
                "peer",
                "voter",
                "ensemble",
                "quorum",
                "raft",
                "replica set",
                "reconfig",
                "forget_cluster",
                "nodetool",
                "rs.remove",
                "ceph mon",
            )
        ),
        Interest(words=("force-new", "force_new", "unsafe", "bootstrap", "resetwal", "data dir", "data-dir", "pgdata")),
        Interest(keys=("path", "dir")),
        Interest(announces=True, verbs=frozenset({"restart"}), targets=_SETS),
    ),
)
def members_lost(subject: Decision, view: View) -> Iterable[Verdict]:
    """It takes a member out of a store that votes, makes one of it by force, wipes its data, or restarts several.

    By its own words. Critical where one member or none is left, for a cluster that is begun anew by force, and for a
    data directory that is removed. Two StatefulSets that are called as stores in one restart are a warning. The Aura
    write-up: "no script should be able to kill more than a fraction of your fleet": of three members two are needed.
    Whom another has replaced before, as the line says, may go. In a log alone a peer that Raft lets go within a minute
    of its autopilot's word that one server is dead is a remark, one an hour: Consul's does so only while most answer.
    """
    if only_told(subject) or refusal(subject) is not None:
        return
    for part, title, severity in _told(subject, view):
        yield Verdict(
            title,
            "Without most of its members it takes no write; what only they had is lost.",
            part=part,
            severity=severity,
            switch=OPTIMIZER if severity is Severity.CRITICAL else REVOKE,
        )
    stores = [
        each.name
        for each in targets_of(subject)
        if each.kind in _SETS and _STORE.search(each.name) and not _OTHERS.search(each.name)
    ]
    if len(stores) >= _AT_ONCE and verb_of(subject) == "restart" and view.announces(subject):
        yield Verdict(
            f"restarts {len(stores)} stores at once: {', '.join(stores)[:80]}",
            "Whatever needs them waits for all of them, and each has to find its data and its leader again.",
            part="stores",
            switch=REVOKE,
        )


def _told(subject: Decision, view: View) -> Iterator[tuple[str, str, Severity]]:
    text = subject.message
    removed = deed(_REMOVED, text)
    if removed is not None and _of_a_store(subject) and _MADE_BEFORE.search(text) is None:
        left = _left(subject)
        few = left is not None and left <= _ALONE
        cleans_up = not few and _cleans_up(subject, view)
        rest = "" if left is None else f", {left:g} left"
        who = subject.attributes.get("name") or subject.attributes.get("member") or name_of(subject.target)
        severity = Severity.INFO if cleans_up else _severity(critical=few)
        yield "member", f"takes {who} out of its cluster: {removed[0][:60]}{rest}", severity
    if subject.module.casefold() not in TEACHERS and (forced := _forced(text)):
        yield "forced", f"makes a new cluster of one member by force: {forced[:80]}", Severity.CRITICAL
    if place := _wiped(subject):
        yield "data", f"removes a store's data directory: {place[:100]}", Severity.CRITICAL


def _cleans_up(subject: Decision, view: View) -> bool:
    """Whether a store's own autopilot takes out the one server that it has told is dead."""
    if not is_log_alone(view) or _FOLLOWS.search(subject.message) is None:
        return False
    said = [
        line
        for note in (Note.ANNOUNCEMENT, Note.REFUSAL)
        for line in view.said(note, subject, HOUR)
        if _is_of_autopilot(line)
    ]
    if len({line.target or line.attributes.get("id", "") for line in said}) > 1:
        return False
    return any(said_at(subject) - said_at(line) <= MINUTE for line in said)


def _is_of_autopilot(line: Decision) -> bool:
    own = line.module.casefold().endswith(_BY_ITSELF)
    return own and _GONE.search(line.message) is not None and not line.attributes.get("error")


def _severity(*, critical: bool) -> Severity:
    return Severity.CRITICAL if critical else Severity.WARNING


def _of_a_store(subject: Decision) -> bool:
    return _VOTES.search(f"{subject.message} {subject.module} {' '.join(subject.attributes.values())}") is not None


def _left(subject: Decision) -> float | None:
    for key, text in subject.attributes.items():
        if _LEFT.fullmatch(key) is not None and (number := number_of(text)) is not None:
            return number
    match = _LEFT_IN_WORDS.search(subject.message)
    return float(match[1]) if match is not None else None


def _forced(text: str) -> str:
    """By which words it begins a cluster anew; empty where such a word is only named, or said not to be used."""
    for match in _FORCED.finditer(text):
        begin = clause_of(text, match.start())
        named = _ONLY_NAMED.search(text, begin, match.start()) or _NOT_USED.match(text, match.end())
        if named is None and deed(_FORCED, text[begin:]) is not None:
            return match[0]
    return ""


def _wiped(subject: Decision) -> str:
    """The place of a store's data that the line says is wiped; empty where what goes is something else, or kept."""
    text = subject.message
    if (wiped := deed(_WIPES_DATA, text)) is not None and _of_a_store(subject):
        return wiped[0]
    if deed(_WIPES_PLACE, text) is None:
        return ""
    for key, place in subject.attributes.items():
        if key.casefold() in _PLACES and _KEPT_IN.search(place) and _NOT_THE_DATA.search(place) is None:
            return place
    return ""
