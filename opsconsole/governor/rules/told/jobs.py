"""Work that others have running: a scheduler's jobs that are cancelled, its nodes that are set down, endless tries."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.told_deeds import ToldDeed, interests, number_in, verdicts
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_FEW, _TIMES = 10.0, 4.0
_SETS = (
    r"\b(?:set|setting|enabl(?:ed|ing)|rais(?:ed|ing)|chang(?:ed|ing)|lift(?:ed|ing)|patch(?:ed|ing)|allow(?:ed|ing))\b"
)
_MOST_TRIES = (
    r"\bmax(?:imum)?[ _-]?(?:number of )?(?:requeues?|retr(?:y|ies)|restarts?|attempts|resubmits?|backoff[ _-]?limit)"
)
_NO_END = r"(?:unlimited|infinite|infinity)"
"""A configuration that is only read out has it too: a line has to tell that it is set."""
_ENDED = (
    ToldDeed(
        ("scancel", "qdel", "bkill", "condor_rm", "yarn app", "unning jobs", "running tasks"),
        late(
            r"\bscancel\b(?=[^\n|;&]{0,200}? (?:--(?:state|partition|account|user|qos|reservation)|-[tpAuq])[ =])"
            r"(?![^\n|;&]{0,200}?(?:--state|-t)[ =](?:PENDING|PD)(?= |$))|"
            r"\bqdel (?:-u \S+|all\b|['\"]?\*)|\bbkill (?:-u \S+ )?0\b|\bcondor_rm (?:-all|-constraint)\b|"
            r"\b(?:cancell?|kill|terminat|preempt|abort|evict)(?:ed|ing) (?:all |the )*(?P<count>[1-9]\d{1,6}) running "
            r"(?:jobs\b|tasks\b(?! (?:after (?:a |the )?timeout|(?:for|on|at|before) (?:a |the )?"
            r"(?:graceful )?(?:shutdown|exit|stop)\b)))",
            re.IGNORECASE,
        ),
        "ends jobs that run, whoever they are of",
        "What has no checkpoint begins anew. Ask whose they were before anything else is started in their place.",
        unless=lambda _line, match: match["count"] is not None and number_in(match, "count") < _FEW,
    ),
    ToldDeed(
        ("PreemptMode", "GraceTime", "preempt", "Preempt"),
        late(
            r"(?:\bupdate|\bset|\bsetting|\bchang(?:ed|ing)|\bupdat(?:ed|ing))\b[^\n|&]{0,160}?"
            r"\b(?:PreemptMode[= ]CANCEL\b|GraceTime[= ]0\b)",
            re.IGNORECASE,
        ),
        "lets jobs be ended without any time to save",
        "Whatever runs there may be gone within a second.",
    ),
    ToldDeed(
        ("NodeName", "nodes down", "nodes to DOWN", "pbsnodes", "badmin"),
        late(
            r"\bupdate\b[^\n]{0,120}?\bNodeName=\S*[\[,][^\n]{0,120}?\bState=(?:DOWN|FAIL|POWER_DOWN)\b|"
            r"\bpbsnodes -o (?:\S+ ){2,}|"
            r"\b(?:set|setting|marked|marking) (?:[2-9]|[1-9]\d{1,4}) nodes (?:to )?(?i:down)\b"
        ),
        "sets several nodes down with what runs on them",
        "A node that is drained ends its jobs first; one that is down does not.",
        Severity.CRITICAL,
    ),
    ToldDeed(
        ("gres", "Gres", "OverSubscribe", "versubscri"),
        late(
            r"\bgres\b[:= ][^\n]{0,60}?:(?P<before>\d{1,5}) ?(?:->|=>|→|to) ?[\w.:]{0,40}?:?(?P<after>\d{1,6})\b|"
            r"\bOverSubscribe=FORCE:(?P<count>\d{2,6})\b",
            re.IGNORECASE,
        ),
        "gives the same cards to many at once",
        "One of them takes all the memory, and the others fail.",
        unless=lambda _line, match: (
            match["count"] is None and number_in(match, "after") < number_in(match, "before") * _TIMES
        ),
    ),
    ToldDeed(
        ("nlimited", "nfinite", "nfinity"),
        late(
            rf"{_SETS}[^\n;]{{0,60}}?{_MOST_TRIES}(?: limit)?(?: ?[=:] ?| (?:is |now |set )*(?:to )?)[\"']?{_NO_END}\b|"
            rf"{_MOST_TRIES}(?: limit)?(?: ?[=:] ?)? (?:is |was )?(?:now |set |raised |changed )+(?:to )?"
            rf"[\"']?{_NO_END}\b|"
            rf"{_SETS} unlimited (?:requeues?|retries|restarts|resubmits)\b",
            re.IGNORECASE,
        ),
        "lets what fails try for ever",
        "What fails by itself fails again, and takes the room of what would run.",
    ),
)


@rule("jobs-ended", Severity.WARNING, Kind.DECISION, lines=interests(_ENDED))
def jobs_ended(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It ends jobs that run in a scheduler of batches, or sets it so that they end, pile up or never give up.

    By its own words, or the command's (Slurm, PBS, LSF, HTCondor): jobs cancelled by partition, account or state, no
    grace, several nodes set down (critical), cards shared by four times as many, tries without end. One node that is
    drained is a day's work. The SmartScaler write-up: it took from others what it measured as idle.
    """
    yield from verdicts(_ENDED, subject)
