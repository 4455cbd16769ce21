"""Detours: another identity, a pod that has the node, the store behind the API server, a check that it passes by."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import only_told, targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import TEN_MINUTES
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, clause_of, does, name_of, ordinary
from opsconsole.governor.rules.safeguards.own_bounds import SIGNS, passed_bound
from opsconsole.patterns import late
from opsconsole.records import Decision, FieldValue, Kind, Mood, Severity

_AS_ANOTHER = late(
    r"(?<![\w-])--as(?:-group|-uid)?[= ]\\{0,8}[\"']?(?P<who>[\w:@./-]{1,100})|"
    r"\bImpersonate-(?:User|Group)[\"']?: ?[\"']?(?P<head>[^\s\"'\\]{1,100})"
)
_OTHERS = ("--as", "Impersonate-")
_MIGHTY = late(r"system:(?:masters|admin|kube-|node)|cluster-admin", re.IGNORECASE)
_HAS_THE_NODE = late(
    r"--privileged\b(?!=false)|\bkubectl debug (?:[^\n;|&]{0,100} )?node/|"
    r"[\"']?\b(?:hostPID|hostNetwork|hostIPC|privileged)\\{0,8}[\"']?: ?\\{0,8}[\"']?true"
)
_NODE_SIGNS = ("rivileged", "hostPID", "hostNetwork", "hostIPC", " debug ")
_PAST_THE_SERVER = "etcdctl"
_BY_HAND = {"reboot_host": "boots the machine of", "restart_node_service": "restarts or stops what a node stands on:"}
_ITS_FILES = "/etc/kubernetes/"
_WRITES_FILES = late(
    r"(?:\bsed -i\b[^;|&]{0,200}?|\b(?:tee|rm|truncate|chmod|mv)\b[^;|&]{0,100}? |> ?)/etc/kubernetes/"
    r"(?:manifests|pki|[\w-]+\.conf)\b"
)
_ONLY_SAID = late(r"\b(?:would|dry|should|could|never|don't|not)\b", re.IGNORECASE)
_MAINTAINS = frozenset({"node-maintenance"})
_STOPS = late(r"\bsystemctl (?:--?[\w-]+ ){0,4}(?:stop|disable|mask|kill)\b")
"""What is stopped by hand does not come back, as what is booted or restarted does."""

_PASSES_BY = late(
    r"(?<!\bnot )(?<!\bnever )(?<!\bwithout )\b(?:despite|in spite of|regardless of|ignor(?:ing|es|ed)|"
    r"overrid(?:ing|es|den)|overrode|bypass(?:ing|es|ed)|circumvent\w*)"
    r" (?:the |a |an |its |our |all |any |this )?"
    r"(?:(?!(?:per|by|under|due|as|because|since|according|following|within)\b)[\w%.'-]+ ){0,3}?"
    r"(?P<what>failed (?:checks?|analysis|tests?|probes?)|checks?|gates?|guard(?:rail)?s?|guard rails?|polic(?:y|ies)|"
    r"approvals?|reviews?|vetoe?s?|refusals?|denials?|freeze|change window|budgets?|pdbs?|quotas?|"
    r"(?:success|error|failure) rate|alerts?|firing|slos?|cooldown|lock)\b",
    re.IGNORECASE,
)
_WITHOUT = late(
    r"\bwithout(?P<waits> (?:waiting|asking) for)?(?: (?:the|a|any|all|human|manual|prior)){0,3}"
    r" (?P<what>approvals?|reviews?|(?(waits)(?:pdbs?|disruption budgets?)|(?!)))\b(?! (?:needed|required|necessary))",
    re.IGNORECASE,
)
"""What waits for no yes; a pod without a budget has none."""

_GUARDED = late(
    r"\b(?:disruption ?budget|pdb|budget|policy|policies|webhook|admission|quota|guard)s?\b|\b429\b", re.IGNORECASE
)
_INSTEAD = late(
    r"\b(?:cannot|can't|could not|unable to|refused|denied|blocked|rejected|forbidden|violat\w+|not allowed)\b.{0,160}?"
    r"\b(?:instead|anyway|directly|by force|regardless|nonetheless)\b",
    re.IGNORECASE,
)
"""``Cannot evict pod as it would violate its budget, deleting it instead``."""

_VERDICTS = ("verdict", "analysis", "check", "gate", "slo")
_VERDICT = late(r"(?:\w{1,20}[_.])?(?:verdict|analysis|checks?|gates?|slo)(?:_?(?:result|status))?", re.IGNORECASE)
_BAD = frozenset({
    "failed", "fail", "failing", "over", "exceeded", "violated", "breached", "denied", "rejected",
})  # fmt: skip
_OF_HEALTH = late(r"(?:health|liveness|readiness|startup|node|pod|gpu|disk|hardware)[_.]?checks?", re.IGNORECASE)
_ASKED_FIRST = late(r"gate|pdb|budget|polic|approv|quota|freeze", re.IGNORECASE)
"""In the key of what must say yes before a deed: no deed is the answer to its no."""

_TAKES_AWAY = frozenset({"restart", "evict", "delete", "drain", "cordon", "taint"})
"""What is done to the sick because a check of their health failed."""

_OVERRIDES = frozenset({"override", "overridden", "overrule", "overruled", "bypass", "bypassed", "ignored", "forced"})

_A_WHILE = TEN_MINUTES
"""Seconds in which a pod that may not be evicted is deleted instead."""

_SIGNS = ("espite", "n spite", "egardless", "gnor", "verrid", "verrode", "ypass", "ircumvent", "ithout")
"""A text without any of them passes nothing by; most have none."""


@rule(
    "acts-as-another",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(announces=True, details=_OTHERS),),
)
def acts_as_another(subject: Decision, view: View) -> Iterable[Verdict]:
    """It borrows another's identity: `kubectl --as`, `Impersonate-User`; critical for who may do everything.

    The Aura write-up: the script had `aura-optimizer-admin-binding`. What its own rights refuse, and what is done under
    another name, nobody who looks for the optimizer will find. No number.
    """
    if not any(sign in text for text in (subject.message, subject.body) for sign in _OTHERS):
        return
    text = f"{subject.message} {subject.body}"
    match = _AS_ANOTHER.search(text)
    if match is None or not view.announces(subject):
        return
    who = match["who"] or match["head"]
    yield Verdict(
        f"acts as {who} on {name_of(subject.target)}",
        "Its own rights are not enough for this, and the audit log has another's name for it.",
        severity=Severity.CRITICAL if _MIGHTY.search(match[0]) or _MIGHTY.search(text) else Severity.WARNING,
        switch=REVOKE,
    )


@rule(
    "past-the-server",
    Severity.WARNING,
    Kind.DECISION,
    lines=(
        Interest(actions=(_PAST_THE_SERVER, *_BY_HAND)),
        Interest(details=(_ITS_FILES,)),
        Interest(announces=True, verbs=frozenset({"create", "patch"}), details=_NODE_SIGNS),
    ),
)
def past_the_server(subject: Decision, view: View) -> Iterable[Verdict]:
    """It goes round the API server: into its store, onto a node's machine, or by a pod that has the node itself.

    `etcdctl`, `ssh` and `nsenter`, a privileged pod, the files in `/etc/kubernetes` (critical). No admission, no budget
    and no audit sees what is done there. To boot machines is the work of node maintenance, and a remark; to stop what a
    node stands on is not. The Aura write-up: four nodes' drivers had to be rolled back since it "tried to 'upgrade'
    them". No number.
    """
    if (file := _own_file(subject)) is not None:
        yield Verdict(
            f"changes the control plane's own files: {file}",
            "The kubelet of that machine runs what stands there: the API server, its store, its audit log.",
            part="files",
            severity=Severity.CRITICAL,
            switch=REVOKE,
        )
    if subject.action.startswith(_PAST_THE_SERVER) and view.announces(subject):
        yield Verdict(
            f"{does(subject)} {name_of(subject.target)} in the API server's own store",
            "No admission, no budget and no audit sees it, and controllers may never learn of it.",
            severity=Severity.CRITICAL,
            switch=REVOKE,
        )
    elif (told := _BY_HAND.get(subject.action)) is not None and _acts(subject, view):
        work = "" if _STOPS.search(subject.message) else ordinary(subject, view, _MAINTAINS)
        yield Verdict(
            f"{told} {subject.target.name if subject.target is not None else 'its own node'}, past the API server",
            work.strip() or "No budget is asked and no pod is moved first.",
            severity=Severity.INFO if work else Severity.WARNING,
            switch=REVOKE,
        )
    elif verb_of(subject) in ("create", "patch") and view.announces(subject):
        text = f"{subject.message} {subject.body}"
        match = _HAS_THE_NODE.search(text) if any(sign in text for sign in _NODE_SIGNS) else None
        if match is not None:
            yield Verdict(
                f"{name_of(subject.target)} gets the node itself: {match[0].strip(chr(92))}",
                "Who has the node has every pod, token and Secret on it.",
                switch=REVOKE,
            )


def _own_file(subject: Decision) -> str | None:
    """What it writes of the files that the control plane is started by; ``None`` where it writes none."""
    if only_told(subject) or _ITS_FILES not in subject.message:
        return None
    match = _WRITES_FILES.search(subject.message)
    if match is None or _ONLY_SAID.search(
        subject.message, clause_of(subject.message, match.start(), ",."), match.end()
    ):
        return None
    return match[0][match[0].index(_ITS_FILES) :]


def _acts(subject: Decision, view: View) -> bool:
    """Whether it does that, even where no node is named: ``nsenter`` is on the node that it runs on."""
    return view.announces(subject) or (subject.target is None and subject.mood in (Mood.DONE, Mood.PLANNED))


@rule(
    "passes-checks-by",
    Severity.WARNING,
    Kind.DECISION,
    lines=(
        Interest(announces=True, verbs=frozenset({"delete"})),
        Interest(announces=True, words=_SIGNS),
        Interest(announces=True, details=SIGNS),
        Interest(keys=_VERDICTS),
    ),
)
def passes_checks_by(subject: Decision, view: View) -> Iterable[Verdict]:
    """It says itself that it does what a check, a budget, an approval or a failing measure speaks against.

    "despite success rate 51 % < 99 %", "ignoring the PDB", "bypassing approval". The Aura write-up wants an alert that
    waits for a human; what says that it does not wait is one. No number: its own words. Likewise a pod that is deleted
    within ten minutes of a budget's refusing its eviction, and a deed beside a check that it says has failed, unless
    it is the answer to that: a rollback, a restart of what is sick, more for an SLO that is not met. And what it sets
    beyond a bound, as it says in the same words: "scaled web to 50000 exceeding maxReplicas 10", "violating
    minAvailable 3"; critical at ten times the bound, as for replicas-factor.
    """
    text = subject.message
    if verb_of(subject) == "delete" and view.announces(subject) and (guard := _goes_round(subject, view)):
        yield Verdict(
            f"{does(subject)} {name_of(subject.target)} since {guard} does not let it be evicted",
            "A delete passes every budget by: what it guards goes all the same.",
            part="instead",
            switch=REVOKE,
        )
    if told := _against(subject, acts=view.announces(subject)):
        yield Verdict(
            f"goes on with {name_of(subject.target)} although {told}",
            "By its own words. What a check found counts for nothing.",
            part="verdict",
            switch=REVOKE,
        )
    if not view.announces(subject):
        return
    if (bound := passed_bound(subject)) is not None:
        yield Verdict(
            f"{does(subject)} {name_of(subject.target)} {bound.words[:80]}",
            "By its own words it is beyond a bound that somebody set.",
            part="bound",
            severity=Severity.CRITICAL if bound.far else Severity.WARNING,
            switch=REVOKE,
        )
    if not any(sign in text for sign in _SIGNS):
        return
    match = _PASSES_BY.search(text) or _WITHOUT.search(text)
    if match is not None:
        yield Verdict(
            f"{does(subject)} {name_of(subject.target)} although {match['what']} speaks against it",
            f"By its own words: {text[:160]}",
            switch=REVOKE,
        )


def _against(subject: Decision, *, acts: bool) -> str:
    """What a check beside its deed has found, or has found and is overridden by it; empty where nothing speaks so."""
    said = subject.attributes
    verdict = next(
        (f"{key}={text}" for key, text in said.items() if _VERDICT.fullmatch(key) and text.lower() in _BAD), ""
    )
    if not verdict:
        return ""
    overridden = any(key.lower() in _OVERRIDES and text.lower() in ("true", "1", "yes") for key, text in said.items())
    if overridden:
        return f"{verdict} is overridden"
    return verdict if acts and subject.mood is not Mood.REFUSED and not _answers(subject, verdict) else ""


def _answers(subject: Decision, verdict: str) -> bool:
    """Whether the deed is what such a finding asks for: a rollback, a sick pod's restart, more for an SLO not met."""
    key, verb = verdict.partition("=")[0], verb_of(subject)
    if _ASKED_FIRST.search(key):
        return False
    if key.lower().startswith("slo"):
        return verb == "rollback" or (bool(subject.fields) and all(map(_grows, subject.fields)))
    return verb == "rollback" or (_OF_HEALTH.match(key) is not None and verb in _TAKES_AWAY)


def _grows(field: FieldValue) -> bool:
    return field.before_number is not None and field.number is not None and field.before_number < field.number


def _goes_round(subject: Decision, view: View) -> str:
    """What had refused the eviction of what is deleted now, by its words; empty where nothing had."""
    if _INSTEAD.search(subject.message) and (guard := _GUARDED.search(subject.message)):
        return f"the {guard[0].lower()}"
    for target in targets_of(subject):
        if target.kind != "Pod" or not target.name:
            continue
        for line in view.said(Note.REFUSAL, subject, _A_WHILE, target.name):
            guard = _GUARDED.search(f"{line.message} {line.body}")
            if verb_of(line) == "evict" and guard is not None and target in targets_of(line):
                return f"the {guard[0].lower()}"
    return ""
