"""Collects what the optimizer's log asks for, on the pump's thread, for the switch that reads it on another."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from opsconsole.clock import Clock
from opsconsole.console import Console
from opsconsole.records import Kind
from opsconsole.store import Delta, Store
from opsconsole.switches.approve.requests import ApprovalAsk, ask_of
from opsconsole.switches.restore.damage_source import unheard, unjudged

KEPT = 1800.0
"""Seconds for which what was said can be approved: an older one is about a world that is gone."""

_MOST = 200
"""Asks that are kept; more are a broken log, and the oldest go."""


class HeardAsks:
    """A :class:`opsconsole.console.Observer`. The newest word about the same object and fields counts.

    Args:
        console: has the governor, once it is built.
        clock: tells what is too old.
    """

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._lock = threading.Lock()
        self._asks: OrderedDict[tuple[str, str, tuple[str, ...]], ApprovalAsk] = OrderedDict()

    def __call__(self) -> Sequence[ApprovalAsk]:
        """What is asked for, the newest first. Any thread may call it."""
        oldest = self._clock.now() - KEPT
        with self._lock:
            return [each for each in reversed(self._asks.values()) if each.at >= oldest]

    def unheard(self) -> str:
        """Why the optimizer's log, which may ask for more, is not wholly read and looked at; empty where it is."""
        return "; ".join(filter(None, (unheard(self._console), unjudged(self._console))))

    def observe(self, store: Store, delta: Delta) -> None:
        """Pick out what new lines ask for."""
        governor = self._console.governor
        if governor is None:
            return
        changed = delta.changed.get(Kind.DECISION, ())
        titles: dict[str, list[str]] = {}
        for each in store.findings.values() if changed else ():
            titles.setdefault(each.decision, []).append(each.title)
        for key in changed:
            decision = store.decisions.get(key)
            if decision is None or not decision.verb:
                continue
            ask = ask_of(decision, governor.deed(key), titles.get(key, ()))
            if ask is not None:
                self._keep(ask)

    def next_due(self) -> float | None:
        return None

    def _keep(self, ask: ApprovalAsk) -> None:
        name = (ask.about.kind, ask.about.key, tuple(sorted(field.path for field in ask.fields)))
        with self._lock:
            self._asks[name] = ask
            self._asks.move_to_end(name)
            if len(self._asks) > _MOST:
                self._asks.popitem(last=False)
