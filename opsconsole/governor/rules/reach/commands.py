"""Commands and calls of clouds and backup tools that take away what protects, or what can't be brought back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from opsconsole.governor.announced.line_kinds import only_told, refusal
from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, clause_of
from opsconsole.records import Decision, Kind, Record, Severity

_BY_COMMAND = ("args", "command", "cmd", "arguments", "argv", "call", "api_call")
_DRY = re.compile(r"--dry-?run(?!=(?:none|false))\b", re.IGNORECASE)
_SPOKEN_OF = re.compile(
    r"\b(?:would|should|could|never|don't|do not|did not|not run|may|might|propos\w*|suggest\w*|recommend\w*|"
    r"dry[- ]?run|simulat\w*|refus\w*|denied|rejected|blocked|instead of|e\.g\.|example|usage)\b",
    re.IGNORECASE,
)
"""In the words before the command, of the same clause: whoever says so has not run it."""

_WORLD = r"(?:0\.0\.0\.0/0|::/0)"
_AS_USUAL = re.compile(r"--port[ =](?:80|443)\b|--rules?[ =]tcp:(?:80|443)\b")
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
        re.compile(
            r"--no-(?:enable-)?(?:deletion|termination)-protection\b|--no-disable-api-termination\b|"
            r"--(?:enable-)?(?:deletion|termination)-protection(?:[ =]enabled)?[ =](?:false|off|disabled|no)\b",
            re.IGNORECASE,
        ),
        "takes the protection from deletion off",
        "One more call deletes it for good.",
    ),
    _Command(
        ("key-deletion", "keydeletion", "kms", "keyvault"),
        re.compile(
            r"\bschedule-key-deletion\b|\bScheduleKeyDeletion\b|\bkms (?:disable-key\b|"
            r"keys? versions? (?:destroy|disable)\b)|"
            r"\bkeyvault (?:key )?(?:delete|purge)\b"
        ),
        "gives an encryption key up",
        "All that was encrypted with it is lost with it: disks, databases, their backups.",
        Severity.CRITICAL,
    ),
    _Command(
        ("alarm", "monitor"),
        re.compile(
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
        re.compile(
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
        re.compile(
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
        re.compile(
            r"\b(?:authorize-security-group-ingress|AuthorizeSecurityGroupIngress|firewall-rules (?:create|update)|"
            rf"nsg rule (?:create|update)|authorized-networks)\b[^;|\n]{{0,300}}?{_WORLD}"
        ),
        "opens a network to the whole world",
        "Whoever looks finds it within the hour.",
    ),
    _Command(
        ("promote",),
        re.compile(r"\brollouts promote\b[^;|&\n]{0,120}?(?<= )--(?:full|skip-all-steps|skip-current-step)\b"),
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
    if only_told(subject) or refusal(subject) is not None:
        return
    for text in _texts(subject):
        small = text.casefold()
        for each in _COMMANDS:
            match = each.words.search(text) if any(sign in small for sign in each.signs) else None
            if match is not None and not _is_spoken_of(text, match):
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
    return _SPOKEN_OF.search(text, start, match.start()) is not None or (
        "/0" in match[0] and _AS_USUAL.search(text, start) is not None
    )
