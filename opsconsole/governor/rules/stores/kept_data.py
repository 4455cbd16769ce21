"""What is kept for a bad day, and is thrown away: backups, unread records, tables, the files of a database.

Such lines name no object of the cluster: what they tell is known by their own words alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from opsconsole.governor.announced.line_kinds import only_told, refusal, targets_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import OPTIMIZER, REVOKE
from opsconsole.governor.rules.own_words import deed
from opsconsole.governor.rules.values.told_values import number_of
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Record, Severity

_MANY = 10
"""So many backups go in no pass that only takes what is over."""

_NO_MORE = late(
    r"\b(?:delet|remov|purg|prun|dropp)(?:ed|ing|es)?\b (?:[\w,.-]{1,30} ){0,3}?"
    r"(?:backup|restore ?point|(?:volume)?snapshot)s?\b|"
    r"(?<!of )\b[1-9]\d{0,6} (?:[a-z]{1,20} ){0,2}?(?:backup|restore ?point|(?:volume)?snapshot)s\b[^\n.;]{0,60}, "
    r"(?:delet|remov|purg|dropp)ing (?:all|them|every)\b",
    re.IGNORECASE,
)
_OVER = late(r"\bexpir\w*|\bttl (?:is )?(?:over|reached)|\bolder than\b|\brotat\w*|\bverified\b", re.IGNORECASE)
_LEFT = late(r"(?:remaining|left|kept|remain)(?:_?(?:backups?|copies))?", re.IGNORECASE)
_COUNTS = frozenset({"count", "deleted", "number", "total", "backups", "n"})
_STOPPED = late(r"\b(?:paus|suspend|disabl|stopp)(?:ed|ing) (?:[\w,.-]{1,30} ){0,3}?(?:schedule|backup)s?\b", re.I)
_OF_BACKUPS = late(r"backup|snapshot|velero|restic|pgbackrest|wal-g|barman", re.IGNORECASE)
_UNLOCKED = late(
    r"\b(?:object|bucket|legal|vault)[- ]?(?:lock|hold)\b.{0,60}?\b(?:disabl|remov|bypass|releas|clear)\w*|"
    r"\b(?:disabl|remov|bypass|releas|clear)(?:ed|ing) (?:the )?(?:[\w-]{1,20} ){0,2}?"
    r"(?:object|bucket|legal|vault)[- ]?(?:lock|hold)",
    re.IGNORECASE,
)
_UNPROTECTED = late(
    r"\b(?:disabl|suspend|remov|lift|turn(?:ed|ing)? off|switch(?:ed|ing)? off)(?:ed|ing)? (?:the )?"
    r"(?:object |bucket )?(?:versioning|(?:deletion|termination|delete)[- ]protection)\b|"
    r"\b(?:versioning|(?:deletion|termination|delete)[- ]protection) (?:was |has been |now )?"
    r"(?:disabled|suspended|lifted|(?:turned|switched) off)\b",
    re.IGNORECASE,
)
_OF_BUCKETS = late(
    r"bucket(?!-versioning:)|\bs3\b(?!-)|\b(?:s3|gs|abfss?)://|\bgcs\b|\bblob|minio|\bobject", re.IGNORECASE
)
_RECORDS = late(
    r"\bdelete[- ]?records\b|\bdelet(?:ed|ing) (?:all |unread |[\d,]+ )?(?:records|messages) (?:on|of|from|in) "
    r"(?!(?:the |an? |its |our )?(?:[\w-]{1,20} )?cache\b)",
    re.IGNORECASE,
)
_SKIPPED = late(
    r"\b(?:reset|resett|mov|push|advanc|seek|set)(?:ed|ing|s)? (?:the |all )?(?:[\w.-]{1,40} )?offsets?\b.{0,80}?"
    r"\b(?:latest|to the end|log[- ]end)\b",
    re.IGNORECASE,
)
_DROPPED = late(
    r"\b(?:DROP|TRUNCATE) (?:TABLE|DATABASE|SCHEMA|KEYSPACE|COLLECTION|TABLESPACE|INDEX(?! CONCURRENTLY))\b"
    r"(?! (?:IF EXISTS )?[\"'`]?(?:tmp|temp|staging|scratch|test)_)|"
    r"\b(?:[Dd]ropped|[Tt]runcated|(?:[Dd]ropping|[Tt]runcating|[Ee]mpt(?:ied|ying)|[Ww]ip(?:ed|ing))"
    r"(?! (?:the )?\w+ (?:(?!to|from|in|of|and|with|on)[\w-]+ )?"
    r"(?:cache|buffer|bin|pool|temp|tmp|files?|locks?|interval|validation|metrics?)\b)) "
    r"(?:the )?(?:table|database|schema|keyspace|collection)s?:? "
    r"(?!(?:tmp|temp|staging|scratch|test)_|of (?:contents?|figures)\b)"
    r"(?!(?:name|header|caption|width|output|connections?)\b)"
    r"(?!\S+ for (?:display|printing|readability)\b)\S"
)
_TOPIC = late(
    r"\b(?:delet|dropp)(?:ed|ing|es) (?:the )?(?:[Kk]afka |[Pp]ulsar |[Rr]abbit(?:MQ)? )?(?:topic|queue|"
    r"exchange|vhost)s? "
    r"(?!(?:of|for|from|in|on|with|to|and|is|was|item|entry|entries|element|message|worker|metric|depth|name|handler|"
    r"config|partition)s?\b)"
    r"[\"'`]?(?!(?:tmp|temp|test|scratch|amq\.gen|reply)[-_.])[\w.-]{2,200}",
    re.IGNORECASE,
)
_FOR_A_WHILE = late(r"\bauto-?delet|\bexclusive\b|\bexpir|\bttl\b|\btemporary\b", re.IGNORECASE)
_TABLE = late(
    r"\b(?:[Dd]ropped|[Tt]runcat(?:ed|ing)) (?!(?:tmp|temp|staging|scratch|test)[_.])[A-Za-z_]\w{0,60}\."
    r"(?!(?:tmp|temp|staging|scratch|test)_)(?!(?:log|txt|json|csv|gz|out|err|dat|tmp|bak|ya?ml|xml)\b)"
    r"[A-Za-z_]\w{0,60}\b(?=\W*$|[,;]| ?\((?![^)]*\b(?:exporter|label|metric|span|attribute|tag|log)s?\b)| (?:table|"
    r"cascade|and (?!\d)\w+|with \d+|of \d+|to (?!\d|fit\b)\w+|in (?:the )?(?:database|schema|postgres\w*|mysql)|"
    r"(?:from|on) (?:the )?(?:database|postgres\w*|mysql|db-?\d*)\b|because|since|before|after)\b)"
)
_OF_TABLES = late(r"\b(?:tables?|quer(?:y|ies)|rows|schemas?|databases?|sql|postgres\w*|mysql)\b", re.IGNORECASE)
_OF_SIGNALS = late(r"exporter|collector|otel|scrape|agent|tracing|\b(?:metric|label|span|trace|tag)s?\b", re.IGNORECASE)
"""What is called ``db.statement`` there is an attribute of a span, and ``pg_stat.calls`` a series."""

_FLUSHED = late(
    r"\b(?:redis|valkey|keydb)-cli\b[^;|&\n]{0,160}? flush(?:all|db)\b|"
    r"(?<![-+@\w])(?<!rename-command )(?<!no )(?<!0 )(?<!disabled )(?<!denied )(?<!blocked )(?<!rejected )"
    r"FLUSH(?:ALL|DB)\b(?!=\d| took\b)(?!\W{0,2}:? ?(?:(?:command|calls?) )?(?:(?:is|was|are|were|has been) )?"
    r"(?:disabled|denied|blocked|rejected|renamed|refused|forbidden|not (?:allowed|permitted)|calls?|count)\b)",
    re.IGNORECASE,
)
_STORES = (
    r"(?:mysql|mariadb|postgres\w*|pgsql|pgdata|etcd|mongo\w*|cassandra|scylla|kafka|redis|elasticsearch|opensearch|"
    r"zookeeper|rabbitmq|clickhouse|influxdb|prometheus|vault|consul|binlog|pg_wal|pg_xlog)"
)
_FILES = late(
    rf"\b(?:rm -[a-zA-Z]*[rf]|(?:remov|delet|truncat|wip|purg)(?:ed|ing)|truncate|shred|find)\b[^;|&\n]{{0,80}}?"
    rf"/[\w./-]{{0,80}}\b{_STORES}\b",
    re.IGNORECASE,
)
_SEGMENT = late(
    r"(?:^|[\])] )Deleted (?:log|offset index|time index|producer state snapshot|file) "
    r"(?!\S*/\.{1,2}/)/[\w./-]{1,80}/\d{20}\.(?:log|index|timeindex|snapshot)\.deleted[.,]?"
    r"(?: \(kafka\.[\w.$]{1,80}\))?$"
)
"""Kafka marks a segment that is over as deleted, and takes the file away a minute later: that is its daily work."""

_ABORTED = late(
    r"\b[1-9][\d,]* (?:open |running |active |in-flight )?transactions (?:were |are |was )?"
    r"(?:aborted|killed|terminated|lost)\b|"
    r"\b(?:abort|kill|terminat)(?:ed|ing) [1-9][\d,]* (?:open |running |active )?transactions\b",
    re.IGNORECASE,
)
_KEY_GOES = late(
    r"\bschedul(?:e[sd]?|ing) (?:the )?(?:(?:kms|customer|master|encryption) (?:kms |master )?key deletion\b|"
    r"key deletion (?:of|for) (?:kms\b|alias/|key/|arn:))|"
    r"\b(?:kms|encryption|master|customer) key (?:\S{1,80} )?(?:was |is |now )?scheduled for deletion\b",
    re.IGNORECASE,
)
_BY_COMMAND = ("args", "command", "cmd", "statement", "sql", "query")


class _Loss(Record, frozen=True):
    """What is lost by such words, and how bad that is; ``unless`` tells what makes of the same words a day's work."""

    signs: tuple[str, ...]
    words: re.Pattern[str]
    what: str
    why: str
    severity: Severity = Severity.WARNING
    unless: Callable[[Decision], bool] = lambda _line: False


def _is_rotation(line: Decision) -> bool:
    """Whether backups go because they are over, or one of which others are left."""
    said = {key.casefold(): number_of(text) for key, text in line.attributes.items()}
    if any(_LEFT.fullmatch(key) and number == 0 for key, number in said.items()):
        return False
    if _OVER.search(f"{line.message} {' '.join(line.attributes.values())}"):
        return True
    counted = max((number for key, number in said.items() if key in _COUNTS and number is not None), default=0.0)
    told = re.search(
        r"(?<!of )\b(\d{1,6}) (?:[a-z]+ ){0,2}?(?:backups|(?:volume)?snapshots|restore points)\b", line.message, re.I
    )
    return max(counted, float(told[1]) if told is not None else 0.0) < _MANY


def _is_of_no_bucket(line: Decision) -> bool:
    """Whether versioning is said of an API or a document: of nothing that keeps what is deleted."""
    said = " ".join((line.message, line.module, *line.attributes, *line.attributes.values()))
    return "rotection" not in said and _OF_BUCKETS.search(said) is None


def _is_of_no_table(text: str) -> bool:
    return _OF_TABLES.search(text) is None or _OF_SIGNALS.search(text) is not None


def _is_of_something_else(line: Decision) -> bool:
    return _OF_BACKUPS.search(f"{line.message} {' '.join(line.attributes.values())} {line.module}") is None


_NO_WAY_BACK = "What is lost from now on can't be restored."
_LOSSES = (
    _Loss(("backup", "snapshot", "restore point"), _NO_MORE, "backups", _NO_WAY_BACK, Severity.CRITICAL, _is_rotation),
    _Loss(("schedule", "backups"), _STOPPED, "the next backups", "No backup is made any more, and nobody notices.",
          unless=_is_of_something_else),
    _Loss(("object lock", "object-lock", "bucket lock", "legal hold", "vault lock"), _UNLOCKED,
          "a lock on what is kept", "Nothing keeps anybody from deleting what is kept there."),
    _Loss(("versioning", "protection"), _UNPROTECTED, "what keeps it from being lost",
          "The next thing that is deleted there is gone for good.",
          unless=_is_of_no_bucket),
    _Loss(("records", "messages from", "messages of", "messages in"), _RECORDS, "records",
          "Whoever has not read them never will."),
    _Loss(("offset",), _SKIPPED, "unread messages", "Whatever was waiting is skipped: orders, mails, payments."),
    _Loss(("drop ", "dropped ", "dropping ", "truncat", "emptied ", "emptying ", "wiped ", "wiping "), _DROPPED,
          "tables or indexes", "Only a backup brings them back.",
          Severity.CRITICAL),
    _Loss(("topic", "queue", "exchange", "vhost"), _TOPIC, "a topic or queue with all that is in it",
          "Whoever has not read it never will, and who writes to it fails.",
          unless=lambda line: _FOR_A_WHILE.search(line.message) is not None),
    _Loss(("dropped ", "truncat"), _TABLE, "tables", "Only a backup brings them back.", Severity.CRITICAL,
          unless=lambda line: _is_of_no_table(f"{line.message} {line.module}")),
    _Loss(("flushall", "flushdb", "flush"), _FLUSHED, "every key of a store", "Sessions, locks and queues are in it."),
    _Loss(("key deletion", "for deletion"), _KEY_GOES, "a key by which others' data is read",
          "Whatever is encrypted with it can be read by nobody, backups too.", Severity.CRITICAL),
    _Loss(("transactions",), _ABORTED, "open transactions", "Whoever began them has to notice, and begin again."),
)  # fmt: skip
_PATHS = ("/var/lib/", "/pgdata", "/data/", "/mnt/", "binlog", "pg_wal")


@rule(
    "data-thrown-away",
    Severity.WARNING,
    Kind.DECISION,
    lines=(
        Interest(words=tuple(sign for each in _LOSSES for sign in each.signs)),
        Interest(details=_PATHS),
        Interest(keys=("deleted", "pruned")),
        Interest(words=("prun",)),
        Interest(keys=_BY_COMMAND),
    ),
)
def data_thrown_away(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It throws away what is kept: backups, records that nobody has read, tables, transactions, a database's files.

    By its own words, since no object of the cluster is named. Ten backups at once that are not said to be expired, or
    the last one (critical, as tables and files are); backups that are paused, a lock on them that is taken off; a
    topic, a queue, every key of a store. A segment that Kafka has marked as deleted is its daily work. The Aura
    write-up took six hours to find the cause: what is deleted by then only a backup brings back. Ten are more than a
    day's rotation; so are ten namespaces, claims or pruned resources by the sum of one run.
    """
    if only_told(subject) or refusal(subject) is not None:
        return
    text = _told(subject)
    said = text.casefold()
    for each in _LOSSES:
        match = deed(each.words, text) if any(sign in said for sign in each.signs) else None
        if match is not None and not each.unless(subject):
            if each.words is _NO_MORE and any(target.name for target in targets_of(subject)):
                break  # object-deleted tells it
            yield Verdict(f"throws away {each.what}: {match[0][:100]}", each.why, severity=each.severity, switch=REVOKE)
            return
    if told := _sum(subject):
        yield Verdict(f"removes {told} in one run", "Nobody has looked at so many of them.", part="sum", switch=REVOKE)
    if match := _files(subject):
        yield Verdict(
            f"deletes files of a database: {match[0][:100]}",
            "It runs, and what it needs to start again is gone. Stop the optimizer before anything restarts.",
            part="files",
            severity=Severity.CRITICAL,
            switch=OPTIMIZER,
        )


_SUMS = late(
    r"(?:namespaces|deployments|stateful-?sets|services|volumes|claims|pvcs|secrets|crds)[-_]?(?:deleted|pruned|"
    r"removed)|"
    r"(?:deleted|pruned|removed)[-_]?(?:namespaces|deployments|stateful-?sets|services|volumes|claims|pvcs|secrets|"
    r"crds)",
    re.IGNORECASE,
)
_PRUNED = late(r"\bprun(?:ed|ing) (?:[\w-]{1,20} ){0,2}?(?:resources|objects|manifests)\b", re.IGNORECASE)


def _told(subject: Decision) -> str:
    """What a line tells; where that is one word of what came of a command, ``applied``, the command itself."""
    if _WENT_WELL.fullmatch(subject.message) is None:
        return subject.message
    return next((subject.attributes[key] for key in _BY_COMMAND if key in subject.attributes), subject.message)


_WENT_WELL = late(
    r"(?:statement |command |query |sql )?(?:applied|executed|done|ok|ran|issued|completed|succeeded)\W*", re.IGNORECASE
)


_OBJECTS = late(r"delet(?:ed|ing) (?:all )?(?:the )?objects\W*", re.IGNORECASE)
"""What is left of old versions or of uploads that were given up is no bucket's."""


def _sum(subject: Decision) -> str:
    """How many objects a run has removed by its own sum, where ten or more; empty for less."""
    said = subject.attributes
    if number_of(said.get("remaining", "")) == 0 and said.get("bucket") and _OBJECTS.fullmatch(subject.message):
        gone = number_of(said.get("deleted", "")) or 0
        return f"all {gone:,.0f} objects of bucket {said['bucket']}" if gone >= _MANY else ""
    pruned = _PRUNED if "prun" in subject.message and deed(_PRUNED, subject.message) is not None else None
    for key, text in said.items():
        number = number_of(text)
        counts = _SUMS.fullmatch(key) is not None or (pruned is not None and key in ("pruned", "count"))
        if counts and number is not None and number >= _MANY:
            return f"{number:,.0f} objects ({key})"
    return ""


def _files(subject: Decision) -> re.Match[str] | None:
    texts = [subject.message, *(subject.attributes[key] for key in _BY_COMMAND if key in subject.attributes)]
    for text in texts:
        if not any(path in text for path in _PATHS) or _SEGMENT.search(text) is not None:
            continue
        if (match := deed(_FILES, text)) is not None:
            return match
    return None
