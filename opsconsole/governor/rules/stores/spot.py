"""What keeps data is moved to machines that may go at two minutes' notice."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import only_told, refusal, targets_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of
from opsconsole.governor.rules.own_words import deed
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Ref, Severity

_MOVES = late(r"\b(?:mov|migrat|shift|relocat|mark|switch)(?:e|es|ed|ing)\b", re.IGNORECASE)
_SPOT = late(r"(?<![a-z])spot(?!light|if|less|t|[-_ ]?(?:checks?|audit)\b)|preemptible|low-?priority", re.IGNORECASE)
_STEADY = late(r"on-?demand|reserved|dedicated|regular|standard", re.IGNORECASE)
_IN_WORDS = late(
    r"\bfrom (?:an? |the )?(?P<old>[\w-]{2,30})(?: (?:nodes?|capacity|instances?|pool))? to (?:an? |the )?"
    r"(?P<new>[\w-]{2,30})|\bto (?P<only>spot|preemptible)\b(?! ?-?(?:checks?|checking|audit|prices|pricing)\b)",
    re.IGNORECASE,
)
_AFTER = ("to", "to_capacity", "new", "after", "capacity", "capacityType", "target_pool")
_SET_OF_PODS = late(r"\bstateful ?sets?\b", re.IGNORECASE)
_KEEPS_DATA = frozenset({"StatefulSet", "PersistentVolumeClaim", "Cluster", "Kafka", "Elasticsearch"})
_STORES = late(
    r"(?:^|[-_./])(?:postgres\w*|pg|mysql|mariadb|mongo\w*|redis|kafka|rabbitmq|etcd|zookeeper|cassandra|elasticsearch|"
    r"opensearch|vault|consul|clickhouse|cockroach\w*|minio|[\w-]*db|database|primary)(?=$|[-_./\d])",
    re.IGNORECASE,
)


@rule(
    "data-on-spot",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(words=("moved ", "moving ", "migrat", "shifted ", "switched ")),),
)
def data_on_spot(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It moves what keeps data to spot or preemptible nodes: a StatefulSet, or what is called as a store.

    The Aura write-up: "isolate workloads" crowded all pods onto a single node; these go all at once, at two minutes'
    notice, and no quorum survives that. No number: one is enough.
    """
    if only_told(subject) or refusal(subject) is not None:
        return
    text = subject.message
    if deed(_MOVES, text) is None or not _goes_to_spot(subject):
        return
    kept = next((each for each in targets_of(subject) if _keeps_data(each, subject)), None)
    if kept is not None or (not targets_of(subject) and _SET_OF_PODS.search(text) is not None):
        yield Verdict(
            f"moves {name_of(kept)} to machines that may go at any time",
            "It keeps data. All of its members may be gone within two minutes.",
            about=kept,
            switch=REVOKE,
        )


def _goes_to_spot(subject: Decision) -> bool:
    after = next((subject.attributes[key] for key in _AFTER if key in subject.attributes), "")
    if not after and (match := _IN_WORDS.search(subject.message)) is not None:
        after = match["new"] or match["only"] or ""
    return _SPOT.search(after) is not None and _STEADY.search(after) is None


def _keeps_data(about: Ref, subject: Decision) -> bool:
    kind = about.kind or subject.attributes.get("kind", "")
    return kind in _KEEPS_DATA or _STORES.search(about.name) is not None
