"""Which damaged fields are put back, and why the others are not: the account beside the live objects. Pure."""

from __future__ import annotations

import msgspec

from opsconsole.governor.account.damage import Damage, DamageState
from opsconsole.governor.account.prior_damage import taints_of
from opsconsole.governor.observed.attribution import is_controller, is_tool
from opsconsole.records import JsonObject, Record, Ref
from opsconsole.switches.restore.fields import Put, UnfitError, same, says, value, wanted
from opsconsole.switches.restore.live.revisions import KeptRevision
from opsconsole.switches.restore.words import in_words

_ROUNDED = 2.0
"""Seconds by which a write may look later than the line that tells of it: both clocks keep whole seconds at times."""


class Victim(Record, frozen=True):
    """An object that was damaged, as it is at this moment.

    Attributes:
        about: the object.
        rows: its part of the account.
        found: the live object, with its ``managedFields``; ``None`` if it (the one with this UID) is not there.
        owners: who wrote each field last, by path, as ``managedFields`` tell; empty where they don't.
        written: when that manager wrote, by path (epoch seconds); 0 where that is not noted.
        revisions: what its kept revisions say of the fields.
        unread: why they can't be read; empty otherwise.
        problem: why it is not known how it is, or why it can't be touched.
    """

    about: Ref
    rows: tuple[Damage, ...]
    found: JsonObject | None = None
    owners: dict[str, str] = msgspec.field(default_factory=dict)
    problem: str = ""
    written: dict[str, float] = msgspec.field(default_factory=dict)
    revisions: tuple[KeptRevision, ...] = ()
    unread: str = ""

    @property
    def newest_word(self) -> float:
        """When the log spoke of it last (epoch seconds)."""
        return max((row.last_at for row in self.rows if row.announced), default=0.0)


class Looked(Record, frozen=True):
    """One victim's rows, sorted into what is put back, what is put back though in doubt, and what is left."""

    victim: Victim
    puts: tuple[Put, ...] = ()
    doubts: tuple[str, ...] = ()
    """Of each field whose write was not seen: who wrote it last, empty where that is not noted."""
    left: tuple[tuple[str, str], ...] = ()
    fine: int = 0


class _AsBeforeError(Exception):
    """The field is as it was already."""


def look_at(victim: Victim) -> Looked:
    """Sort a victim's rows."""
    puts: list[Put] = []
    doubts: list[str] = []
    left: list[tuple[str, str]] = []
    fine = 0
    for row in victim.rows:
        try:
            puts.append(_put(row, victim))
        except _AsBeforeError:
            fine += 1
        except UnfitError as error:
            left.append((row.path, str(error)))
        else:
            if not row.certain:
                doubts.append(victim.owners.get(row.path, ""))
    return Looked(victim, tuple(puts), tuple(doubts), tuple(left), fine)


def _put(row: Damage, victim: Victim) -> Put:
    """The field of a row as it is put back.

    Raises:
        UnfitError: it is left as it is; the text says why.
        _AsBeforeError: there is nothing left to do.
    """
    if row.standing is DamageState.RESTORED:
        raise _AsBeforeError
    if row.standing is DamageState.GONE or victim.found is None:
        raise UnfitError(victim.problem or "it is not there any more: only who has its manifest can bring it back")
    if row.standing is DamageState.CHANGED_SINCE:
        raise UnfitError(f"{row.now_by or 'somebody'} wrote {row.now} since: left as it is")
    live = value(victim.about.kind, row.path, victim.found)
    if not row.before and row.why:
        raise UnfitError(f"what it was before is not known: {row.why}; what is right is yours to say")
    want = _without(live, row) if row.path == "taints" and not row.before else wanted(row)
    if same(row.path, live, want):
        raise _AsBeforeError
    if not says(row, live):
        raise UnfitError(f"it is {in_words(live)} by now, which was not seen being written: left as it is")
    if row.doubtful and (live or not want):  # but from 0, whatever was seen first is better
        raise UnfitError(
            f"{in_words(want)} is what this console saw first, and may be its own doing: its log says that it had set "
            "it before; what is right is yours to say"
        )
    _check_writer(row, victim)
    return Put(row.path, live, want)


def _without(live: list[str], row: Damage) -> list[str]:
    """A node's taints without those that the log says the optimizer put on it."""
    its_own = taints_of(row.announced)
    if not its_own:
        raise UnfitError("what it was before is not known, and is never guessed")
    return [text for text in live if text not in its_own]


def _check_writer(row: Damage, victim: Victim) -> None:
    """A value that a person or another program set after the optimizer is theirs, though it may be the same."""
    owner, at = victim.owners.get(row.path, ""), victim.written.get(row.path, 0.0)
    theirs = is_tool(owner) or is_controller(owner)
    if row.certain and row.path == "taints" and is_controller(owner):
        return  # the list has one owner: who adds Kubernetes' own taints, which are left, takes it over whole
    if row.certain:
        by = row.now_by or row.its_manager
        if theirs or (owner and by and owner != by):
            raise UnfitError(
                f"{by or 'the optimizer'} wrote it, but {owner} is noted as its last writer: left as it is"
            )
        if by and not row.now_by and not owner:
            raise UnfitError(f"{by} wrote it, but who wrote {row.now} since is noted nowhere: left as it is")
        return
    if not row.announced:
        who = f"it calls itself {row.now_by}" if row.now_by else "it left no name"
        raise UnfitError(
            f"who wrote {row.now} can't be told from the optimizer ({who}); if it was the optimizer, name its field "
            "manager in managers of [optimizer]"
        )
    if theirs:
        raise UnfitError(f"its log says that it set {row.announced}, but {owner} wrote it last: left as it is")
    if owner and at > victim.newest_word + _ROUNDED:
        raise UnfitError(
            f"its log says that it set {row.announced}, but {owner} has written since its last word: left as it is"
        )
