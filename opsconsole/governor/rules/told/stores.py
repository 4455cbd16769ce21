"""What a store of data survives by: its copies, its members, its repair, its one leader."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.told_deeds import NOT_LIVE, ToldDeed, interests, verdicts
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_TO = r"(?:->|=>|→|to)"
_DATABASES = r"(?:postgres\w*|mysql|mariadb|mongo\w*|redis|kafka|etcd|rabbitmq|elasticsearch|cassandra|oracle|mssql)"
_NO_WAY_BACK = "What is lost from now on can't be restored."
_OF_DATA = r"(?:keyspaces?|topics?|buckets?|volumes?|pools?|tables?|datasets?|databases?)"
_COPIES = r"replication[ _-](?:factor|level|count)"
_TO_ONE = rf"[ :=]{{1,2}}(?:from )?[2-9] ?{_TO} ?[01]\b(?!\.)"
_PASSING = late(r"(?:^|[-_./:@ =])(?:tmp|temp|temporary|cache|caches|dummy|bench|benchmark)(?=$|[-_./:@ ,;)\d])", re.I)


def _is_not_kept(line: Decision, _match: re.Match[str]) -> bool:
    """Whether what has one copy is none that anybody wants to keep."""
    return _PASSING.search(line.message) is not None or NOT_LIVE.search(line.message) is not None


_LETS_GO = late(r"releas|dropp", re.IGNORECASE)
_ITS_OWN = late(
    r"\(self\)|\bheld by (?:me|self|itself|us|this)\b|\bshut(?:ting)? ?down\b|\bon (?:exit|stop|SIGTERM)\b",
    re.IGNORECASE,
)
"""Who leads and ends gives up its own lock."""
_CONFIRMED = late(r"committed|acknowledged|confirmed|replicated", re.IGNORECASE)
_OF_COPIES = late(
    r"diverge|rewind|split[- ]?brain|old side|\bprimar|\breplicas?\b|\bstandby|timeline|fail-?over|\bleader\b",
    re.IGNORECASE,
)
_OF_A_STORE = late(
    r"unfound|\bosd|\bpool\b|\bpgs?\b|ceph|hdfs|gluster|brick|\bvolumes?\b|shards?\b|minio|cassandra|index|tables?\b|"
    r"zpool|fsck|data_loss|allocate_",
    re.IGNORECASE,
)


def _is_of_no_store(line: Decision, _match: re.Match[str]) -> bool:
    """Whether nothing says that it is a store's: a cache, a stream and a profile have blocks and segments too."""
    return _OF_A_STORE.search(f"{line.message} {line.module} {line.body}") is None


_OF_NOBODY = late(r"\b(?:inactive|unused|orphan\w*|obsolete|decommissioned|new|fresh|restored)\b", re.IGNORECASE)
"""Of what nobody follows any more, or nobody does yet."""

_STRIPPED = (
    ToldDeed(
        ("pool set", "eplication", "setrep"),
        late(
            rf"\bosd pool set [\w./-]{{1,80}} size (?:=|(?:[2-9] ?)?{_TO})? ?[01]\b|"
            rf"\b{_COPIES} (?:of|for|on) (?:the )?{_OF_DATA} [\w./-]{{1,80}}{_TO_ONE}|"
            rf"\b{_OF_DATA} [\w./-]{{1,80}}[:,]? {_COPIES}{_TO_ONE}|"
            rf"\bhdfs dfs -setrep (?:-\w )*[01] \S",
            re.IGNORECASE,
        ),
        "leaves data with a single copy",
        "The next disk that fails takes it along. Raise the number of copies before anything is taken out.",
        Severity.CRITICAL,
        _is_not_kept,
    ),
    ToldDeed(
        ("osd ", "osds", "OSDs", "brick", "nodetool", "zpool", "disks", "drives", "mdadm"),
        late(
            r"\bosd (?:out|down|stop|destroy|rm|purge)(?:,? (?:osd\.)?\d{1,5}\b){2,}|"
            r"\bosd (?:purge|destroy|rm|lost) (?:osd\.)?\d{1,5}\b[^\n;|]{0,60}--(?:force|yes-i-really-mean-it)\b|"
            r"\bremove-brick\b[^\n;|&]{0,160} force\b|\bnodetool [^\n;|&]{0,60}?(?:assassinate|removenode force)\b|"
            r"\bzpool (?:offline|detach|remove) \S+(?: [^\s-]\S*){2,}|\bmdadm [^\n;|&]{0,80}--fail(?: \S+){2,}|"
            r"\b(?:took|taking|marked|marking|removed|removing|pulled|purged|purging|failed out) (?:[2-9]|"
            r"[1-9]\d{1,3}) "
            r"(?:more )?(?:osds|bricks|disks|drives)\b(?! from (?:the )?(?:list|inventory|report|tray)\b)"
            r"(?! of deleted\b)(?! as (?:healthy|up|in|ok|good|spare)\b)",
            re.IGNORECASE,
        ),
        "takes several disks or members of a store at once",
        "Copies on those that are left must be whole before the next one goes.",
    ),
    ToldDeed(
        (
            "unfound",
            "osd lost",
            "allocate_",
            "zpool",
            "fsck",
            "missing",
            "corrupt",
            "data_loss",
        ),
        late(
            r"\bmark_unfound_lost (?:delete|revert)\b|\bosd lost (?:osd\.)?\d|\ballocate_(?:stale|empty)_primary\b|"
            r"\baccept_data_loss[\"']?[=: ]{1,2}[\"']?true|\bzpool (?:import|clear)\b[^\n;|&]{0,60} -F\b|"
            r"\bfsck\b[^\n;|&]{0,80} -delete\b|"
            r"\b(?:delet|discard|giv|gave|abandon|dropp?)(?:ed|ing|en|e)? (?:up )?(?:on )?(?:all |the |[\d,]{1,9} )*"
            r"(?:unfound|missing|corrupt(?:ed)?) (?:objects|blocks|shards|chunks|extents|segments)\b",
            re.IGNORECASE,
        ),
        "gives up data that is not found",
        "It may still be on a disk that was taken out. Put that back first.",
        Severity.CRITICAL,
        unless=_is_of_no_store,
    ),
    ToldDeed(
        ("osd set ", "crub", "elf-heal", "ead repair", "nti-entropy", "checksum"),
        late(
            r"\bosd set (?:no\w+[ ,]+)*(?:noscrub|nodeep-scrub|norecover|nobackfill|nodown)\b|"
            r"\b(?:scrub(?:bing)?|self-heal(?:ing)?|read repair|anti-entropy|checksums?)(?: verification| checks?)? "
            r"(?:was |were |is |are |now |has been )?(?:disabled|deactivated|(?:switched|turned) off)\b"
            r"(?! (?:for|on|in) (?:a |the |this )?(?:local|copy|test|dry|temp|tmp|upload|download)\w*)|"
            r"\b(?:disabl|deactivat|(?:switch|turn)(?:ed|ing)? off)(?:ed|ing)? (?:the |all )?(?:deep[ -])?"
            r"(?:scrub(?:bing)?|self-heal(?:ing)?|read repair|anti-entropy|(?:data |page )?checksums?)\b",
            re.IGNORECASE,
        ),
        "switches off what repairs a store, or finds what is broken in it",
        "What is lost or rotten from now on is found when it is needed.",
    ),
    ToldDeed(
        ("health mute", "ealth warning", "ealth alert"),
        late(
            r"\bhealth mute [A-Z_]{4,}|\bhealth (?:warnings?|alerts?) (?:was |were |are )?"
            r"(?:muted|silenced|suppressed)\b|"
            r"\b(?:mut|silenc|suppress)(?:ed|ing) (?:the |all |\d+ )?health (?:warnings?|alerts?)\b",
            re.IGNORECASE,
        ),
        "mutes what a store says of its own health",
        "Look at it yourself: what it warned of goes on.",
    ),
    ToldDeed(
        ("eader key", "eader lock", "rimary lock", "rimary key", "aster lock", "aster key", "/leader"),
        late(
            r"\b(?:delet|remov|tak|steal|dropp?|break|clear|expir|releas)(?:ed|ing|en) (?:the |over the )?"
            r"(?:leader|primary|master) (?:key|lock)\b[^\n]{0,120}?\b(?:held by|while|of (?:a |the )?(?:live|running)|"
            r"from (?:a |the )?(?:live|running|current)|still (?:held|alive|writing|leads))\b|"
            r"\b(?:etcdctl del|consul kv delete|zkcli delete|DELETE)\b[^\n;|&]{0,80}/leader\b",
            re.IGNORECASE,
        ),
        "takes the lock from a leader that holds it",
        "Two may take writes at once. Fence one of them before anything else.",
        Severity.CRITICAL,
        unless=lambda line, match: _LETS_GO.match(match[0]) is not None and _ITS_OWN.search(line.message) is not None,
    ),
    ToldDeed(
        ("ransactions", "ommits", "rites "),
        late(
            r"\b[1-9][\d,]* (?:committed |acknowledged |confirmed |replicated )?(?:transactions|commits|writes) "
            r"(?:were |are |was |have been )?(?:discarded|thrown away|abandoned|overwritten|undone)\b|"
            r"\b(?:discard|throw|abandon)(?:ed|ing|n) (?:away )?[1-9][\d,]* (?:committed |acknowledged |confirmed )?"
            r"(?:transactions|commits|writes)\b",
            re.IGNORECASE,
        ),
        "throws away what was confirmed",
        _NO_WAY_BACK,
        Severity.CRITICAL,
        unless=lambda line, match: _CONFIRMED.search(match[0]) is None and _OF_COPIES.search(line.message) is None,
    ),
    ToldDeed(
        ("replication_slot(", "RESET MASTER", "RESET BINARY LOGS", "reset master"),
        late(
            r"\bpg_drop_replication_slot\(|"
            r"(?<![-\w])RESET (?:MASTER|BINARY LOGS AND GTIDS)\b"
            r"(?=\W*$|[;,.:)]| (?:on|at|in|of|for|to \d{1,10}\W*$|executed|issued|done|sent|ran)\b)",
            re.IGNORECASE,
        ),
        "throws away what its replicas follow by",
        "A replica that has not read it yet has to be made anew.",
        unless=lambda line, _match: _OF_NOBODY.search(line.message) is not None,
    ),
    ToldDeed(
        ("stop", "Stop", "absent"),
        late(
            r"\bstop(?:ping|ped|s)? (?:the )?(?:primary|master|leader|main) "
            rf"(?:(?:database|db)(?: server)?|{_DATABASES})\b|"
            rf"\bchanged: \[[\w.-]+\][^\n]{{0,80}}?\bname=[\w@.-]{{0,40}}{_DATABASES}"
            r"[^\n]{0,120}?\bstate=(?:stopped|absent)\b",
            re.IGNORECASE,
        ),
        "stops a database",
        "Whoever writes to it fails from now on: stop the writers first, or move them.",
    ),
)


@rule("store-stripped", Severity.WARNING, Kind.DECISION, lines=interests(_STRIPPED))
def store_stripped(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It takes from a store what its data survive by: copies, members, repair, the lock of its one leader.

    By its own words, wherever the store runs: a pool, volume or topic with one copy left, two disks or bricks that
    are taken out at once or one by force, lost objects that are given up, repair or scrubbing that is switched off,
    a health warning that is muted, a leader's lock that is taken while it is held, confirmed writes that are thrown
    away, a primary database that is stopped. The Aura write-up: "no script should be able to kill more than a fraction
    of your fleet": of several copies, too. One disk after the other is a day's work.
    """
    yield from verdicts(_STRIPPED, subject)
