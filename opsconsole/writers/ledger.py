"""The ledger: what everybody who writes did. Pure; used by one thread at a time.

``managedFields`` name a manager, which the writer chose itself. The audit log names the user, as the API server
authenticated it: where it is had, a write is that user's, and the manager is only what it called itself.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import NamedTuple

from opsconsole.records import AuditedWrite, Binding, ClusterWriter, Ownership, Ref, Takeover, WriterClass
from opsconsole.settings import WriterSettings
from opsconsole.writers.attributions import NEAR, Attributions
from opsconsole.writers.names import TakenFor, WriterName, by_manager, by_user, forged, unlike
from opsconsole.writers.rights import RightsIndex
from opsconsole.writers.rows import plain_path, rank, to_row
from opsconsole.writers.seen import SeenWrite, first_writes, writes_between
from opsconsole.writers.tally import OTHERS, Tally, add, bare

KEPT_OBJECTS = 50_000
"""Objects whose owners are remembered; the one that changed longest ago is forgotten first."""

KEPT_CHARACTERS = 256 << 20
"""Characters of fields remembered in all, counted as if no object shared them: pods have 2,000 each, and share most.
The object that changed longest ago is forgotten first."""

KEPT_WRITERS = 500
"""Users that are told apart, and as many managers. Whoever takes a new name for each write is counted under one name
beyond that. Names that a writer chose take no place of a user's, for whom the API server vouches."""

OTHER_USERS = WriterName(user=OTHERS, odd=True)
"""Whom the users beyond that are counted under."""

SETTLE = 3.0
"""Seconds that a write waits for the audit log to say whose it is, once there is an audit log."""

KEPT_WAITING = 10_000

KEPT_UNCLAIMED = 5_000
"""Objects whose newest writes could still be told by an audit log that is late, as a webhook's may be by a minute."""

PER_OBJECT = 16
"""Such writes of one object under one manager."""


class _Waiting(NamedTuple):
    about: Ref
    write: SeenWrite
    seen: float

    @property
    def at(self) -> float:
        """When it was written, as far as the API server keeps it; else when it was seen."""
        return self.seen if self.write.at is None else self.write.at


class WriterLedger:
    """Counts writes by writer.

    Args:
        settings: which field managers are taken for whose, and the window of the rates.
        since: when it was begun, in seconds since the epoch.
    """

    def __init__(self, settings: WriterSettings, since: float) -> None:
        self._settings = settings
        self._since = since
        self._objects: OrderedDict[str, Ownership] = OrderedDict()
        self._characters = 0
        self._users = 0
        self._tallies: dict[WriterName, Tally] = {}
        self._rights = RightsIndex()
        self._audit = Attributions()
        self._audited = False
        self._waiting: deque[_Waiting] = deque()
        self._unclaimed: OrderedDict[tuple[str, Ref], deque[_Waiting]] = OrderedDict()

    # --- what is seen ----------------------------------------------------------------------------------------------

    def own(self, seen: Ownership, now: float) -> None:
        """Take in who owns the fields of an object now."""
        before = self._forgotten(seen.key)
        self._objects[seen.key] = seen
        self._characters += _weight(seen)
        while len(self._objects) > KEPT_OBJECTS or (self._characters > KEPT_CHARACTERS and len(self._objects) > 1):
            self._forgotten(next(iter(self._objects)))
        if before is None or before.about.uid != seen.about.uid:
            self._meet(seen, now)
            return
        for write in writes_between(before, seen, now):
            self._await(_Waiting(seen.about, write, now))

    def hear(self, write: AuditedWrite) -> None:
        """Take in a write that the audit log tells of, done or refused."""
        self._audited = True
        tally = self._tally(WriterName(user=write.user))
        for counter, word in (
            (tally.managers, write.manager),
            (tally.agents, write.agent),
            (tally.addresses, write.address),
            (tally.pods, write.pod),
            (tally.acts_as, write.acts_as),
        ):
            if word:
                add(counter, word)
        if not tally.doubt and (why := forged(write.user, write.manager, write.agent, self._settings)):
            tally.doubt = f"{why} (user agent {write.agent or 'none'})"
        if write.refused:
            add(tally.refused, str(write.code))
            return
        verb = f"{write.verb} {write.subresource}".rstrip()
        if write.dry:
            add(tally.verbs, f"{verb} (dry run)")
            return
        tally.touch(write.about, write.at)
        tally.write(write.at, verb)
        self._audit.note(write)
        self._claim(write)

    def gone(self, key: str) -> None:
        """Forget an object that was deleted. Who deleted it is not told by ``managedFields``."""
        self._forgotten(key)

    def _forgotten(self, key: str) -> Ownership | None:
        seen = self._objects.pop(key, None)
        if seen is not None:
            self._characters -= _weight(seen)
        return seen

    def bound(self, binding: Binding) -> None:
        """Take in a role binding: it tells the rights of the writers whose user is known."""
        self._rights.learn(binding)

    def unbound(self, key: str) -> None:
        """A role binding is gone."""
        self._rights.forget(key)

    # --- what is known ---------------------------------------------------------------------------------------------

    def rows(self, now: float) -> list[ClusterWriter]:
        """Return everybody who writes, the likeliest culprit first."""
        self._settle(now)
        window = self._settings.window_seconds
        found = []
        for name, tally in self._tallies.items():
            users = self._audit.users(name.manager) if name.manager and not name.odd else frozenset()
            if users and not tally.writes:
                continue  # history of a name whose user is known by now, and listed
            rights = self._rights.of(name.user) if name.user and name != OTHER_USERS else None
            whole = self._with_history(name, tally)
            found.append(to_row(name, whole, self._taken_for(name), rights, tally.per_minute(now, self._since, window)))
        return sorted(found, key=rank)

    def _with_history(self, name: WriterName, tally: Tally) -> Tally:
        """A user's account with the history of its managers, where no other user calls itself so."""
        if not name.user:
            return tally
        whole = tally
        for manager in tally.managers:
            history = self._tallies.get(WriterName(manager=manager))
            if history is not None and not history.writes and self._audit.users(manager) == {name.user}:
                whole = whole.joined(history)
        return whole

    def _taken_for(self, name: WriterName) -> TakenFor:
        if name == OTHER_USERS:
            return TakenFor(WriterClass.SUSPECT, f"users beyond the first {KEPT_WRITERS}, counted as one")
        return by_user(name.user) if name.user else by_manager(name.manager, self._settings)

    # --- counting --------------------------------------------------------------------------------------------------

    def _meet(self, seen: Ownership, now: float) -> None:
        """An object that is seen for the first time: its entries are history, but for what was written since."""
        for entry in seen.entries:
            write = SeenWrite(entry.manager, entry.operation, entry.subresource, entry.at, entry.fields)
            tally = self._writer(seen.about, write)
            tally.touch(seen.about, entry.at)
            tally.owns(map(plain_path, entry.fields))
        for write in first_writes(seen, self._since):
            self._await(_Waiting(seen.about, write, now))

    def _await(self, waiting: _Waiting) -> None:
        """Count a write, once the audit log has had the time to say whose it is."""
        if not self._audited:
            self._count(waiting, "")
            return
        self._waiting.append(waiting)
        self._settle(waiting.seen)
        while len(self._waiting) > KEPT_WAITING:
            self._count(self._waiting.popleft(), "")

    def _settle(self, now: float) -> None:
        """Count what has waited for long enough."""
        while self._waiting and now - self._waiting[0].seen >= SETTLE:
            waiting = self._waiting.popleft()
            self._count(waiting, self._audit.user(waiting.write.manager, waiting.about, waiting.at))

    def _count(self, waiting: _Waiting, user: str) -> None:
        """Count a write: the user's, whom the audit log has counted already, or else the manager's."""
        about, write, now = waiting
        if user:
            tally = self._tally(WriterName(user=user))
        else:
            tally = self._writer(about, write)
            tally.touch(about, waiting.at)
            tally.write(now, write.verb)
            self._leave_unclaimed(waiting)
        tally.owns(map(plain_path, write.gained))
        for path, loser in write.taken:
            self._take_over(Takeover(now, about, path, loser, write.manager), user, 1)

    def _leave_unclaimed(self, waiting: _Waiting) -> None:
        place = waiting.write.manager, bare(waiting.about)
        self._unclaimed.setdefault(place, deque(maxlen=PER_OBJECT)).append(waiting)
        self._unclaimed.move_to_end(place)
        if len(self._unclaimed) > KEPT_UNCLAIMED:
            self._unclaimed.popitem(last=False)

    def _claim(self, write: AuditedWrite) -> None:
        """Give the user what was counted for its manager, since the audit log came late."""
        place = write.manager, bare(write.about)
        left = self._unclaimed.get(place)
        found = next((each for each in left or () if abs(each.at - write.at) <= NEAR), None)
        if left is None or found is None:
            return
        left.remove(found)
        self._writer(found.about, found.write).take_back(found.write.verb)
        for path, loser in found.write.taken:
            self._take_over(Takeover(found.seen, found.about, path, loser, write.manager), "", -1)
        self._count(found, write.user)

    def _take_over(self, taken: Takeover, user: str, count: int) -> None:
        """A field changed hands. It is remembered for both, and counts where one of the two is a person.

        ``count`` -1 takes that back.
        """
        names = [
            WriterName(user=user) if user else WriterName(manager=taken.taker),
            self._loser(taken),
        ]
        taker, loser = map(self._tally, names)
        for tally in (taker, loser) if loser is not taker else (taker,):
            if count > 0:
                tally.takeovers.append(taken)
            elif taken in tally.takeovers:
                tally.takeovers.remove(taken)
        people = [self._taken_for(name).sort is WriterClass.PERSON for name in names]
        taker.took += count * (people == [False, True])
        loser.lost += count * (people == [True, False])

    def _loser(self, taken: Takeover) -> WriterName:
        user = self._audit.owner(taken.loser, taken.about)
        return WriterName(user=user) if user else WriterName(manager=taken.loser)

    def _writer(self, about: Ref, write: SeenWrite) -> Tally:
        """The account of a manager: of what a part of the control plane would not write, one of its own."""
        path = unlike(write.manager, about.kind, write.subresource, write.gained)
        tally = self._tally(WriterName(manager=write.manager, odd=bool(path)))
        if path and not tally.doubt:
            tally.doubt = f"calls itself {write.manager}, which does not write {path} of a {about.kind}"
        return tally

    def _tally(self, name: WriterName) -> Tally:
        found = self._tallies.get(name)
        if found is not None:
            return found
        if name.user:
            if self._users >= KEPT_WRITERS:
                return self._tallies.setdefault(OTHER_USERS, Tally())
            self._users += 1
        elif len(self._tallies) - self._users >= KEPT_WRITERS:
            name = WriterName(manager=OTHERS)
        return self._tallies.setdefault(name, Tally())


def _weight(seen: Ownership) -> int:
    """Characters of its fields."""
    return sum(sum(map(len, entry.fields)) for entry in seen.entries)
