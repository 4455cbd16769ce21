"""What several rules need: the fields that the optimizer sets, and words for them."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.governor.observed.fields import container_of
from opsconsole.governor.rule import View
from opsconsole.records import Change, ChangeField, Decision, Ref

REVOKE = "revoke"
"""The kill switch that takes the optimizer's rights away."""

OPTIMIZER = "optimizer"
"""The kill switch that deletes the optimizer."""


GPU = "gpu"
"""The kill switch that ends processes which hold GPU memory for nobody."""


def wanted(subject: Decision | Change, view: View) -> Iterator[tuple[Ref | None, ChangeField]]:
    """The fields that the optimizer (or a writer who can't be told from it) sets, with the object that they are of."""
    writing = view.writing(subject)
    if writing.by_optimizer is not False:
        for field in writing.fields:
            yield writing.about, field


def ordinary(subject: Decision | Change, view: View, roles: frozenset[str]) -> str:
    """Words that such a deed, alone, is the work of an optimizer of one of these roles; empty where it is not known."""
    known = view.role_of(subject)
    return f" One at a time is its work: {known.words}." if known.counts and known.role in roles else ""


def name_of(about: Ref | None) -> str:
    """The object's name, or words for not knowing it."""
    return about.name if about is not None else "an unnamed target"


def place(about: Ref | None, path: str) -> str:
    """``auth-service/auth-container`` for a field of a container, else the object's name."""
    container, _ = container_of(path)
    return f"{name_of(about)}/{container}" if container else name_of(about)


def percent(before: float, after: float) -> float:
    """How much less ``after`` is than ``before``, in percent of it; negative for more. ``before`` is not zero."""
    return (before - after) / before * 100.0
