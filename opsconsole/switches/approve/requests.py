"""What the optimizer asks for: a write that its log announces, beside the object as it is. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from opsconsole.cluster.questions.reviews import Access
from opsconsole.govern.approvals.listed import SCALABLE
from opsconsole.governor.announced.announcements import Announcement
from opsconsole.governor.observed.fields import UNSET
from opsconsole.records import ChangeField, Decision, JsonObject, Mood, Record, Ref
from opsconsole.switches.restore.fields import Put, parsed, same, value

_NEVER = frozenset({Mood.DRY_RUN, Mood.OBSERVED})
"""Lines that ask for nothing: what was only simulated, and what is somebody else's."""


class ApprovalAsk(Record, frozen=True):
    """One write that the log announces: ``fields`` of ``about``, or that it be deleted.

    ``at`` is when it was said; ``words`` is the line, ``findings`` what the rules have to say about it.
    """

    about: Ref
    at: float
    deletes: bool = False
    fields: tuple[ChangeField, ...] = ()
    words: str = ""
    findings: tuple[str, ...] = ()


class ApprovalRenewal(Record, frozen=True):
    """An approval of replicas that an approval of something else would void, since that is written on the object."""

    on: Ref
    puts: tuple[Put, ...]
    minutes: float


class ApprovalRequest(Record, frozen=True):
    """An ask beside the live object.

    Attributes:
        id: eight letters that name it: the same object and values have the same.
        target: the object, with its UID.
        asked: what was said.
        puts: what is to change, from what it is now; none of a delete.
        refused: what the API server says to the optimizer's own dry run; empty: it would take it; ``None``: unknown.
        why_unknown: why that can't be told.
        reach: who is hit: pods and services, in words.
        problem: why it can't be approved; empty otherwise.
        listed_by: the Namespace on which it is signed; ``None``: on the object itself.
        unique: of a pod: no other will ever have its name.
        renews: what its Namespace lists of it by now, and has to list anew once this is signed.
    """

    id: str
    target: Ref
    asked: ApprovalAsk
    puts: tuple[Put, ...] = ()
    refused: str | None = None
    why_unknown: str = ""
    reach: str = ""
    problem: str = ""
    listed_by: Ref | None = None
    unique: bool = False
    renews: ApprovalRenewal | None = None

    @property
    def deletes(self) -> bool:
        """Whether the object is to be deleted."""
        return self.asked.deletes


def ask_of(decision: Decision, said: Announcement | None, findings: Iterable[str]) -> ApprovalAsk | None:
    """What a decision asks for; ``None`` if that is nothing that could be signed off."""
    if said is None or said.about is None or decision.mood in _NEVER or not (said.deletes or said.fields):
        return None
    return ApprovalAsk(said.about, said.said_at, said.deletes, said.fields, decision.message, tuple(findings))


def puts_for(ask: ApprovalAsk, found: JsonObject) -> tuple[Put, ...]:
    """What the ask changes of the object as it is; empty if it is so already.

    Raises:
        UnfitError: a field is not there, or the value is none that could be written.
    """
    puts = []
    for field in ask.fields:
        now, want = value(ask.about.kind, field.path, found), parsed(field.path, field.after, field.after_number)
        if not same(field.path, now, want):
            puts.append(Put(field.path, now, want))
    return tuple(puts)


def can_be_listed(target: Ref, deletes: bool, puts: Sequence[Put]) -> bool:
    """Whether the write can be made by a subresource too (``/scale``, an eviction), so that its Namespace lists it."""
    if deletes:
        return target.kind == "Pod"
    return target.kind in SCALABLE and [put.path for put in puts] == ["replicas"] and isinstance(puts[0].want, int)


def request_id(target: Ref, deletes: bool, puts: Sequence[Put]) -> str:
    """Eight letters that name what is asked for."""
    said = [target.kind, target.namespace, target.name, target.uid, deletes, [[p.path, p.want] for p in puts]]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:8]


def diff(put: Put) -> str:
    """``replicas: 3 → 0``."""
    return f"{put.path}: {_plain(put.seen)} → {_plain(put.want)}"


def _plain(raw: Any) -> str:
    if raw is None:
        return UNSET
    if isinstance(raw, list):
        return ", ".join(raw) or "none"
    return str(raw).lower() if isinstance(raw, bool) else str(raw)


def may_list(namespace: str) -> Access:
    """The right that it takes to approve anything through ``/scale`` or by eviction."""
    return Access("patch", "namespaces", namespace=namespace, name=namespace)


def place_of(target: Ref) -> Ref:
    """The Namespace that lists the approvals of an object."""
    return Ref("Namespace", "", target.namespace)
