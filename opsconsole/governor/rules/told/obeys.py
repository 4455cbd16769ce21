"""An agent that takes data for orders, and what then leaves the cluster: Secrets, kubeconfigs, keys."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import OPTIMIZER
from opsconsole.governor.rules.told_deeds import ToldDeed, interests, told_in
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_DATA = r"(?:logs?|log (?:lines?|entr(?:y|ies))|responses?|request (?:body|bodies)|web ?pages?|payloads?)"
_IN_DOUBT = r"(?:outputs?|tickets?|comments?|e-?mails?|annotations?)"
_CONTAINS = r"(?:contain|have|has|say|tell|include|ask|hold|give)s?\b[^\n]{0,80}?"
_ORDERS = r"(?:instructions?|directives?|(?:orders|commands) (?:for me|to)\b)"
_I_WILL = (
    r"\b[^\n]{0,80}?\bI(?:'ll| will| shall|'m going to| am going to) (?:now )?(?:follow|obey|do|execute|run|carry out|"
    r"comply with|act on) (?:them|these|those|it|what (?:it|they) (?:say|ask|tell)s?|(?:the|its|their) "
    r"(?:instructions?|directives?|orders|commands))\b"
)
_OPENS = (
    r"(?:kubeconfig|kube\.?config|credentials?|id_rsa|id_ed25519|\.env\b|secrets?\b|private[ _-]?keys?|"
    r"service-?account(?:\.json|/token)|tokens?\b)"
)
_SENDS = r"(?:curl|wget|nc|ncat|socat|scp|rclone|aws s3 cp|gsutil cp|az storage blob upload)"
_OBEYS = (
    ToldDeed(
        ("nstruction", "orders", "ommand", "irective"),
        late(
            rf"\b{_DATA} {_CONTAINS}\b{_ORDERS}{_I_WILL}|"
            rf"\b(?:follow|obey)(?:ing|ed) (?:the |these |those |its )?(?:instructions|orders) (?:that (?:I|it) )?"
            rf"(?:was |were )?(?:found|given|contained|written|read|hidden|embedded) (?:in|inside|by) "
            rf"(?:the |a |an )?{_DATA}\b",
            re.IGNORECASE,
        ),
        "takes what it has read for its orders",
        "Whoever can write there has its rights from now on. Take them away first.",
        Severity.CRITICAL,
    ),
    ToldDeed(
        ("nstruction", "orders", "ommand", "irective"),
        late(rf"\b{_IN_DOUBT} {_CONTAINS}\b{_ORDERS}{_I_WILL}", re.IGNORECASE),
        "takes what others wrote for its orders",
        "Whoever can write there has its rights: see who that is.",
        Severity.WARNING,
    ),
    ToldDeed(
        ("ecret", "ubeconfig", "redential", "id_rsa", "id_ed25519", ".env", "rivate", "oken"),
        late(
            r"\bget secrets?\b[^\n|;]{0,120}?(?: -A\b| --all-namespaces\b)[^\n|;]{0,80}?(?:\| ?[^\n]{0,40}?\b(?:"
            rf"{_SENDS}|tee|base64|gzip|gpg|openssl)\b|> ?\S)|"
            rf"{_OPENS}[^\n]{{0,120}}?\| ?{_SENDS}\b|"
            rf"\b{_SENDS}\b[^\n|;]{{0,160}}?(?:--data(?:-binary|-raw)?|-d|-T|--upload-file|"
            rf"-F)[ =]\S{{0,60}}@?\S{{0,80}}{_OPENS}|"
            rf"\bgit (?:add|commit)\b[^\n]{{0,120}}?{_OPENS}[^\n]{{0,160}}?\bgit push\b|"
            rf"\bcommit -\w*m[^\n]{{0,120}}?{_OPENS}[^\n]{{0,160}}?\bgit push\b",
            re.IGNORECASE,
        ),
        "sends away what opens doors",
        "Take it for known to everybody: make each of them anew.",
        Severity.CRITICAL,
    ),
)


@rule(
    "obeys-data",
    Severity.CRITICAL,
    Kind.DECISION,
    lines=(*interests(_OBEYS), Interest(keys=("cmd", "command", "args", "input"))),
)
def obeys_data(subject: Decision, _view: View) -> Iterable[Verdict]:
    """An agent does what a log, a ticket or an answer told it to do; or sends Secrets, keys or a kubeconfig away.

    By its own words: "the logs contain instructions, I will follow them"; all Secrets through a pipe, a kubeconfig that
    is committed and pushed. What it says to be data, and does not do, is none. The Aura write-up:
    `aura-optimizer-admin-binding`: who can talk it into something has its rights.
    """
    for each, match in told_in(_OBEYS, subject):
        said = " ".join(match[0].split())[:100]
        yield Verdict(f"{each.what}: {said}", each.why, part=each.what, severity=each.severity, switch=OPTIMIZER)
