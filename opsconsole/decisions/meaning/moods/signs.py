"""Signs that several tables of moods share: words of a dry run, of a reason, and where a word is no part of a name."""

from __future__ import annotations

import re

from opsconsole.patterns import late

REASON = r"as|since|because|while|when|where|whose|that|which|after|before|although|though|due|following|owing|if|until"
"""Words that begin a reason or a description, which is no word about the deed before it."""
_NOT_FALSE = r"(?![\"']?\s*[=:]\s*[\"']?(?:false|0|no|off|none|disabled)\b)"
_NOT_OVER = (
    r"(?! (?:is |was |has (?:been )?)?(?:pass|succe|complet|finish|over|ok|done|show|agree|skipped|bypass|disabled|"
    r"switched off|turned off|not (?:run|executed|done|performed|needed|required))\w*)"
)
"""A simulation that is over and went well is no word about what is done after it."""
_NOT_ENDED = r"(?! (?:from )?(?:true|on|yes|enabled) (?:to|->|=>|→) (?:false|off|no|disabled))"
"""A dry run that is switched off is the opposite of one: ``dry_run true -> false``."""
IN_NAME, GOES_ON = r"(?<![/.])(?<!\w-)", r"(?!-\w|/\w|\.\w)"
"""What tells a word of a sentence from one in a name: ``failed-login-svc``, ``shop/suggest-api``."""

_NO_NAME = r"(?!-(?!mode\b|only\b|run\b|enabled\b)\w|/\w)"
DRY_WORDS = late(
    rf"\b(?=[dsw]){IN_NAME}"  # first what most places lack
    r"(?<!no )(?<!not a )(?<!without )(?<!after )(?<!after a )(?<!after the )(?<!skipped the )"
    r"(?<!skipped )(?<!skipping the )(?<!skipping )(?<!bypassed the )(?<!bypassing the )(?<!ignored the )"
    rf"(?:dry[- _]?run|simulat(?:ed|ion|ing)|shadow mode|what-if)\b{_NO_NAME}{_NOT_FALSE}{_NOT_OVER}{_NOT_ENDED}|"
    r"^[\[(](?:no-?op|what-?if|preview|simulate|sim|dry)[\])]:? "
    r"(?=[a-z]+ing\b|(?:scale|delete|drain|restart|patch|evict|cordon|remove|set|create|update)\b)"
    r"(?!.*\b(?:\w+ed|done|did|shut|cut)\b)|"  # a thread may be called so too
    r"^\((?:no-?op|what-?if|preview|simulate|sim|dry)\):? (?=[^:]{1,200}: [^:]{1,80}(?:->|=>|→))"
    r"(?!.*\b(?:\w+ed|done|did|shut|cut)\b)|"
    r"\b(?:apply|execute|enforce)=false\b|(?:^|[\[(])recommend(?:ation)?s?-only(?: mode)?(?=[,:\])])",
    re.IGNORECASE,
)

NO_SAFEGUARD = (
    r"(?! (?:(?!(?:by|because|due|for|as|since|until|when|while|after|in|on|to|of|at|with|no|not|failed) )"
    r"[\w-]+ ){0,3}"
    r"(?:checks?|validations?|verification|backups?|snapshots?|approvals?|reviews?|confirmations?|probes?|hooks?|"
    r"budgets?|pdbs?|gates?|graceful \w+|grace period|guards?|guardrails?|analysis|analyses|tests?|dry[- ]?run|"
    r"preflight)"
    r"(?=\W*$|[,;.):]| (?:for|on|of|and|as|since|because|to|before|entirely|altogether)\b))"
)
"""What stands behind "skipping" where a deed goes on without it: ``deleted pvc a, skipping the backup``."""
