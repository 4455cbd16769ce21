"""Which nodes are looked at: those that the settings name, or those of the cluster that offer GPUs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from opsconsole.gpu.fleet.feed import NodeNames
from opsconsole.records import Health, Node, State


def named(names: Sequence[str]) -> Callable[[], NodeNames]:
    """The nodes that the settings name."""
    found = NodeNames(frozenset(names))
    return lambda: found


class ClusterNodes:
    """The cluster's nodes that have GPUs, whether pods may ask for them now or not.

    Args:
        nodes: the store's nodes, by any key.
        health: how the nodes' feed is.
    """

    def __init__(self, nodes: Mapping[str, Node], health: Callable[[], Health | None]) -> None:
        self._nodes = nodes
        self._health = health

    def __call__(self) -> NodeNames:
        """The names; ``None`` while the nodes' feed is not live."""
        health = self._health()
        if health is None or health.state is not State.LIVE:
            detail = f": {health.detail}" if health and health.detail else ""
            return NodeNames(None, f"which nodes have GPUs is not known now{detail}; gpu.node_names would name them")
        nodes = list(self._nodes.values())  # in one step: the pump may write meanwhile
        return NodeNames(frozenset(node.name for node in nodes if node.gpus or node.gpu_capacity))
