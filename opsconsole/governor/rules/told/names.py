"""Names that the world finds a service by: records of DNS, whole zones, how long a wrong answer is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import FOR_ONE_CHANGE, REVOKE
from opsconsole.governor.rules.told_deeds import NOT_LIVE, ToldDeed, interests, number_in, told_in, verdicts
from opsconsole.patterns import late
from opsconsole.records import Change, Decision, Kind, Ref, Severity

_TYPE = r"(?:A|AAAA|CNAME|MX|NS|TXT|SRV|PTR|ALIAS|CAA|SOA)"
_NAME = r"[\"'`]?(?P<{0}>(?:\*\.|_)?[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,12}})\.?[\"'`]?"
_RECORD = late(
    rf"\b(?i:delet(?:e|ed|es|ing)|remov(?:e|ed|es|ing)|dropp?(?:ed|ing)?) (?:the )?(?:(?i:dns) )?"
    rf"(?:(?P<type>{_TYPE}) )?(?i:record)s? (?:(?:for|of|set) )?{_NAME.format('name')}(?= |$|[,;(])"
    r"(?! from (?:the )?(?:\w{1,20} )?(?i:cache|list|page|table|file)\b)|"
    rf"\b(?i:delet(?:e|ed|es|ing)|remov(?:e|ed|es|ing)) {_NAME.format('other')} (?P<sort>{_TYPE})(?= |$|[,;(\"])|"
    rf"\b(?:(?P<kind>{_TYPE}) )?(?i:record) {_NAME.format('third')} (?:(?:was|has been) )?(?i:deleted|removed)\b"
)
_CHALLENGE = "_acme-challenge."
_OWNED = "Desired change: DELETE"
"""How external-dns says so, of each record and of the TXT by which it knows that the record is its own."""
_NO_ZONE = r"(?:cach|fil|page|list|metric|entr|record|config|export|stat|label|tag|quer|polic|view|count|table)\w*"
_APEX_LABELS = 2
_WHOLE = frozenset({"MX", "NS", "SOA"})
_OTHERS = frozenset({"kind", "object", "resource", "statefulset", "deployment", "namespace"})
"""Keys beside a message by which it is an object of the cluster's."""
_OF_NAMES = late(
    r"\bdns\b(?! (?:cache|metric|file))|\bexternal-dns\b|\bnameservers?\b|\bsoa\b|\broute ?53\b|"
    r"\b(?:hosted|managed|private|public) zone\b|\bzone [\"'`]?[\w-]{1,63}\.[\w-]",
    re.IGNORECASE,
)
_MANY = 50.0
_SIX_HOURS, _TEN_TIMES = 21_600.0, 10.0

_LOST = (
    ToldDeed(
        ("zone",),
        late(
            r"\b(?:delet|remov|dropp|destroy|purg)(?:e|ed|es|ing) (?:the )?(?:\w{1,20} )?"
            rf"(?:(?:hosted|managed|dns) zones? [\"'`]?(?!{_NO_ZONE}(?![\w.-]))[\w./-]|"
            r"(?:public|private|internal) zones? [\"'`]?[\w-]{0,63}[\d./-]\w)|"
            r"\bdelete-hosted-zone\b|\bDeleteHostedZone\b|"
            r"\b(?:dns )?managed-zones delete\b|\bdns zone delete\b|"
            rf"\b(?:hosted|managed|dns) zone (?!{_NO_ZONE} )\S{{1,100}} "
            r"(?:was |has been )?(?:deleted|removed|destroyed)\b",
            re.IGNORECASE,
        ),
        "deletes a whole zone of names",
        "Nothing that is called by a name in it is found any more.",
        Severity.CRITICAL,
    ),
    ToldDeed(
        ("record",),
        late(
            r"\b(?P<count>\d[\d,]{0,7}) (?:dns )?record(?:\(s\)|s| sets?) (?:of (?:the )?zone \S+ )?(?:were |was |"
            r"have been )?"
            r"(?:successfully )?(?:updated|changed|deleted|removed|overwritten|replaced)\b|"
            r"\b(?:delet|remov|overwrit|replac|chang)(?:ed|ing|ten) (?P<number>\d[\d,]{0,7}) (?:dns )?"
            r"record(?:\(s\)|s| sets?)\b",
            re.IGNORECASE,
        ),
        "changes many names in one go",
        "A program that syncs names takes those away that it does not know.",
        unless=lambda line, match: (
            max(number_in(match, "count"), number_in(match, "number")) < _MANY or not _is_of_names(line)
        ),
    ),
    ToldDeed(
        ("ttl", "TTL"),
        late(
            r"\bttl\b[^\n;,\d]{0,60}(?:from )?(?P<before>\d{1,9})s? ?(?:->|=>|→|to) ?(?P<after>\d{1,9})s?\b",
            re.IGNORECASE,
        ),
        "lets answers be kept for long",
        "A wrong answer can't be taken back before that time is over.",
        unless=lambda line, match: (
            number_in(match, "after") < max(_SIX_HOURS, number_in(match, "before") * _TEN_TIMES)
            or not _is_of_names(line)
        ),
    ),
    ToldDeed(
        ("--registry", "--domain-filter", "--txt-owner"),
        late(r"--registry[= ][\"']?noop\b|--domain-filter(?:[= ](?:\\{0,2}[\"']){2}|=(?= |$))"),
        "takes away what keeps it from the names of others",
        "It may now change and delete records that it did not make.",
    ),
)


def record_of(subject: Decision) -> tuple[str, str] | None:
    """The name and the type of a record of DNS that a line says to delete; ``None`` where it tells of none."""
    text = subject.message
    match = _RECORD.search(text) if "record" in text or "elet" in text or "DELETE" in text else None
    if match is None:
        return None
    if match["other"] and not (_OWNED in text or _OF_NAMES.search(text) is not None or _has_zone(subject)):
        return None  # a name with a dot and a letter behind it is anything's
    name = match["name"] or match["other"] or match["third"]
    sort = match["type"] or match["sort"] or match["kind"] or ""
    # A name alone may be a file's or a row's: without its type the line has to say that it is one of DNS.
    return (name, sort) if sort or "dns" in text.casefold() or "zone" in subject.attributes else None


def is_told_elsewhere(about: Ref, subject: Decision | Change) -> bool:
    """Whether what a line deletes is nothing but a record of DNS, of which ``names-lost`` tells."""
    if about.kind or about.namespace or not isinstance(subject, Decision) or not _OTHERS.isdisjoint(subject.attributes):
        return False
    record = _told_record(subject)
    return record is not None and record[0].lstrip("*_.") == about.name.lstrip("*_.")


@rule(
    "names-lost",
    Severity.WARNING,
    Kind.DECISION,
    lines=(*interests(_LOST), Interest(details=("ecord ", "DELETE ", "elete ", "eleted ", "eleting ", "emoved "))),
)
def names_lost(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It deletes names that the world finds a service by, or whole zones, or lets wrong answers be kept for long.

    A record of DNS; critical for the mail's, a name server's, a wildcard's or the zone's own, and for a zone. Fifty
    records in one go are more than a release changes. A remark is the record of an ACME challenge, which is made anew
    for each certificate, and of what is called by the number of one change (`pr-12`). Answers kept ten times as long,
    and for six hours. The SmartScaler write-up: a computed value went into the load balancer's configuration
    unchecked; what no name leads to serves nobody.
    """
    yield from verdicts(_LOST, subject)
    record = _told_record(subject)
    if record is None:
        return
    name, sort = record
    small = _is_small(name, sort, subject)
    yield Verdict(
        f"deletes the name {name} {sort}".rstrip(),
        "It is made anew with what it is for." if small else "Whoever asks for it is told that there is no such name.",
        part=f"{name} {sort}",
        severity=Severity.INFO if small else _of_record(name, sort, subject),
        switch=REVOKE,
    )


def _is_small(name: str, sort: str, subject: Decision) -> bool:
    """Whether it is made anew with what it is for: a challenge's, an owner's mark, a change's, a test's."""
    if sort in _WHOLE:
        return False
    if name.startswith(_CHALLENGE):
        return sort in ("", "TXT", "CNAME")
    host, _, top = name.rpartition(".")
    of_a_change = FOR_ONE_CHANGE.search(name) is not None or NOT_LIVE.search(f" {host} ") is not None
    return (sort == "TXT" and _OWNED in subject.message) or (of_a_change and top.isalpha())


def _told_record(subject: Decision) -> tuple[str, str] | None:
    done = next((True for _ in told_in(_ONE, subject)), False)
    return record_of(subject) if done else None


_ONE = (ToldDeed(("ecord ", "DELETE ", "elete ", "eleted ", "eleting ", "emoved "), _RECORD, "", ""),)


def _of_record(name: str, sort: str, subject: Decision) -> Severity:
    """How bad it is: without the mail's record, a name server's or the zone's own a whole domain is gone."""
    zone = next((value.strip(".") for key, value in subject.attributes.items() if "zone" in key.casefold()), "")
    whole = sort in _WHOLE or name.startswith("*.") or name == zone or name.count(".") < _APEX_LABELS
    return Severity.CRITICAL if whole else Severity.WARNING


def _is_of_names(line: Decision) -> bool:
    return _OF_NAMES.search(f"{line.message} {line.module}") is not None or _has_zone(line)


def _has_zone(line: Decision) -> bool:
    """Whether a zone stands beside it by its name, ``example.org.``; one of a cloud's region has no dot in it."""
    return any(
        "zone" in key.casefold() and ("." in value or "hostedzone" in value) for key, value in line.attributes.items()
    )
