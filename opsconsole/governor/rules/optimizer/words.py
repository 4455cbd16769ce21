"""Words and deeds: done without a word, announced and not done, and what it says of its own health."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.announcements import AnnouncementState
from opsconsole.governor.interest import Interest
from opsconsole.governor.observed.changes import object_key
from opsconsole.governor.rule import Again, Answer, Verdict, View, rule
from opsconsole.governor.rules.common import GPU, OPTIMIZER, REVOKE, is_log_alone, name_of
from opsconsole.patterns import late
from opsconsole.records import UNREADABLE, Change, Decision, Kind, Severity

_NOT_DONE = frozenset(
    {
        state.value
        for state in (
            AnnouncementState.CONFLICT,
            AnnouncementState.DENIED,
            AnnouncementState.FAILED,
            AnnouncementState.NOT_SEEN,
        )
    }
)
_GRAVE = frozenset({"CRITICAL", "FATAL", "PANIC", "ALERT", "EMERGENCY"})
_FAILS = late(
    r"\b(?:MemoryError|CUDA_ERROR_\w+|CUDA out of memory|CUDA error|OutOfMemoryError|terminated with signal \d+|"
    r"Kernel panic|Segmentation fault|has crashed)\b"
)
_GIVES_WAY = late(
    r"(?:error: ?|problem running manager: ?)?(?:leader ?election lost|lost (?:the )?(?:leader ?election|leadership|"
    r"leader lease|lease)|stopped leading|no longer (?:the )?leader)\W{0,3}(?:exiting|shutting down)?\W{0,3}$",
    re.IGNORECASE,
)
"""The whole of what such a line says."""

_FAILURES = (
    "memoryerror", "cuda", "terminated with signal", "kernel panic", "segmentation fault", "has crashed",
    "outofmemoryerror",
)  # fmt: skip
"""What one of them has in it, in small letters."""


@rule("silent-write", Severity.WARNING, Kind.CHANGE, own=True)
def silent_write(subject: Change, view: View) -> Answer:
    """The optimizer wrote something that no decision of its log announced within governor.late_seconds (10 s).

    The Aura write-up: six hours to find out why it did what it did. Only where the log is being read and the writer is
    known: silence of a log that nobody hears proves nothing, and a generic manager neither. Ten seconds are its loop.
    """
    if subject.by_optimizer is not True or subject.decision:
        return
    due = subject.at + view.settings.late_seconds
    if view.now < due:
        yield Again(due)
    elif view.hears():
        fields = ", ".join(f"{field.path} {field.before} → {field.after}" for field in subject.fields[:3])
        yield Verdict(
            f"silent write to {subject.about.name}: {fields}",
            f"Written by {subject.manager or 'the optimizer'}; its log does not say why, or that it did.",
            scope=object_key(subject.about),
            switch=REVOKE,
        )


@rule("unreadable", Severity.WARNING, Kind.DECISION, lines=(Interest(has=("problems",)),))
def unreadable(subject: Decision, _view: View) -> Iterable[Verdict]:
    """An entry of its log can't be read, so not judged: over 100 levels deep, or endless (256 KiB, a line of 1 MiB).

    What no optimizer writes by accident hides what it does: that it can't be judged is a finding in itself. Kubernetes'
    own objects have about 15 levels, and the API server takes no patch above 3 MiB.
    """
    for problem in subject.problems:
        if problem.startswith(f"{UNREADABLE}: "):
            yield Verdict(
                f"a decision about {name_of(subject.target)} can't be read: {problem.partition(': ')[2]}",
                "What it sets is not judged. Look at the document, and at what changed in the cluster.",
                switch=REVOKE,
            )


@rule("not-done", Severity.INFO, Kind.DECISION, lines=(Interest(became=_NOT_DONE),))
def not_done(subject: Decision, view: View) -> Iterable[Verdict]:
    """An announced write was refused (409, denied, failed), or was not seen within governor.match_seconds (30 s).

    The Aura log: "Failed to patch deployment 'auth-service': 409 Conflict". A remark, no alarm: a denial is a safeguard
    that works. Thirty seconds are three turns of its loop.
    """
    state = view.happened(subject)
    if state in _NOT_DONE:
        yield Verdict(f"not done: {name_of(subject.target)}: {state}", "It announced this, and it did not come about.")


@rule("optimizer-failing", Severity.WARNING, Kind.DECISION, lines=(Interest(levels=_GRAVE), Interest(words=_FAILURES)))
def optimizer_failing(subject: Decision, view: View) -> Iterable[Verdict]:
    """The optimizer says itself that it fails: a line of level CRITICAL or FATAL, or one that tells of a crash.

    The SmartScaler log: MemoryError, CUDA_ERROR_OUT_OF_MEMORY, "SmartScaler has crashed", each before the next outage.
    A leader that gives way to another replica ends by a FATAL line as well: that is a remark in a log alone; where a
    cluster is seen, the line says it, and nobody has seen another replica take over.
    """
    match = _FAILS.search(subject.message)
    if match is None and subject.level not in _GRAVE:
        return
    gives_way = match is None and is_log_alone(view) and _GIVES_WAY.match(subject.message) is not None
    yield Verdict(
        f"the optimizer itself fails: {subject.message[:120]}",
        "Another replica takes over." if gives_way else "A program in this state should not be writing to a cluster.",
        severity=Severity.INFO if gives_way else Severity.WARNING,
        switch=GPU if "CUDA" in subject.message else OPTIMIZER,
    )
