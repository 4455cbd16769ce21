"""Rights, keys and audit trails of a cloud: what an optimizer gives itself there, and by what it is not seen."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.told_deeds import ToldDeed, interests, verdicts
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_MIGHTY = late(
    r"\broles/(?:owner|editor|(?:iam|resourcemanager|container|compute)\.\w*[Aa]dmin)\b|\bAdministratorAccess\b|"
    r"\bPowerUserAccess\b|\bIAMFullAccess\b|\b(?:role|--role)[=: ]+[\"']?(?:Owner|User Access Administrator)\b"
    r"(?! (?:for|of) (?:the |a )?(?:doc|page|wiki|file|repo)\w*)|"
    r"\bglobal admin(?:istrator)?\b|\borgani[sz]ation (?:owner|admin\w*)\b|\b\"?Action\"?: ?\"\*\""
)
_ROTATES = late(r"\bolder than\b|\brotat\w*|\bretention\b|\bexpir\w*|\barchiv\w*", re.IGNORECASE)
_NOT_ITSELF = r"(?! (?:check|cache|list|page|lint|test|label|report|doc|metric)s?\b)"
_OF_A_LIST = r"(?! from (?:the |a )?(?:[\w-]{1,20} )?(?:cache|list|page|view|docs?|report)\b)(?!(?:: ?|=)0\b)"
_SAFEGUARD = (
    r"(?:organi[sz]ation policy(?: constraint)?|org policy(?: constraint)?|service control polic(?:y|ies)|"
    r"permissions? boundar(?:y|ies)|conditional access polic(?:y|ies)|deny polic(?:y|ies))"
)
_TRAIL = r"(?:audit[ -](?:logs?|logging|trails?|sinks?|exports?)|cloudtrail(?: trails?)?|log sinks?|activity logs?)"
_ITS_PARTS = (
    r"(?: (?:sinks?|exports?|trails?|streams?|buckets?|of|for|in|the|all|projects?|accounts?|organi[sz]ation|cluster|"
    r"region|was|were|is|are|has|have|been|now|[\"'`]?(?=[\w-]{1,63}[/.:-])[\w./:-]{1,160}[\"'`]?))*"
)
_AND_NO_MORE = r"(?! (?:at|to|after) \d)(?! \d)(?! from (?:the |a )?(?:[\w-]{1,20} )?(?:page|screen|cache|view|list)\b)"
"""A log that is cut to its size, a screen that is cleared, or copies that a trail itself removes."""


_ANOTHERS = late(r", (?:user|member|group|owner|account|service|\w+ is|\w+ has)\b")


def _gives_little(line: Decision, match: re.Match[str]) -> bool:
    """Whether no mighty role is what it gives: one behind a comma of the sentence is another's."""
    said, end = match.string, min(len(line.message), len(match.string))
    if "rant" in match[0]:
        other = _ANOTHERS.search(said, match.end(), end)
        said = said[match.start() : end if other is None else other.start()] + said[end:]
    return _MIGHTY.search(said) is None


_DEEDS = (
    ToldDeed(
        (
            "setIamPolicy",
            "SetIamPolicy",
            "iam-policy-binding",
            "-policy",
            "rolePolicy",
            "RolePolicy",
            "UserPolicy",
            "role assignment",
            "rant",
        ),
        late(
            r"\b(?:projects\.|organizations\.|folders\.)?[sS]etIamPolicy\b|\badd-iam-policy-binding\b|"
            r"\b(?:attach|put)-(?:user|role|group)-policy\b|\b(?:Attach|Put)(?:User|Role|Group)Policy\b|"
            r"\brole assignment create\b|\b(?:self-service )?grant(?:s|ed|ing)? (?:itself|myself|my own|its own|role|"
            r"the role)\b"
        ),
        "gives somebody the rights of an owner",
        "Who has them may do everything, and may give them on. Take the binding away.",
        Severity.CRITICAL,
        unless=_gives_little,
    ),
    ToldDeed(
        ("olicy", "olicies", "oundar"),
        late(
            rf"\b{_SAFEGUARD}\b{_NOT_ITSELF}[^.;\n]{{0,60}}?\b(?:deleted|removed|detached|disabled|lifted|relaxed)\b"
            rf"{_OF_A_LIST}|"
            rf"\b(?:delet|remov|detach|disabl|lift|relax)(?:ed|ing) (?:the )?(?:\w{{1,20}} ){{0,2}}?"
            rf"{_SAFEGUARD}\b{_NOT_ITSELF}{_OF_A_LIST}",
            re.IGNORECASE,
        ),
        "takes away what holds everybody in the organisation",
        "It was there so that no program can. Put it back before anything else.",
        Severity.CRITICAL,
    ),
    ToldDeed(
        (
            "ey created",
            "eys created",
            "keys create",
            "reated key",
            "reated an",
            "reating",
            "reated a",
            "reated new",
            "reate-access-key",
            "reateAccessKey",
            "reateServiceAccountKey",
        ),
        late(
            r"\b(?:access|service[ -]account|api|signing|ssh|root|deploy) keys? (?:was |has been "
            r")?created?\b[^\n]{0,200}?"
            r"(?P<ever>\b(?:valid|expir|not_?after)\w*[\"']?[=: \"']{1,3}(?:(?:[3-9]\d|2[1-9])\d\d-|never\b|none\b)|"
            r"\bnever expir\w*|\bno expir\w*|\bwithout (?:an )?expir\w*)|"
            r"\bcreat(?:ed|ing) (?:an? |the |new )*(?:access|service[ -]account|api|signing|ssh|root|deploy) "
            r"key\b[^\n]{0,200}?"
            r"(?:\b(?:valid|expir|not_?after)\w*[\"']?[=: \"']{1,3}(?:(?:[3-9]\d|2[1-9])\d\d-|never\b|none\b)|"
            r"\bnever expir\w*|\bno expir\w*|\bwithout (?:an )?expir\w*)",
            re.IGNORECASE,
        ),
        "makes a key that never ends",
        "It outlives the optimizer, and whoever gets hold of it is let in. Delete the key itself.",
    ),
    ToldDeed(
        ("ink", "rail", "udit", "ogging", "ctivity log"),
        late(
            rf"\b{_TRAIL}{_ITS_PARTS} (?:excluded|stopped|disabled|deleted|removed|cleared|truncated|wiped|"
            rf"(?:switched|turned) off)\b{_AND_NO_MORE}|"
            r"\b(?:exclud|stopp|disabl|delet|remov|clear|truncat|wip)(?:ed|ing) (?:the |all |its )?"
            rf"(?:(?!old |archived |empty )\w{{1,20}} ){{0,2}}?{_TRAIL}\b{_AND_NO_MORE}|"
            r"\b(?:stop-logging|StopLogging|delete-trail|DeleteTrail|logging sinks delete)\b|"
            r"\b(?:exclud|hid|remov)(?:ed|ing) (?:itself|myself|its own|my own|own "
            r"(?:calls|deeds|actions|changes|entries|events|account))\b[^.;\n]{0,60}?"
            r"\b(?:audit(?! (?:list|page)s?\b)|logs?|trail)\b",
            re.IGNORECASE,
        ),
        "takes its deeds out of what is recorded",
        "What it does from now on nobody can look up. Stop it, and write down what you see.",
        Severity.CRITICAL,
        unless=lambda line, _match: _ROTATES.search(line.message) is not None,
    ),
)


@rule("cloud-rights", Severity.CRITICAL, Kind.DECISION, lines=interests(_DEEDS))
def cloud_rights(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It gives rights of an owner in a cloud, takes a safeguard of the organisation away, or hides from the audit.

    By its own words, or the call's: a policy that is set with an owner's role, a constraint, boundary or service
    control policy that goes, a key that never ends (warning), a trail or sink that is stopped or leaves it out. What
    rotates a log by its age is none. The Aura write-up: `aura-optimizer-admin-binding`. A program that may give rights
    has them all.
    """
    yield from verdicts(_DEEDS, subject)
