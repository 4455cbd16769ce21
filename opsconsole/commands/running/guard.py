"""`opsconsole guard`: the console's core without a screen, which freezes the optimizer by itself."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial

import click

from opsconsole.clock import Clock, SystemClock
from opsconsole.cluster.announce import announce
from opsconsole.cluster.lease import Lease
from opsconsole.cluster.objects.resources import PODS
from opsconsole.cluster.transport.connection import Connection
from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.guard import heap
from opsconsole.guard.guard import Guard
from opsconsole.guard.leader import Leadership
from opsconsole.guard.report import Reporter, Word
from opsconsole.guard.web import Vitals, serve
from opsconsole.optimizer import Optimizers
from opsconsole.records import State
from opsconsole.settings import Settings
from opsconsole.switches.freeze.spec import SPEC as FREEZE

_PARTS = frozenset({"pods", "events", "cluster", "decisions", "judges", "plugins", "switches"})
_BEAT = 0.5
"""Seconds that the loop waits at most where nothing comes and no rule is due by the clock alone."""


@click.command(short_help="Watch without a screen, and freeze the optimizer when it goes mad.")
@click.option("--listen", metavar="HOST:PORT", help="Where /healthz and /metrics are served (default: the settings').")
@click.option("--alone", is_flag=True, help="Lead without a Lease: there is no other guard.")
@click.pass_obj
def guard(settings: Settings, *, listen: str | None, alone: bool) -> None:
    """Watch, judge, and freeze the optimizer by itself when a finding of the configured severity comes up.

    It runs until it is ended (SIGTERM, Ctrl-C). What is frozen stays frozen then: only a person thaws. Several guards
    agree by a Lease on the one that acts. Each thing that it does is a line of JSON on standard output, an event in the
    guard's namespace, and an entry in its journal.

    The Lease is kept in `govern.namespace` (`opsconsole`), which has to be there: a guard that can't keep it does not
    lead, says so at once and every minute, and is not healthy; it freezes, and does nothing else, only where nobody has
    done so in time. With --alone it needs no Lease, and always acts.
    """
    if settings.read_only:
        raise click.UsageError("a guard has to write (--read-only, or read_only in the settings)")
    if not Optimizers.of(settings).known:
        raise click.UsageError("no optimizer is named: --optimizer, or the table [optimizer] of the settings")
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        _watch(settings, listen or settings.guard.listen, stopped, alone=alone)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{listen or settings.guard.listen}: {error}") from error


def console_of(settings: Settings, clock: Clock) -> Console:
    """The console that a guard looks at: what nobody looks at, or what it may not execute, is not imported."""
    audited = settings.writers.audit_log or settings.writers.audit_webhook
    parts = _PARTS | ({"writers"} if audited else set()) | ({"metrics"} if settings.metrics.url else set())
    switches = {FREEZE.name, *settings.guard.switches}
    return build_console(settings, clock=clock, only=parts, switches=switches, paints=False)


def _watch(settings: Settings, listen: str, stopped: threading.Event, *, alone: bool) -> None:
    heap.settle()
    clock, me = SystemClock(), f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    connection = Connection(settings.cluster, read_only=False, clock=clock)
    space = settings.govern.namespace

    def event(reason: str, note: str, serious: bool) -> None:
        announce(connection, namespace=space, reporter=me, at=clock.now(), reason=reason, note=note, serious=serious)

    console = console_of(settings, clock)
    reporter = Reporter(sys.stdout, event, settings.guard.webhook, lambda: console.plugin_tellers)
    seconds = settings.guard.lease_seconds
    leads = Leadership(seconds / 3, clock, reporter.tell)
    watching = Guard(console, settings.guard, console.clock, leads, reporter.tell, why_not=leads.why_not)
    if not alone:
        leads.lease = Lease(
            connection, clock, namespace=space, name=settings.guard.lease, me=me, seconds=seconds, says=watching.says
        )
    console.add_observer(watching)
    beat = [clock.monotonic()]
    feeds = partial(_live, console.health)
    vitals = Vitals(watching.state, leads, lambda: clock.monotonic() - beat[0], feeds, reporter.ways)
    server = serve(vitals, listen)
    reporter.tell(Word(clock.now(), "Started", f"watching {Optimizers.of(settings).title}; {server.server_port}"))
    for part in (leads, console, watching):
        part.start()
    try:
        for _ in _rounds(console, stopped):
            beat[0] = clock.monotonic()
    finally:
        for part in (watching, leads, console):
            part.stop()
        server.shutdown()
        reporter.tell(Word(clock.now(), "Stopped", "nothing is thawed by that"))
        reporter.finish(clock.now())


def _rounds(console: Console, stopped: threading.Event) -> Iterator[None]:
    """Pump whenever something came or is due, until the guard is stopped; yields after each time."""
    awake, listed = threading.Event(), False
    console.on_wake(awake.set)
    while not stopped.is_set():
        awake.wait(console.rest(_BEAT))
        awake.clear()
        console.pump()
        if not listed and _live(console.health).get(PODS.plural):
            heap.give_back()  # the largest list is behind us
            listed = True
        yield


def _live(health: Callable[[], object]) -> dict[str, bool]:
    known = health()
    if not hasattr(known, "items"):
        return {}
    return {name: word.state is State.LIVE for name, word in list(known.items()) if word.state is not State.ABSENT}
