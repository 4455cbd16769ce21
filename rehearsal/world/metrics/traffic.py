"""Requests through the services: who gets how many, who can serve them, how long it takes, what fails."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rehearsal.behaviour import speed
from rehearsal.scenario import ServiceSpec, Traffic
from rehearsal.world.kubelet.kubelet import Sandbox

SLOWEST_MS = 10_000.0
"""Where a request times out."""

_OVERLOAD = 1.3
"""How much more than its capacity a pod takes in before its queue is full."""


class Flow(NamedTuple):
    """One service at one moment. Rates are requests a second; ``failed`` is the part of them that fails, 0 to 1."""

    offered: float
    capacity: float
    failed: float
    latency_ms: float
    ready: int


class Moment(NamedTuple):
    """All services at one moment, and what each pod (by UID) serves."""

    flows: dict[str, Flow]
    rates: dict[str, float]


def total(traffic: Traffic, at: float) -> float:
    """Requests a second that arrive ``at`` seconds into the story."""
    rate = traffic.base
    for surge in traffic.surges:
        if at >= surge.at:
            rate += surge.adds * min((at - surge.at) / max(surge.ramp, 1.0), 1.0)
    return rate


def flow(
    services: Sequence[ServiceSpec],
    traffic: Traffic,
    sandboxes: Mapping[str, Sandbox],
    at: float,
    rng: random.Random,
) -> Moment:
    """Let the requests of this moment through. Services are in the order in which they call each other."""
    arriving = total(traffic, at) * rng.uniform(0.97, 1.03)
    offered = {spec.name: arriving * spec.share for spec in services}
    for spec in services:
        for called, each in spec.calls.items():
            offered[called] += offered[spec.name] * each
    slow = {each.service: each.ms for each in traffic.slow if at >= each.at}
    flows: dict[str, Flow] = {}
    rates: dict[str, float] = {}
    for spec in reversed(services):
        pods = _ready(spec, sandboxes)
        flows[spec.name] = _serve(spec, offered[spec.name], pods, flows, slow.get(spec.name))
        for uid, capacity in pods.items():
            rates[uid] = min(offered[spec.name] / len(pods), max(capacity, 1.0) * _OVERLOAD)
    return Moment(flows, rates)


def _ready(spec: ServiceSpec, sandboxes: Mapping[str, Sandbox]) -> dict[str, float]:
    """The capacity of each ready pod of a service, by UID."""
    found = {}
    for uid, sandbox in sandboxes.items():
        metadata = sandbox.pod["metadata"]
        if metadata["namespace"] != spec.namespace or (metadata.get("labels") or {}).get("app") != spec.name:
            continue
        first = next(iter(sandbox.containers.values()))
        if sandbox.stopping_since is None and all(one.ready for one in sandbox.containers.values()):
            found[uid] = spec.behaviour.capacity * speed(spec.behaviour, first.limits.cpu)
    return found


def _serve(
    spec: ServiceSpec, offered: float, pods: Mapping[str, float], flows: Mapping[str, Flow], slow: float | None
) -> Flow:
    capacity = sum(pods.values())
    done = 1.0 if offered <= 0 and pods else min(capacity / offered, 1.0) if offered > 0 else 0.0
    latency = SLOWEST_MS if not capacity else _own_latency(spec, offered / capacity, slow)
    for called, each in spec.calls.items():
        done *= 1 - min(each, 1.0) * flows[called].failed
        latency += min(each, 1.0) * flows[called].latency_ms
    return Flow(offered, capacity, 1 - done, min(latency, SLOWEST_MS), len(pods))


def _own_latency(spec: ServiceSpec, load: float, slow: float | None) -> float:
    base = spec.behaviour.latency_ms if slow is None else slow
    return base / max(1 - min(load, 1.0), 0.02)
