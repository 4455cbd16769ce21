"""What several rules need: kill switches that help, what lowers an alarm and what keeps it, words for what is hit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from opsconsole.governor.announced.line_kinds import verb_of
from opsconsole.governor.measures import BlastMeasure
from opsconsole.governor.observed.fields import container_of
from opsconsole.governor.rule import Note, View
from opsconsole.patterns import late
from opsconsole.records import Change, Decision, Ref

_SAID = {"patch": "changes", "rollback": "rolls back"}

REVOKE = "revoke"
"""The kill switch that takes the optimizer's rights away."""

OPTIMIZER = "optimizer"
"""The kill switch that deletes the optimizer."""


GPU = "gpu"
"""The kill switch that ends processes which hold GPU memory for nobody."""


FOR_ONE_CHANGE = late(r"(?:^|[.-])(?:mr|pr|review|preview)-?(?:mr-|pr-)?\d{1,7}(?=[.-]|$)", re.IGNORECASE)
"""How the name is called of what was put up to look at one change: by that change's number."""

CLUSTER_SPACES = frozenset({"kube-system", "kube-public", "kube-node-lease"})
"""Namespaces of what the cluster itself runs on."""

_MATTERS = late(r"(?:^|[-_.])(?:prd|prod|production|live|default|kube-system|kube-public)(?:$|[-_.])", re.IGNORECASE)
"""Names of what people use, and of the cluster's own: such a name keeps an alarm, and no other name lowers one."""


_OF_CONTROL_PLANE = late(r"(?:^|[-_.\d])(?:control-?plane|controlplane|cp|masters?|etcd)(?=$|[-_.\d])", re.IGNORECASE)
"""How machines of a control plane are called; a name that does not say so may be one all the same."""


def is_of_control_plane(about: Ref) -> bool:
    """Whether a node or machine is called as those of a control plane are."""
    return _OF_CONTROL_PLANE.search(about.name) is not None


def ordinary(subject: Decision | Change, view: View, roles: frozenset[str]) -> str:
    """Words that such a deed, alone, is the work of an optimizer of one of these roles; empty where it is not known."""
    known = view.role_of(subject)
    return f" One at a time is its work: {known.words}." if known.counts and known.role in roles else ""


def is_log_alone(view: View) -> bool:
    """Whether no cluster is seen: only then may a line's own words lower an alarm, since nothing else is known."""
    return not view.nodes() and view.fleet(BlastMeasure.SERVICES) is None


def matters(about: Ref) -> bool:
    """Whether an object is called as production is, or is of a namespace that is."""
    return any(_MATTERS.search(name) is not None for name in (about.name, about.namespace))


def first_words(subject: Decision, view: View) -> Sequence[Decision]:
    """The lines about its object that announced what this one may only report; none where it is the first word itself.

    A report may tell more than the word before it, so a rule that reads what lines tell asks what those told.
    """
    if subject.target is None or not view.happened(subject) or view.announces(subject):
        return ()
    lines = view.said(Note.ANNOUNCEMENT, subject, view.settings.match_seconds, subject.target.name)
    return [line for line in lines if line.target == subject.target and line.optimizer == subject.optimizer]


def does(decision: Decision) -> str:
    """``creates``, ``changes``: what a line tells, in the third person."""
    verb = verb_of(decision)
    return _SAID.get(verb, f"{verb}s")


def name_of(about: Ref | None) -> str:
    """The object's name, or words for not knowing it."""
    if about is None:
        return "an unnamed target"
    return about.name or f"an unnamed {about.kind.lower() or 'target'}"


def place(about: Ref | None, path: str) -> str:
    """``auth-service/auth-container`` for a field of a container, else the object's name."""
    container, _ = container_of(path)
    return f"{name_of(about)}/{container}" if container else name_of(about)


def clause_of(text: str, at: int, ends: str = ",.;") -> int:
    """Where the clause begins that has what stands at ``at``: a word before it is about something else."""
    return max((text.rfind(f"{each} ", 0, at) + 1 for each in ends), default=0)


def percent(before: float, after: float) -> float:
    """How much less ``after`` is than ``before``, in percent of it; negative for more. ``before`` is not zero."""
    return (before - after) / before * 100.0
