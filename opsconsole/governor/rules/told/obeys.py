"""An agent that takes data for orders, and what then leaves the cluster: Secrets, kubeconfigs, keys."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import OPTIMIZER
from opsconsole.governor.rules.told.told_deeds import ToldDeed, interests, told_in
from opsconsole.records import Decision, Kind, Severity

_FOUND_IN = (
    r"(?:logs?|log lines?|tickets?|comments?|e-?mails?|request(?: body)?|responses?|outputs?|web ?pages?|"
    r"annotations?|payloads?)"
)
_ORDERS = r"(?:instructions?|orders?|commands?|directives?)"
_OPENS = (
    r"(?:kubeconfig|kube\.?config|credentials?|id_rsa|id_ed25519|\.env\b|secrets?\b|private[ _-]?keys?|"
    r"service-?account(?:\.json|/token)|tokens?\b)"
)
_SENDS = r"(?:curl|wget|nc|ncat|socat|scp|rclone|aws s3 cp|gsutil cp|az storage blob upload)"
_OBEYS = (
    ToldDeed(
        ("nstruction", "orders", "ommand", "irective"),
        re.compile(
            rf"\b{_FOUND_IN} (?:contain|have|has|say|tell|include|ask|hold|"
            rf"give)s?\b[^\n]{{0,80}}?\b{_ORDERS}\b[^\n]{{0,80}}?"
            r"\bI(?:'ll| will| shall|'m going to| am going to) (?:now )?(?:follow|obey|do|execute|run|carry|comply|"
            r"act)\b"
            r"(?! (?:not|nothing)\b)|"
            rf"\b(?:follow|obey|execut|carr|perform)(?:ing|ying|ying out|ed) (?:out )?(?:the |these |those |its "
            rf")?{_ORDERS} "
            rf"(?:that (?:I|it) )?(?:found |given |contained |written |read )?(?:in|from|inside|by) (?:the |a |an "
            rf")?{_FOUND_IN}\b",
            re.IGNORECASE,
        ),
        "takes what it has read for its orders",
        "Whoever can write there has its rights from now on. Take them away first.",
        Severity.CRITICAL,
    ),
    ToldDeed(
        ("ecret", "ubeconfig", "redential", "id_rsa", "id_ed25519", ".env", "rivate", "oken"),
        re.compile(
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
