"""The feeds of a cluster: one for each resource, pods first, in the whole cluster or in some namespaces."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.cluster.feeds.prober import Prober
from opsconsole.cluster.feeds.tables import TablePreview
from opsconsole.cluster.feeds.watching.optional import OptionalReflector
from opsconsole.cluster.feeds.watching.reflector import Reflector
from opsconsole.cluster.feeds.watching.scopes import Scope, ScopedFeed
from opsconsole.cluster.objects.resources import ALL, PODS
from opsconsole.optimizer import Optimizers

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.objects.codec import Resource
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.feeds.protocol import Feed
    from opsconsole.settings import Settings


class ClusterFeeds(NamedTuple):
    """The pods' feed, every other one, and the scope that they share.

    ``painted`` is set once the first rows of pods are there (or fail).
    """

    pods: Feed
    others: list[Feed]
    painted: threading.Event
    scope: Scope


class _Maker:
    """Makes the reflectors of one cluster."""

    def __init__(
        self, connection: Connection, settings: Settings, clock: Clock, dice: random.Random, *, paints: bool
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._dice = dice
        self._paints = paints
        self._first = Optimizers.of(settings).namespaces
        self.scope = Scope.of(connection, clock)

    def pods(self, namespace: str) -> Reflector:
        """The reflector of a namespace's pods, or of all; for a screen it paints first."""
        paint = TablePreview(self._connection, self._clock, namespace=namespace, first=self._first)
        return Reflector(
            self._connection,
            PODS,
            self._clock,
            namespace=namespace,
            dice=self._dice,
            preview=paint if self._paints else None,
            namespaces=self.scope.namespaces,
        )

    def other(self, resource: Resource, namespace: str, after: threading.Event) -> Reflector:
        """The reflector of another resource; it waits until the pods are painted."""
        make = OptionalReflector if resource.optional else Reflector
        return make(
            self._connection,
            resource,
            self._clock,
            namespace=namespace,
            dice=self._dice,
            after=after,
            namespaces=self.scope.namespaces,
        )


def feeds(
    connection: Connection,
    settings: Settings,
    clock: Clock,
    dice: random.Random | None = None,
    *,
    paints: bool = True,
) -> ClusterFeeds:
    """Return the feeds of pods, events, nodes, every kind of workload, autoscalers, disruption budgets and bindings.

    Pods paint first, from the server's Tables; the others wait for that, for two seconds at most. The last one has no
    records: it notices an API server that has fallen silent.

    Args:
        connection: where to read.
        settings: may name the namespaces to read alone; names the optimizers, whose namespaces are read first.
        clock: the time.
        dice: chooses delays.
        paints: somebody looks: rows of pods come before their records. What only judges has no use for them, and their
            names would be kept twice.
    """
    maker = _Maker(connection, settings, clock, dice or random.Random(), paints=paints)  # noqa: S311 - jitter, no secret
    pods = ScopedFeed(PODS.plural, maker.pods, maker.scope, clock)

    def feed(resource: Resource) -> Feed:
        if not resource.namespaced:
            return maker.other(resource, "", pods.previewed)
        return ScopedFeed(resource.plural, lambda name: maker.other(resource, name, pods.previewed), maker.scope, clock)

    later = [feed(resource) for resource in ALL if resource is not PODS]
    return ClusterFeeds(pods, [*later, Prober(connection, clock)], pods.previewed, maker.scope)
