"""Builds the object graph: which feeds, judges and switches a console has, and where they speak to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from opsconsole.clock import Clock, ClusterClock, SystemClock, zone_of
from opsconsole.console import Console
from opsconsole.files.faults import record_fault
from opsconsole.optimizer import Optimizers
from opsconsole.records import Health, Identity, State

if TYPE_CHECKING:
    from opsconsole.cluster.feeds.watching.scopes import Scope
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.decisions.sources.source import LineSource, OptimizerOf
    from opsconsole.feeds.protocol import Feed
    from opsconsole.gpu.feed import GpuFeed
    from opsconsole.gpu.fleet.door import Door
    from opsconsole.gpu.fleet.feed import FleetFeed
    from opsconsole.plugins.host import Plugins
    from opsconsole.settings import GpuSettings, Settings

EVERYTHING = frozenset({
    "pods", "events", "cluster", "decisions", "gpu", "metrics", "judges", "plugins", "switches", "writers"
})  # fmt: skip
"""The parts that a console can have. ``cluster`` is what is neither pods nor events: workloads, nodes, identity …"""

PAINT_FIRST = 1.0
"""Seconds that everything else waits at most for the first rows of pods: what it imports would hold them up."""

AUDIT_TAIL = 5_000
"""Lines of the audit log that are read of what was there before: some minutes of a busy cluster."""

CHOSEN = frozenset({"switches", "decisions"})
"""Parts that are built for the optimizers that were named, and anew for others."""

AFTER_SWITCHES = frozenset({"governing", "aftermath", "watchdog", "approvals"})
"""Feeds that belong to a switchboard."""


def build_console(
    settings: Settings,
    *,
    clock: Clock | None = None,
    only: Collection[str] = EVERYTHING,
    switches: Collection[str] = (),
    paints: bool = True,
) -> Console:
    """Return a console that builds itself when it is started: nothing is imported or opened before.

    Args:
        settings: everything that can be set.
        clock: where the time comes from; the host's by default.
        only: the parts to build; a command that prints one pane needs one feed.
        switches: the built-in switches to make, of the part of that name; empty: all.
        paints: somebody looks, so that rows of pods come before their records.
    """
    ours, wanted = ClusterClock(clock or SystemClock()), WantedParts(frozenset(only), switches, paints)
    return Console(settings, [], ours, wire=lambda console: _wire(console, ours, wanted))


class WantedParts(NamedTuple):
    """What of a console is to be built; see :func:`build_console`."""

    parts: frozenset[str]
    switches: Collection[str]
    paints: bool


def _wire(console: Console, ours: ClusterClock, wanted: WantedParts) -> None:
    """Build what is wanted: the pods first, which paint first, then the switches, which must not be waited for.

    A part that can't be built says so and leaves the others.
    """
    settings, clock, parts = console.settings, console.clock, wanted.parts
    from opsconsole.cluster import connect  # noqa: PLC0415 - everything here is imported behind the first frame

    connection = connect(settings.cluster, read_only=settings.read_only, clock=ours.own)
    ours.follow(lambda: connection.server_clock.ahead)
    others, scope = _add_pods(console, connection, parts, paints=wanted.paints)
    from opsconsole.plugins.host import load_all  # noqa: PLC0415

    plugins = load_all(settings, clock)
    gpu: list[GpuFeed | FleetFeed | None] = []
    builders: dict[str, Callable[[], object]] = {
        "gpu": lambda: gpu.append(_add_gpu(console, connection)),
        "switches": lambda: _add_switches(
            console, connection, gpu[0] if gpu else None, plugins, stays=parts >= EVERYTHING, only=wanted.switches
        ),
        "judges": lambda: _add_judges(console, plugins),
        "cluster": lambda: _add_cluster(
            console, connection, _tapped(console, others, plugins) if "decisions" in parts else others, parts
        ),
        "decisions": lambda: _add_decisions(console, connection, plugins),
        "metrics": lambda: _add_metrics(console, plugins),
        "plugins": lambda: _add_plugins(console, plugins),
        "writers": lambda: _add_writers(console, connection, scope, parts),
    }
    unwanted = ({"switches"} if settings.read_only else set()) | (set() if settings.gpu.enabled else {"gpu"})
    for name, build in builders.items():
        if (name in parts or name == "cluster") and name not in unwanted:
            _guarded(console, name, build)
    anew = {name: build for name, build in builders.items() if name in CHOSEN & parts - unwanted}
    console.adopt = lambda chosen: _adopt(console, chosen, anew)


def _guarded(console: Console, name: str, build: Callable[[], object]) -> None:
    try:
        build()
    except Exception as error:  # noqa: BLE001 - whatever it is, the other parts are needed all the more
        detail = f"can't be set up: {error}"
        console.inbox.health(Health(feed=name, state=State.DOWN, since=console.clock.now(), detail=detail, unread=1))
        record_fault(f"setting up {name}", error)


def _adopt(console: Console, settings: Settings, anew: Mapping[str, Callable[[], object]]) -> None:
    """Take other optimizers for the rest of the session: what was built for those before is built anew.

    The governor keeps what it remembers, the last known good above all. What the switches watch after their work goes
    with the switchboard; what they did is in the journal.
    """
    console.settings = settings
    if console.governor is not None:
        console.governor.rename(Optimizers.of(settings))
    if "switches" in anew and console.switchboard is not None:
        console.switchboard.stop()
        console.switchboard = None
        console.remove_feeds(AFTER_SWITCHES)
    if not settings.decisions.log:
        console.remove_feeds({"decisions"})
    for name, build in anew.items():
        if name != "decisions" or not settings.decisions.log:
            _guarded(console, name, build)


def _add_pods(
    console: Console, connection: Connection, parts: frozenset[str], *, paints: bool
) -> tuple[list[Feed], Scope]:
    """Start the pods' feed before anything else is even imported, and let it paint.

    Returns the cluster's other feeds that are wanted, and which namespaces all of them read.
    """
    from opsconsole.cluster.feeds.cluster_feeds import feeds  # noqa: PLC0415

    found = feeds(connection, console.settings, console.clock, paints=paints)
    console.scope = found.scope
    if "pods" in parts:
        console.add_feed(found.pods)
        found.painted.wait(PAINT_FIRST)
    # The nodes of the cluster tell which of them have GPUs.
    wanted = parts | ({"nodes"} if "gpu" in parts and console.settings.gpu.nodes else set())
    others = [one for one in found.others if one.name in wanted or ("cluster" in wanted and one.name != "events")]
    return others, found.scope


def _tapped(console: Console, feeds: list[Feed], plugins: Plugins) -> list[Feed]:
    """Have the events that optimizers report read as decisions too."""
    from opsconsole.decisions.events import EventReader, EventTap  # noqa: PLC0415

    known = [(console.settings, Optimizers.of(console.settings))]

    def named() -> Optimizers:
        if known[-1][0] is not console.settings:  # others were named on the screen
            known[:] = [(console.settings, Optimizers.of(console.settings))]
        return known[-1][1]

    reader = EventReader(named, console.clock, plugins.decision_parsers, plugins.parser_broken)
    return [EventTap(feed, reader) if feed.name == "events" else feed for feed in feeds]


def _add_cluster(console: Console, connection: Connection, others: list[Feed], parts: frozenset[str]) -> None:
    for feed in others:
        console.add_feed(feed)
    if "cluster" in parts:
        from opsconsole.cluster.feeds.guard_lease import GuardLeaseFeed  # noqa: PLC0415
        from opsconsole.cluster.feeds.identity import IdentityFeed  # noqa: PLC0415
        from opsconsole.cluster.questions.inspector import ClusterInspector  # noqa: PLC0415

        console.inspector = ClusterInspector(connection)

        def learn(who: Identity) -> None:
            console.identity = who

        console.add_feed(IdentityFeed(connection, console.clock, learn))
        guard, space = console.settings.guard, console.settings.govern.namespace
        console.add_feed(GuardLeaseFeed(connection, console.clock, namespace=space, name=guard.lease))


def _add_judges(console: Console, plugins: Plugins) -> None:
    from opsconsole.governor.governor import Governor  # noqa: PLC0415

    settings = console.settings
    console.governor = Governor(settings.governor, Optimizers.of(settings), console.clock, plugins.rules())
    console.add_judge(console.governor)


def _add_decisions(console: Console, connection: Connection, plugins: Plugins) -> None:
    settings, clock = console.settings, console.clock
    optimizers = Optimizers.of(settings)
    if not settings.decisions.log and not optimizers.namespaces:
        words = "no optimizer is named: start with --optimizer namespace/name, or --decision-log FILE"
        console.inbox.health(Health(feed="decisions", state=State.ABSENT, since=clock.now(), detail=words))
        return
    from opsconsole.decisions.feed import DecisionFeed  # noqa: PLC0415
    from opsconsole.decisions.sources.files import FileSource  # noqa: PLC0415
    from opsconsole.decisions.sources.source import nobody  # noqa: PLC0415

    source: LineSource
    named: OptimizerOf = nobody
    if settings.decisions.log:
        source = FileSource(settings.decisions.log, clock, tail=settings.decisions.tail)
    else:
        from opsconsole.cluster.feeds.optimizer_logs import OptimizerLogs  # noqa: PLC0415

        logs = OptimizerLogs(connection, optimizers, clock, tail=settings.decisions.tail)
        source, named = logs, logs.optimizer_of
    parsers = plugins.decision_parsers()
    zone = zone_of(settings.decisions.zone)
    console.add_feed(DecisionFeed(source, clock, parsers, on_broken=plugins.parser_broken, optimizer=named, zone=zone))


def _add_gpu(console: Console, connection: Connection) -> GpuFeed | FleetFeed | None:
    settings = console.settings
    if settings.gpu.nodes == "dcgm" and not settings.gpu.simulation:
        from opsconsole.metrics.dcgm import DcgmFeed  # noqa: PLC0415

        console.add_feed(DcgmFeed(settings.metrics, console.clock))
        return None
    gpu = _fleet(console, connection) if settings.gpu.nodes and not settings.gpu.simulation else _host(console)
    console.add_feed(gpu)
    return gpu


def _fleet(console: Console, connection: Connection) -> FleetFeed:
    from opsconsole.gpu.fleet.feed import FleetFeed  # noqa: PLC0415
    from opsconsole.gpu.fleet.nodes import ClusterNodes, named  # noqa: PLC0415
    from opsconsole.gpu.pods import StorePods  # noqa: PLC0415

    store, settings, clock = console.store, console.settings, console.clock
    gpu = settings.gpu
    door = _ssh(settings.gpu, clock) if gpu.nodes == "ssh" else _pods(settings.gpu, connection)
    nodes = named(gpu.node_names) if gpu.node_names else ClusterNodes(store.nodes, lambda: store.health.get("nodes"))
    pods = StorePods(store.pods, lambda: store.health.get("pods"))
    return FleetFeed(settings, clock, door, nodes, pods)


def _ssh(gpu: GpuSettings, clock: Clock) -> Door:
    from opsconsole.gpu.fleet.ssh import SshDoor  # noqa: PLC0415

    return SshDoor(
        clock,
        hosts=gpu.node_hosts,
        host=gpu.node_host,
        python=gpu.node_python,
        sudo=gpu.node_sudo,
        config=gpu.ssh_config,
        connect_seconds=gpu.node_connect_timeout,
    )


def _pods(gpu: GpuSettings, connection: Connection) -> Door:
    from opsconsole.cluster.questions.pod_exec import ReaderPods  # noqa: PLC0415
    from opsconsole.cluster.transport.errors import ClusterError, Denied, ReadOnlyError  # noqa: PLC0415
    from opsconsole.gpu.fleet.pod_door import PodDoor  # noqa: PLC0415

    readers = ReaderPods(
        connection,
        namespace=gpu.exec_namespace,
        selector=gpu.exec_selector,
        container=gpu.exec_container,
        python=gpu.node_python,
    )
    denied = (Denied, ReadOnlyError)
    return PodDoor(readers.run, ClusterError, denied, connect_seconds=gpu.node_connect_timeout)


def _host(console: Console) -> GpuFeed:
    from opsconsole.gpu.feed import GpuFeed, observe_host  # noqa: PLC0415
    from opsconsole.gpu.pods import StorePods  # noqa: PLC0415

    store, settings, clock = console.store, console.settings, console.clock
    pods = StorePods(store.pods, lambda: store.health.get("pods"))
    if folder := settings.gpu.simulation:
        from rehearsal.gpu import SimulatedProbe, SimulatedProcesses  # noqa: PLC0415

        observer = observe_host(settings, clock, pods, SimulatedProbe(folder), SimulatedProcesses(folder))
    else:
        observer = observe_host(settings, clock, pods)
    return GpuFeed(observer, clock, settings.gpu.interval)


def _add_metrics(console: Console, plugins: Plugins) -> None:
    from opsconsole.metrics.feed import MetricsFeed  # noqa: PLC0415
    from opsconsole.metrics.memory import StoreOwners  # noqa: PLC0415

    settings = console.settings
    asked = msgspec.structs.replace(settings.metrics, queries=plugins.queries() | settings.metrics.queries)
    owners = StoreOwners(console.store)
    metrics = MetricsFeed(asked, console.clock, owner=owners, watch=settings.optimizer.queries)
    console.add_feed(metrics)
    console.add_observer(metrics)


def _add_writers(console: Console, connection: Connection, scope: Scope, parts: frozenset[str]) -> None:
    """Read who writes: at once where that is asked for, else when somebody looks (at 10,000 pods it is 60 MB more)."""
    from opsconsole.cluster.feeds.ownership import ownership_feeds  # noqa: PLC0415
    from opsconsole.writers.feed import WritersFeed  # noqa: PLC0415

    settings, clock = console.settings, console.clock
    started: list[WritersFeed] = []
    once = threading.Lock()

    def begin() -> None:
        # The screen's thread may ask while this one does: one of the two begins.
        if not started and once.acquire(blocking=False):
            known = "cluster" in parts  # the console's own feeds read the role bindings
            pods = settings.writers.pods
            sources = ownership_feeds(connection, clock, pods=pods, scope=scope, bindings=not known)
            started.append(WritersFeed([*sources, *_audit(settings, clock)], settings.writers, clock))
            if known:
                console.add_observer(started[0])
            console.add_feed(started[0])

    console.offer_writers(begin)
    heard = settings.writers.audit_log or settings.writers.audit_webhook
    if "pods" not in parts or heard:
        begin()


def _audit(settings: Settings, clock: Clock) -> Iterator[Feed]:
    """Yield the feeds of the API server's audit log that the settings name."""
    if settings.writers.audit_log:
        from opsconsole.decisions.sources.files import FileSource  # noqa: PLC0415
        from opsconsole.writers.audit.log import AuditLog  # noqa: PLC0415

        yield AuditLog(FileSource(settings.writers.audit_log, clock, tail=AUDIT_TAIL), clock)
    if settings.writers.audit_webhook:
        from opsconsole.writers.audit.webhook import AuditWebhook  # noqa: PLC0415

        yield AuditWebhook(settings.writers.audit_webhook, settings.writers.audit_token_file, clock)


def _add_plugins(console: Console, plugins: Plugins) -> None:
    console.plugin_panes = tuple(plugins.panes())
    console.plugin_tellers = tuple(plugins.tellers())
    for feed in plugins.feeds():
        console.add_feed(feed)
    console.add_feed(plugins)


def _add_switches(
    console: Console,
    connection: Connection,
    gpu: GpuFeed | FleetFeed | None,
    plugins: Plugins,
    *,
    stays: bool,
    only: Collection[str],
) -> None:
    from opsconsole.plugin import Tools  # noqa: PLC0415
    from opsconsole.switches.build import build_switchboard  # noqa: PLC0415

    board = build_switchboard(
        console.settings,
        connection,
        console,
        console.clock,
        gpu=gpu,
        further=lambda writer, redeemer: plugins.switches(Tools(writer, redeemer)),
        stays=stays,
        only=only,
    )
    if stays:  # elsewhere a plan is made when it is asked for, and nothing is to be asked beside it
        board.start()
    console.switchboard = board
