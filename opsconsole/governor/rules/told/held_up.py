"""What a cluster and its programs are held up by, where a line tells in words that it goes: hooks, CRDs, volumes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.told_deeds import ToldDeed, interests, verdicts, whole_text
from opsconsole.patterns import late
from opsconsole.records import Decision, EntryReading, Kind, Severity

_ITS_OWN_TAINT = late(r"node-role\.kubernetes\.io/(?:control-plane|master)")
_FOR_A_WHILE = late(r"\b(?:preview|ephemeral|scratch|expired|ttl|test)\b", re.IGNORECASE)


def _is_its_own_taint(line: Decision, _match: re.Match[str]) -> bool:
    """Whether it is the taint by which the control plane is always kept free."""
    return _ITS_OWN_TAINT.search(whole_text(line)) is not None


def _is_read_or_of_nothing(line: Decision, match: re.Match[str]) -> bool:
    """Whether it was read as a deed with its object, which ``not-its-business`` tells; or no object is told at all."""
    told = _OF.match(match.string, match.end()) is not None or not _KINDS.isdisjoint(line.attributes)
    return line.reading is EntryReading.ACTION or not told or _OF_NO_PROGRAM.search(line.message) is not None


_OF_NO_PROGRAM = late(
    r" (?:from|on|in|of) (?:the |a )?(?:docs?|docu\w+|readme|page|test pods?|tests?)\b", re.IGNORECASE
)
_OF = late(r"(?: and [\w-]{1,40})?(?: of| from| on| in) [\w./-]{2}")
_KINDS = frozenset(
    {"deployment", "statefulset", "daemonset", "workload", "service", "pod", "rollout", "target", "object"}
)


def _was_for_a_while(line: Decision, _match: re.Match[str]) -> bool:
    return _FOR_A_WHILE.search(line.message) is not None


_GONE = (
    ToldDeed(
        ("ontrol plane", "ontrol-plane", "asters", "aster nodes"),
        late(
            r"\b(?:taint|cordon|drain|evict)(?:ed|ing) (?:the |all |every |whole )*(?:control[- ]planes?|masters|"
            r"master nodes)\b(?! (?:queue|list|cache|pool|topic|table|page|label)s?\b)"
            r"(?! from (?:the )?(?:pool|list|cache|page)\b)(?![^\n;]{0,60}\bone (?:by one|at a time)\b)",
            re.IGNORECASE,
        ),
        "empties the control plane",
        "What decides, finds and remembers runs there. Take the taint off first.",
        Severity.CRITICAL,
        unless=_is_its_own_taint,
    ),
    ToldDeed(
        ("reStop", "re-stop", "iveness", "eadiness", "tartup probe", "race period", " grace"),
        late(
            r"\b(?:remov|dropp|stripp|delet|disabl|unset|unsett)(?:ed|ing) (?:the |all |its )*"
            r"(?:(?:preStop|pre-stop)(?: hooks?)?|(?:liveness|readiness|startup)(?: and (?:liveness|readiness|"
            r"startup))?"
            r"(?: ?probes?| checks?)|(?:termination )?grace(?: period)?)(?! (?:failures?|errors?|events?|warnings?)\b)",
            re.IGNORECASE,
        ),
        "takes away how a program begins and ends in order",
        "Requests in flight are cut, and what is dead gets more of them.",
        unless=_is_read_or_of_nothing,
    ),
    ToldDeed(
        ("CRD", "crd", "ustom resource def", "ustomResourceDef"),
        late(
            r"\bdelet(?:e|ed|ing|es) (?:all |the |old |unused |its |every )*(?:\d{1,5} )?(?:crds?|"
            r"custom ?resource ?definitions?)\b"
            r"(?! (?:cache|label|annotation|schema|finalizer|manifest|file|template|yaml|doc|test|entr)\w*)"
            r"(?! from (?:the |a )?(?:chart|cache|repo\w*|docs?|list|page|bundle)\b)"
            r"(?! [\w-]{1,63}(?:\.[\w-]{1,63}){2})",
            re.IGNORECASE,
        ),
        "deletes the definitions of custom resources",
        "With a definition go all objects of it: databases, clusters, certificates.",
        Severity.CRITICAL,
    ),
    ToldDeed(
        (
            "DeleteVolume",
            "DeleteDisk",
            "delete-volume",
            "delete-disk",
            "disks delete",
            "DeleteFileSystem",
            "delete-file-system",
        ),
        late(
            r"\bDelete(?:Volume|Disk|FileSystem)[ :(=]{1,3}[\"']?(?:vol|disk|pd|fs|pvc)-\S{1,100}[^\n]{0,40}?"
            r"\b(?:ok|done|succeeded|success|deleted|completed)\b|"
            r"\baws (?:ec2 delete-volume|efs delete-file-system)\b|\bgcloud compute disks delete\b|\baz disk delete\b"
        ),
        "deletes a volume of the cloud",
        "What was on it only a snapshot brings back.",
        unless=_was_for_a_while,
    ),
)


@rule("held-up-no-more", Severity.WARNING, Kind.DECISION, lines=interests(_GONE))
def held_up_no_more(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It takes away what a cluster or its programs are held up by: the control plane, hooks and probes, CRDs, volumes.

    By its own words, where no object is named that could be read. Critical for a control plane that is tainted, drained
    or cordoned, but for the taint by which it is always kept free, and for definitions of custom resources. The Aura
    write-up: it had "messed with the node-level taints to 'isolate' workloads".
    """
    yield from verdicts(_GONE, subject)
