"""The feeds of a cluster: one reflector for each resource, pods first."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, NamedTuple

from opsconsole.cluster.feeds.prober import Prober
from opsconsole.cluster.feeds.reflector import Reflector
from opsconsole.cluster.feeds.tables import TablePreview
from opsconsole.cluster.objects.resources import ALL, PODS
from opsconsole.optimizer import Optimizers

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.feeds.protocol import Feed
    from opsconsole.settings import Settings


class ClusterFeeds(NamedTuple):
    """The pods' feed, every other one, and an event that is set once the first rows of pods are there (or fail)."""

    pods: Feed
    others: list[Feed]
    painted: threading.Event


def feeds(connection: Connection, settings: Settings, clock: Clock, dice: random.Random | None = None) -> ClusterFeeds:
    """Return the feeds of pods, events, nodes, every kind of workload, autoscalers, disruption budgets and bindings.

    Pods paint first, from the server's Tables; the others wait for that, for two seconds at most. The last one has no
    records: it notices an API server that has fallen silent.

    Args:
        connection: where to read; its settings may name one namespace to read alone.
        settings: names the optimizers, whose namespaces are read first.
        clock: the time.
        dice: chooses delays.
    """
    dice = dice or random.Random()  # noqa: S311 - jitter, no secret
    namespace = settings.cluster.namespace
    preview = TablePreview(connection, clock, namespace=namespace, first=Optimizers.of(settings).namespaces)
    pods = Reflector(connection, PODS, clock, namespace=namespace, dice=dice, preview=preview)
    others = (resource for resource in ALL if resource is not PODS)
    later: list[Feed] = [
        Reflector(connection, each, clock, namespace=namespace, dice=dice, after=pods.previewed) for each in others
    ]
    return ClusterFeeds(pods, [*later, Prober(connection, clock)], pods.previewed)
