"""The score card: how long it took, how many keys, what was lost, what was missed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rehearsal.coaching.situation import Situation, look
from rehearsal.times import human

if TYPE_CHECKING:
    from rehearsal.rehearsal import Rehearsal
    from rehearsal.server.core import Audit


class ScoreMarks(NamedTuple):
    """When things first held, in seconds since the console was opened; ``None``: never."""

    first_act: float | None = None
    revoked: float | None = None
    optimizer_gone: float | None = None
    gpus_free: float | None = None
    contained: float | None = None
    mended: float | None = None


class ScoreKeeper:
    """Follows a rehearsal from the moment that the console opens; :meth:`note` is called about every second."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal
        self.opened = rehearsal.clock.now()
        self.marks = ScoreMarks()
        self.lost_requests = 0.0
        self.oom_kills = 0
        self.last = look(rehearsal)

    def note(self) -> None:
        """Look, and count what has happened since the last look."""
        now = look(self._rehearsal)
        self.lost_requests += self.last.failing * (now.at - self.last.at)
        self.last = now
        since = now.at - self.opened
        reached = {
            "first_act": now.acted,
            "revoked": now.revoked,
            "optimizer_gone": now.optimizer_gone,
            "gpus_free": now.optimizer_gone and now.gpu_processes == 0,
            "contained": now.contained,
            "mended": now.mended and now.contained,
        }
        fresh = {name: since for name, holds in reached.items() if holds and getattr(self.marks, name) is None}
        self.marks = self.marks._replace(**fresh)

    def card(self, keys: int | None = None) -> str:
        """The card, as text for the terminal. ``keys``: how many keys were pressed, if anybody counted."""
        optimizer = self._rehearsal.scenario.optimizer
        account = f"system:serviceaccount:{optimizer.namespace}:{optimizer.account}"
        writes = count_writes(self._rehearsal.audit, account, self.opened)
        return "\n".join(
            [
                f"Score card: {self._rehearsal.scenario.title}",
                *(f"  {name:<28}{value}" for name, value in self._times()),
                f"  {'keys pressed':<28}{'not counted' if keys is None else keys}",
                f"  {'requests lost':<28}{self.lost_requests:,.0f}",
                f"  {'its writes since the start':<28}{writes.done} done, {writes.refused} refused",
                "  missed" + (":" if self.missed() else f"{'':<22}nothing"),
                *(f"    - {each}" for each in self.missed()),
            ]
        )

    def missed(self) -> list[str]:
        """What is still wrong."""
        return missed(self.last) + self._bystanders()

    def _times(self) -> list[tuple[str, str]]:
        names = {
            "first_act": "first change by you",
            "revoked": "it could not write any more",
            "optimizer_gone": "it was gone",
            "gpus_free": "its GPU memory was free",
            "contained": "contained",
            "mended": "users were served again",
        }
        found = [(words, getattr(self.marks, name)) for name, words in names.items()]
        return [(words, "never" if value is None else f"after {human(value)}") for words, value in found]

    def _bystanders(self) -> list[str]:
        """Who lost rights besides the optimizer: a shared binding was deleted instead of patched."""
        return [
            f"{other} lost what {binding.name} gave it: nobody had asked for that"
            for binding in self._rehearsal.scenario.optimizer.bindings
            for other in binding.others
            if not self._rehearsal.is_bound(binding, other)
        ]


class Writes(NamedTuple):
    """Writes that succeeded and that were refused."""

    done: int
    refused: int


def count_writes(audit: Sequence[Audit], user: str, since: float) -> Writes:
    """Count a user's writes from a moment on."""
    own = [entry for entry in audit if entry.user == user and entry.at >= since]
    done = sum(1 for entry in own if entry.status < 300)
    return Writes(done, len(own) - done)


def missed(now: Situation) -> list[str]:
    """What is still wrong, in words."""
    found = []
    if now.rights:
        more = f" and {len(now.rights) - 3} more" if len(now.rights) > 3 else ""
        found.append(f"it may still {', '.join(now.rights[:3])}{more}")
    if now.pods:
        found.append(f"{now.pods} of its pods still there")
    if now.gpu_processes:
        found.append(f"{now.gpu_processes} of its processes still hold GPU memory")
    found += [f"node {name} still has its taint" for name in now.taints]
    found += [f"{name} still has the limits that it was cut to" for name in now.cut]
    found += [f"{name} is not fully ready" for name in now.unready]
    return found
