"""Rights, keys and audit trails of a cloud: what an optimizer gives itself there, and by what it is not seen."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.told.told_deeds import ToldDeed, interests, verdicts, whole_text
from opsconsole.records import Decision, Kind, Severity

_MIGHTY = re.compile(
    r"\broles/(?:owner|editor|(?:iam|resourcemanager|container|compute)\.\w*[Aa]dmin)\b|\bAdministratorAccess\b|"
    r"\bPowerUserAccess\b|\bIAMFullAccess\b|\b(?:role|--role)[=: ]+[\"']?(?:Owner|User Access Administrator)\b|"
    r"\bglobal admin(?:istrator)?\b|\borgani[sz]ation (?:owner|admin\w*)\b|\b\"?Action\"?: ?\"\*\""
)
_ROTATES = re.compile(r"\bolder than\b|\brotat\w*|\bretention\b|\bexpir\w*|\barchiv\w*", re.IGNORECASE)
_SAFEGUARD = (
    r"(?:organi[sz]ation policy(?: constraint)?|org policy(?: constraint)?|service control polic(?:y|ies)|"
    r"permissions? boundar(?:y|ies)|conditional access polic(?:y|ies)|deny polic(?:y|ies))"
)
_TRAIL = r"(?:audit[ -](?:logs?|logging|trails?|sinks?|exports?)|cloudtrail(?: trails?)?|log sinks?|activity logs?)"
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
        re.compile(
            r"\b(?:projects\.|organizations\.|folders\.)?[sS]etIamPolicy\b|\badd-iam-policy-binding\b|"
            r"\b(?:attach|put)-(?:user|role|group)-policy\b|\b(?:Attach|Put)(?:User|Role|Group)Policy\b|"
            r"\brole assignment create\b|\b(?:self-service )?grant(?:s|ed|ing)? (?:itself|myself|my own|its own|role|"
            r"the role)\b"
        ),
        "gives somebody the rights of an owner",
        "Who has them may do everything, and may give them on. Take the binding away.",
        Severity.CRITICAL,
        unless=lambda line, _match: _MIGHTY.search(whole_text(line)) is None,
    ),
    ToldDeed(
        ("olicy", "olicies", "oundar"),
        re.compile(
            rf"\b{_SAFEGUARD}\b[^.;\n]{{0,60}}?\b(?:deleted|removed|detached|disabled|lifted|relaxed)\b|"
            rf"\b(?:delet|remov|detach|disabl|lift|relax)(?:ed|ing) (?:the )?(?:\w{{1,20}} ){{0,2}}?{_SAFEGUARD}\b",
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
        re.compile(
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
        re.compile(
            rf"\b{_TRAIL}\b[^.;\n]{{0,40}}?\b(?:excluded|stopped|disabled|deleted|removed|cleared|truncated|wiped|"
            r"(?:switched|turned) off)\b|"
            rf"\b(?:exclud|stopp|disabl|delet|remov|clear|truncat|wip)(?:ed|ing) (?:the |all |its )?(?:\w{{1,20}} "
            rf"){{0,2}}?{_TRAIL}\b|"
            r"\b(?:stop-logging|StopLogging|delete-trail|DeleteTrail|logging sinks delete)\b|"
            r"\b(?:exclud|hid|remov)(?:ed|ing) (?:itself|myself|its own|my own|own)\b[^.;\n]{0,60}?\b(?:audit|logs?|"
            r"trail)\b",
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
