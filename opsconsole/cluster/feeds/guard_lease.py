"""Looks at the guards' Lease: whether a guard is there, who leads, and whether it has tripped."""

from __future__ import annotations

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Api, json_object
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound
from opsconsole.feeds.health_reporter import HealthReporter
from opsconsole.feeds.polling import PollingFeed
from opsconsole.feeds.protocol import Sink
from opsconsole.govern.presence import NOBODY_GUARDS, GuardPresence, read_presence
from opsconsole.present.units import age, clock_time

NAME = "guard"
LOOK = 3.0
"""Seconds between two looks."""

NO_GUARD = "no guard runs here"

LONGEST = 60.0
"""Seconds of silence that no Lease is granted, whatever it says of itself; ``guard.lease_seconds`` has the same end."""

_SELDOM = 30.0
"""Seconds between two looks where there is no guard, or none may be looked for."""

_PLACE = "/apis/coordination.k8s.io/v1/namespaces/{}/leases/{}"
_TIMEOUT = 5.0


class GuardLeaseFeed(PollingFeed):
    """A feed whose health alone tells something: live with who leads, down where the leader is silent.

    A Lease outlives the guard that wrote it, so one that was not seen to change proves no guard.

    Args:
        api: the connection.
        clock: tells how long the Lease was seen unchanged: no two machines' times are compared.
        namespace: of the Lease.
        name: of the Lease.
    """

    sentences = (ClusterError,)

    def __init__(self, api: Api, clock: Clock, *, namespace: str, name: str) -> None:
        super().__init__(NAME, clock)
        self._api = api
        self._time = clock
        self._path = _PLACE.format(namespace, name)
        self._seen: tuple[object, float] = (None, 0.0)
        self._renewed = False

    def poll(self, sink: Sink, health: HealthReporter) -> float:
        del sink  # a guard is no record: its health says it all
        try:
            found = read_presence(json_object(self._api.request("GET", self._path, timeout=_TIMEOUT)))
        except NotFound:
            health.absent(NO_GUARD)
            return _SELDOM
        except Denied as error:
            health.absent(f"whether a guard runs here is not known: {error}")
            return _SELDOM
        self._backoff.reset()
        silent, says = self._silent(found), in_words(found, self._time.now())
        if not found.holder:
            health.failed(f"no guard leads: {NOBODY_GUARDS}")
        elif silent > _good_for(found):
            health.failed(f"{found.holder} is silent for {age(silent)}: {NOBODY_GUARDS}; {says}")
        elif self._renewed:
            health.live(f"{found.holder} leads, {says}")
        else:
            health.starting(f"waiting for {found.holder}, whose name is on the Lease, to renew it")
        return LOOK

    def _silent(self, found: GuardPresence) -> float:
        now, state = self._time.monotonic(), (found.holder, found.renewed)
        if self._seen[0] != state:
            self._renewed = self._seen[0] is not None
            self._seen = (state, now)
        return now - self._seen[1]


def _good_for(found: GuardPresence) -> float:
    """Seconds without a renewal after which the Lease proves no guard."""
    return min(found.seconds, LONGEST)


def guard_in_words(api: Api, clock: Clock, *, namespace: str, name: str) -> str:
    """One look: who leads, when it was heard by its own clock, and what it says. Blocks; never raises."""
    try:
        found = read_presence(json_object(api.request("GET", _PLACE.format(namespace, name), timeout=_TIMEOUT)))
    except NotFound:
        return NO_GUARD
    except ClusterError as error:
        return f"unknown: {error}"
    now, renewed = clock.now(), found.renewed_at
    heard = "it is not known when it was heard" if renewed is None else f"heard {age(max(0.0, now - renewed))} ago"
    silent = renewed is not None and now - renewed > 2 * max(_good_for(found), 1.0)
    who = (
        f"{found.holder} leads ({heard}{' by its clock: SILENT' if silent else ''})" if found.holder else "nobody leads"
    )
    return f"{who}, {in_words(found, now)}"


def in_words(guard: GuardPresence, now: float) -> str:
    """What a guard says: whether it tripped and why, whether the optimizer is frozen, whether it rests."""
    said = []
    if guard.tripped_at is not None:
        said.append(f"TRIPPED at {clock_time(guard.tripped_at)} UTC ({guard.tripped_by})")
    said.append({True: "frozen", False: "not frozen", None: "frozen or not: unknown"}[guard.frozen])
    if guard.rests_until > now:
        said.append(f"rests after a thaw until {clock_time(guard.rests_until)} UTC")
    return ", ".join(said)
