"""The ledger: what everybody who writes did. Pure; used by one thread at a time.

``managedFields`` name a manager, which the writer chose itself. The audit log names the user, as the API server
authenticated it: where it is had, a write is that user's, and the manager is only what it called itself.
"""

from __future__ import annotations

from collections import OrderedDict

from opsconsole.records import Binding, ClusterWriter, Ownership, Ref, Takeover, WriterClass
from opsconsole.settings import WriterSettings
from opsconsole.writers.names import WriterName, by_manager, by_user, unlike
from opsconsole.writers.rights import RightsIndex
from opsconsole.writers.rows import plain_path, rank, to_row
from opsconsole.writers.seen import SeenWrite, first_writes, writes_between
from opsconsole.writers.tally import OTHERS, Tally

KEPT_OBJECTS = 50_000
"""Objects whose owners are remembered; the one that changed longest ago is forgotten first."""

KEPT_WRITERS = 500
"""Writers that are told apart. Whoever takes a new name for each write is counted under one name beyond that."""


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
        self._tallies: dict[WriterName, Tally] = {}
        self._rights = RightsIndex()

    # --- what is seen ----------------------------------------------------------------------------------------------

    def own(self, seen: Ownership, now: float) -> None:
        """Take in who owns the fields of an object now."""
        before = self._objects.pop(seen.key, None)
        self._objects[seen.key] = seen
        if len(self._objects) > KEPT_OBJECTS:
            self._objects.popitem(last=False)
        if before is None or before.about.uid != seen.about.uid:
            self._meet(seen, now)
            return
        for write in writes_between(before, seen, now):
            self._count(seen.about, write, now)

    def gone(self, key: str) -> None:
        """Forget an object that was deleted. Who deleted it is not told by ``managedFields``."""
        self._objects.pop(key, None)

    def bound(self, binding: Binding) -> None:
        """Take in a role binding: it tells the rights of the writers whose user is known."""
        self._rights.learn(binding)

    def unbound(self, key: str) -> None:
        """A role binding is gone."""
        self._rights.forget(key)

    # --- what is known ---------------------------------------------------------------------------------------------

    def rows(self, now: float) -> list[ClusterWriter]:
        """Return everybody who writes, the likeliest culprit first."""
        window = self._settings.window_seconds
        found = []
        for name, tally in self._tallies.items():
            verdict = by_user(name.user) if name.user else by_manager(name.manager, self._settings)
            rights = self._rights.of(name.user) if name.user else None
            found.append(to_row(name, tally, verdict, rights, tally.per_minute(now, self._since, window)))
        return sorted(found, key=rank)

    # --- counting --------------------------------------------------------------------------------------------------

    def _meet(self, seen: Ownership, now: float) -> None:
        """An object that is seen for the first time: its entries are history, but for what was written since."""
        for entry in seen.entries:
            write = SeenWrite(entry.manager, entry.operation, entry.subresource, entry.at, entry.fields)
            tally = self._writer(seen.about, write)
            tally.touch(seen.about, entry.at)
            tally.owns(map(plain_path, entry.fields))
        for write in first_writes(seen, self._since):
            self._writer(seen.about, write).write(now, write.verb)

    def _count(self, about: Ref, write: SeenWrite, now: float) -> None:
        tally = self._writer(about, write)
        tally.touch(about, write.at if write.at is not None else now)
        tally.write(now, write.verb)
        tally.owns(map(plain_path, write.gained))
        for path, loser in write.taken:
            self._take_over(Takeover(now, about, path, loser, write.manager))

    def _writer(self, about: Ref, write: SeenWrite) -> Tally:
        path = unlike(write.manager, about.kind, write.subresource, write.gained)
        tally = self._tally(WriterName(manager=write.manager, odd=bool(path)))
        if path and not tally.doubt:
            tally.doubt = f"calls itself {write.manager}, which does not write {path} of a {about.kind}"
        return tally

    def _take_over(self, taken: Takeover) -> None:
        """A field changed hands. It is remembered for both, and counts where one of the two is a person."""
        taker, loser = self._tally(WriterName(manager=taken.taker)), self._tally(WriterName(manager=taken.loser))
        taker.takeovers.append(taken)
        loser.takeovers.append(taken)
        people = [self._is_person(name) for name in (taken.taker, taken.loser)]
        taker.took += people == [False, True]
        loser.lost += people == [True, False]

    def _is_person(self, manager: str) -> bool:
        return by_manager(manager, self._settings).sort is WriterClass.PERSON

    def _tally(self, name: WriterName) -> Tally:
        if name not in self._tallies and len(self._tallies) >= KEPT_WRITERS:
            name = WriterName(manager=OTHERS)
        return self._tallies.setdefault(name, Tally())
