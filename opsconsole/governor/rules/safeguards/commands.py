"""Commands and calls of clouds and backup tools that take away what protects, or what can't be brought back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from opsconsole.governor.announced.line_kinds import only_told, refusal
from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, clause_of
from opsconsole.governor.rules.own_words import TEACHERS
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Record, Severity

_BY_COMMAND = ("args", "command", "cmd", "arguments", "argv", "call", "api_call")
_DRY = late(r"--dry-?run(?!=(?:none|false))\b", re.IGNORECASE)
_SPOKEN_OF = late(
    r"\b(?:would|should|could|never|don't|do not|did not|not run|may|might|propos\w*|suggest\w*|recommend\w*|"
    r"dry[- ]?run|simulat\w*|AccessDenied\w*|not authorized|unauthorized\w*|exclud(?:es|ed|ing)|lacks?|"
    r"refus\w*|denied|rejected|blocked|instead of|e\.g\.|example|usage)\b",
    re.IGNORECASE,
)
"""In the words before the command, of the same clause: whoever says so has not run it."""

_NAMED = late(
    r"\b(?:no|0|zero|any|without|cancel(?:s|l?ed|l?ing)?|den(?:y|ies|ied)|forbids?|audit(?:s|ed|ing)?|watch(?:es|ing)?|"
    r"watch(?:es|ing)? for|alerts? (?:on|for)|looks? for|tip:|hint:|note:|docs?:|forbidden:|"
    r"deny:|denies:|den(?:y|ied)\[\w+\]|actions?:|permissions?:|found|"
    r"contains|matched|denied:|disallowed:|not allowed:|help:|"
    r"runbook:|"
    r"(?:when|whether|if) \w+ (?:runs|calls|gives))"
    r" [\"'`]?(?:\$ ?)?(?:(?:aws|az|gcloud) (?:[\w-]{1,20} )?)?(?:\w{2,20}:)?$",
    re.IGNORECASE,
)
"""Right before it: it is named as what is looked for, forbidden, or could be run."""

_OUTCOME = late(
    r"(?: --?\S{1,60}(?:[ =](?![-a-z]{1,20}(?:ed|d)\b)\S{1,100})?){0,6}:? (?:(?:was|were|is|has been) )?"
    r"(?:denied|refused|rejected|blocked|forbidden|cancell?ed|"
    r"not (?:permitted|allowed|authori[sz]ed|seen|found|used|run)|failed|"
    r"AccessDenied\w*|permission denied|needs?|requires?|must|should|stops it|takes up)\b"
    r"(?!.*\b(?:retr\w+|again|then|now|later|but|succe\w+|anyway|done)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""Right behind it: what came of it is nothing, and nothing more is told."""

_BY_API = late(r"[A-Z][a-z]+[A-Z]\w*")
_CALLS = late(
    r"\b(?:call(?:ed|ing)?|invok(?:ed|ing)|sent|sending|issu(?:ed|ing)|submit(?:ted|ting)|ran|running|execut(?:ed|ing)|"
    r"did|doing|made|making|perform(?:ed|ing)|api|post)(?: the| an?)?[ :=\"']{1,3}"
    r"(?:\w{2,20}[:.])?$",
    re.IGNORECASE,
)
_ITS_ARGUMENTS = late(
    r"[\"']? ?[({]|[\"']?:? (?:of|for|on) (?:the )?(?:key|vault|plan|alarms?|recovery point|backup|cmk|bucket|arn:|"
    r"group|alias/)|,? [\w.-]{1,40}[=:]|\W*$|:? (?:done|ok|succeeded|accepted|200)\b",
    re.IGNORECASE,
)
"""The name of a call of an API is no call yet: policies, alarms and audits name it too."""

_WORLD = r"(?:0\.0\.0\.0/0|::/0)"
_AS_USUAL = late(r"--port[ =](?:80|443)\b|--rules?[ =]tcp:(?:80|443)\b")
"""What stands open to everybody on purpose: pages of the web."""


class _Command(Record, frozen=True):
    """Signs of which a text has one in small letters, the command, what it does, what that comes to, and how bad."""

    signs: tuple[str, ...]
    words: re.Pattern[str]
    what: str
    why: str
    severity: Severity = Severity.WARNING


_COMMANDS = (
    _Command(
        ("protection", "api-termination"),
        late(
            r"--no-(?:enable-)?(?:deletion|termination)-protection\b|--no-disable-api-termination\b|"
            r"--(?:enable-)?(?:deletion|termination)-protection(?:[ =]enabled)?[ =](?:false|off|disabled|no)\b",
            re.IGNORECASE,
        ),
        "takes the protection from deletion off",
        "One more call deletes it for good.",
    ),
    _Command(
        ("key-deletion", "keydeletion", "kms", "keyvault"),
        late(
            r"\bschedule-key-deletion\b|\bScheduleKeyDeletion\b|\bkms (?:disable-key\b|"
            r"keys? versions? (?:destroy|disable)\b)|"
            r"\bkeyvault (?:key )?(?:delete|purge)\b(?! (?:locks?|protection)\b)"
        ),
        "gives an encryption key up",
        "All that was encrypted with it is lost with it: disks, databases, their backups.",
        Severity.CRITICAL,
    ),
    _Command(
        ("alarm", "monitor"),
        late(
            r"\bcloudwatch (?:delete-alarms|disable-alarm-actions|delete-composite-alarm)\b|"
            r"\b(?:DeleteAlarms|DisableAlarmActions)\b|"
            r"\bmonitoring (?:alert-)?policies (?:delete\b|update\b[^;|&\n]{0,200}--no-enabled\b)|"
            r"\bmonitor (?:metrics alert|activity-log alert|scheduled-query) (?:delete\b|update\b[^;|"
            r"&\n]{0,200}false\b)"
        ),
        "takes a cloud's alarms away",
        "What goes wrong from here on calls nobody.",
    ),
    _Command(
        ("velero", "backup", "recovery", "snapshot", "restic", "stanza", "barman", "wal-g"),
        late(
            r"\bvelero (?:backup|schedule)s? delete\b[^;|&\n]{0,120}(?<=[ =])--all\b|"
            r"\bvelero schedule (?:delete|pause)\b|"
            r"\bdelete-(?:backup-vault|recovery-point|backup-plan)\b|"
            r"\bDelete(?:BackupVault|RecoveryPoint|BackupPlan)\b|"
            r"--delete-automated-backups\b|--backup-retention-period[ =]0\b|"
            r"\brestic forget\b[^;|&\n]{0,200}--keep-last[ =]0\b|\bpgbackrest\b[^;|&\n]{0,120} stanza-delete\b|"
            r"\bbarman delete \S+ all\b|\bwal-g delete everything\b"
        ),
        "gives backups up",
        "What is lost from now on can't be restored.",
        Severity.CRITICAL,
    ),
    _Command(
        ("versioning", "governance"),
        late(
            r"\b(?:put-bucket-versioning|PutBucketVersioning)\b[^;|\n]{0,200}?\bSuspended\b|"
            r"\bgsutil (?:-m )?versioning set off\b|--no-versioning\b|--enable-versioning[ =]false\b|"
            r"--bypass-governance-retention\b|\bBypassGovernanceRetention[\"']?[=:] ?[\"']?true\b|"
            r"\bbypass(?:ing|ed) governance retention\b",
            re.IGNORECASE,
        ),
        "ends what a bucket keeps of old versions",
        "What is written over or deleted there is gone for good.",
    ),
    _Command(
        ("0.0.0.0/0", "::/0"),
        late(
            r"\b(?:authorize-security-group-ingress|AuthorizeSecurityGroupIngress|firewall-rules (?:create|update)|"
            rf"nsg rule (?:create|update)|authorized-networks)\b[^;|\n]{{0,300}}?{_WORLD}"
        ),
        "opens a network to the whole world",
        "Whoever looks finds it within the hour.",
    ),
    _Command(
        ("promote",),
        late(r"\brollouts promote\b[^;|&\n]{0,120}?(?<= )--(?:full|skip-all-steps|skip-current-step)\b"),
        "promotes past what a canary has to pass",
        "No analysis, no pause and no step is waited for: look at the new version before everybody has it.",
    ),
)
_SIGNS = tuple(dict.fromkeys(sign for each in _COMMANDS for sign in each.signs))


@rule(
    "command-unprotects",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(words=_SIGNS), Interest(keys=("args", "command", "cmd", "argv", "call", "arguments"))),
)
def command_unprotects(subject: Decision, _view: View) -> Iterable[Verdict]:
    """A cloud's or a backup tool's command takes away what protects: a key, an alarm, backups, versions, a network.

    By the command itself, wherever a line has it. Protection from deletion, an encryption key (critical), alarms, all
    backups or their schedule (critical), a bucket's versions and retention, a network that is opened to the whole world
    unless for web pages, and a canary that is promoted past its steps. The Aura write-up wants a way back before what
    an optimizer does. No number: one is enough; a dry run and what is only spoken of are none.
    """
    if only_told(subject) or refusal(subject) is not None or subject.module.casefold() in TEACHERS:
        return
    for text in _texts(subject):
        small = text.casefold()
        for each in _COMMANDS:
            matches = each.words.finditer(text) if any(sign in small for sign in each.signs) else ()
            if (match := next((one for one in matches if not _is_spoken_of(text, one)), None)) is not None:
                yield Verdict(
                    f"{each.what}: {match[0].strip()[:100]}",
                    each.why,
                    part=each.what,
                    severity=each.severity,
                    switch=REVOKE,
                )
                return


def _texts(subject: Decision) -> Iterator[str]:
    yield subject.message
    for key in _BY_COMMAND:
        text = subject.attributes.get(key)
        if text and text not in subject.message:
            yield text


def _is_spoken_of(text: str, match: re.Match[str]) -> bool:
    """Whether it is a dry run, or told of as what somebody might run; or open on purpose."""
    start = max(clause_of(text, match.start(), ",;"), text.rfind("\n", 0, match.start()) + 1)
    ends = [at for sign in ("; ", "\n", "&&", " | ") if (at := text.find(sign, match.end())) >= 0]
    command = text[match.start() : min(ends, default=len(text))]
    if _DRY.search(text, start, match.end()) or _DRY.search(command):
        return True
    if _NAMED.search(text, start, match.start()) or _OUTCOME.match(text, match.end()):
        return True
    if _BY_API.match(match[0]) is not None and not _is_called(text, start, match):
        return True
    return _SPOKEN_OF.search(text, start, match.start()) is not None or (
        "/0" in match[0] and _AS_USUAL.search(text, start) is not None
    )


def _is_called(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a line says that a call of an API is made: by a verb before its name, or the name with what it is of."""
    if _CALLS.search(text, start, match.start()) is not None:
        return True
    before = text[clause_of(text, match.start(), ".;:") : match.start()].strip(" \"'$`")
    alone = not before or (before.endswith((":", ".")) and " " not in before)
    return alone and _ITS_ARGUMENTS.match(text, match.end()) is not None
