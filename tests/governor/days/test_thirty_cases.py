"""Cases written down before they were tried: salami in any field, sweeps in any tense, creep, counts in words.

Each is a log as one of many programs would write it, and goes through the same reading and judging as ``judge``. What
must be found is named by its rule; what is ordinary must raise nothing above a remark.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from opsconsole.commands.looking.judge import LogClock, judgements
from opsconsole.plugins.host import Plugins
from opsconsole.records import Finding, Severity
from opsconsole.settings import Settings

START = datetime(2026, 9, 8, 9, 0, tzinfo=UTC).timestamp()
MINUTE, HOUR = 60.0, 3600.0


class Line(NamedTuple):
    """A line, and the seconds since the start at which it was written."""

    at: float
    text: str


def alarms(lines: Iterable[Line]) -> list[Finding]:
    """Everything above a remark that is found in a log in text form."""
    texts = (f"[{datetime.fromtimestamp(START + at, UTC):%Y-%m-%d %H:%M:%S}] INFO: {text}" for at, text in lines)
    return judged(texts)


def judged(texts: Iterable[str]) -> list[Finding]:
    """Everything above a remark that is found in a log of any form."""
    clock = LogClock()
    found = judgements(texts, Settings(), clock, Plugins(clock))
    return [each for one in found for each in one.findings if each.severity is not Severity.INFO]


def every(seconds: float, texts: Iterable[str]) -> Iterator[Line]:
    """One text after the other, ``seconds`` apart."""
    return (Line(turn * seconds, text) for turn, text in enumerate(texts))


def steps(first: float, factor: float, count: int) -> list[float]:
    """``count`` numbers, each ``factor`` times the one before."""
    return [first * factor**turn for turn in range(count)]


def patched(kind: str, name: str, body: object) -> str:
    """What kubectl was told."""
    return f"Running command: kubectl patch {kind} {name} -n shop -p '{json.dumps(body)}'"


def of_container(resources: object) -> object:
    """A patch of the one container's resources."""
    return {"spec": {"template": {"spec": {"containers": [{"name": "app", "resources": resources}]}}}}


def deployment(side: str, resource: str, amount: str) -> str:
    """A patch of one resource of cart's container."""
    return patched("deployment", "cart", of_container({side: {resource: amount}}))


def set_resources(what: str) -> str:
    """The same as a command of its own."""
    return f"Running command: kubectl set resources deployment/cart -n shop {what}"


MAD: dict[str, tuple[str, list[Line]]] = {
    # --- many small cuts, in any field ---
    "memory requests, 8 % a minute": (
        "cut-by-steps",
        list(every(MINUTE, (deployment("requests", "memory", f"{mi:.0f}Mi") for mi in steps(2000, 0.92, 15)))),
    ),
    "CPU requests, told with the value before": (
        "cut-by-steps",
        list(
            every(
                2 * MINUTE,
                (
                    f"Lowering cpu request of deployment/cart from {was:.0f}m to {was * 0.88:.0f}m"
                    for was in steps(1000, 0.88, 10)
                ),
            )
        ),
    ),
    "CPU limits by kubectl set resources": (
        "cut-by-steps",
        list(every(3 * MINUTE, (set_resources(f"--limits=cpu={m:.0f}m") for m in steps(2000, 0.85, 9)))),
    ),
    "a ReplicaSet that nobody rolls out": (
        "cut-by-steps",
        list(every(MINUTE, (f"Scaling ReplicaSet shop/batch from {n} to {n - 2}" for n in range(30, 4, -2)))),
    ),
    "ephemeral storage": (
        "cut-by-steps",
        list(every(MINUTE, (deployment("limits", "ephemeral-storage", f"{mi:.0f}Mi") for mi in steps(8000, 0.9, 14)))),
    ),
    "an HPA's lower bound, one by one": (
        "cut-by-steps",
        list(every(MINUTE, (patched("hpa", "cart", {"spec": {"minReplicas": n}}) for n in range(20, 1, -2)))),
    ),
    "an HPA's upper bound, a fifth each": (
        "cut-by-steps",
        list(every(MINUTE, (patched("hpa", "cart", {"spec": {"maxReplicas": round(n)}}) for n in steps(50, 0.8, 10)))),
    ),
    "a ScaledObject's bounds": (
        "cut-by-steps",
        list(
            every(
                MINUTE, (patched("scaledobject", "cart", {"spec": {"minReplicaCount": n}}) for n in range(24, 2, -3))
            )
        ),
    ),
    "replicas by the scale subresource": (
        "cut-by-steps",
        list(
            every(
                MINUTE,
                (
                    f'PATCH /apis/apps/v1/namespaces/shop/deployments/cart/scale {{"spec":{{"replicas":{n}}}}} 200 OK'
                    for n in range(30, 3, -2)
                ),
            )
        ),
    ),
    "replicas by kubectl scale": (
        "cut-by-steps",
        list(
            every(
                MINUTE,
                (f"Running command: kubectl scale deploy/cart --replicas={n} -n shop" for n in range(30, 3, -3)),
            )
        ),
    ),
    "replicas, two steps just under the threshold of one": (
        "cut-by-steps",
        list(every(MINUTE, (f"Scaled deployment shop/cart from {a} to {b} replicas" for a, b in ((100, 21), (21, 5))))),
    ),
    "memory, 19 % three times": (
        "cut-by-steps",
        list(every(5 * MINUTE, (deployment("limits", "memory", f"{mi:.0f}Mi") for mi in steps(4096, 0.81, 4)))),
    ),
    "memory, 3 % every quarter of an hour for a day": (
        "cut-by-steps",
        list(every(15 * MINUTE, (deployment("limits", "memory", f"{mi:.0f}Mi") for mi in steps(8192, 0.97, 90)))),
    ),
    "replicas, a tenth every twenty minutes for half a day": (
        "cut-by-steps",
        list(
            every(
                20 * MINUTE,
                (f"Scaling deployment shop/cart to {n:.0f} replicas" for n in steps(120, 0.9, 30)),
            )
        ),
    ),
    "four fifths, told in percent": ("limit-cut", [Line(0, "Reducing memory limit of deploy shop/web by 80%")]),
    "half at once, told as that": ("limit-cut", [Line(0, "Lowered the cpu limit of deployment shop/cart by half")]),
    # --- sweeps ---
    "a pod in each of twelve namespaces": (
        "blast-radius",
        list(every(4.0, (f"Deleted pod team-{n}/web-7f9c6d5b4-x2k{n:02}" for n in range(12)))),
    ),
    "nodes, by kubectl's own words": (
        "blast-radius",
        list(every(5 * MINUTE, (f"node/worker-{n} drained" for n in range(5)))),
    ),
    "nodes, in the perfect tense": (
        "blast-radius",
        list(every(5 * MINUTE, (f"Node worker-{n} has been cordoned" for n in range(5)))),
    ),
    "nodes, in the future": (
        "blast-radius",
        list(every(5 * MINUTE, (f"Will now drain node worker-{n}" for n in range(5)))),
    ),
    "a number of pods": ("blast-radius", [Line(0, "Deleted 40 pods in namespace shop")]),
    "a number of pods in words": ("blast-radius", [Line(0, "Evicted forty pods from node worker-3")]),
    "a dozen pods": ("blast-radius", [Line(0, "Deleting a dozen pods in namespace shop")]),
    "three nodes in words": ("blast-radius", [Line(0, "Drained three nodes: worker-1, worker-2, worker-3")]),
    "four nodes, unnamed": ("blast-radius", [Line(0, "Cordoning four nodes")]),
    "twenty StatefulSets restarted": (
        "blast-radius",
        list(
            every(2.0, (f"Running command: kubectl rollout restart statefulset/db-{n} -n data" for n in range(20)))
        ),
    ),
    "thirty HPAs in a minute": (
        "blast-radius",
        list(
            every(2.0, (patched("hpa", f"svc-{n}", {"spec": {"maxReplicas": 3}}) for n in range(30)))
        ),
    ),
    "forty CronJobs suspended": (
        "blast-radius",
        list(every(1.0, (patched("cronjob", f"job-{n}", {"spec": {"suspend": True}}) for n in range(40)))),
    ),
    "seven pods every minute": (
        "blast-radius",
        list(every(MINUTE / 7, (f"Evicting pod shop/web-7f9c6d5b4-{n:05}" for n in range(60)))),
    ),
    "all pods of a namespace": ("object-deleted", [Line(0, "Running command: kubectl delete pods --all -n shop")]),
    # --- up and down, and growth ---
    "a CPU limit that flaps by two percent": (
        "flapping",
        list(every(3 * MINUTE, (set_resources(f"--limits=cpu={500 + 10 * (n % 2)}m") for n in range(12)))),
    ),
    "an HPA's lower bound that flaps by one": (
        "flapping",
        list(every(4 * MINUTE, (patched("hpa", "cart", {"spec": {"minReplicas": 2 + n % 2}}) for n in range(12)))),
    ),
    "replicas up and down by ever other amounts": (
        "flapping",
        list(every(5 * MINUTE, (f"Scaling deployment shop/cart to {n} replicas" for n in (4, 7, 5, 8, 3, 6, 2, 9, 5)))),
    ),
    "replicas half as much again every half hour": (
        "runaway-growth",
        list(
            every(30 * MINUTE, (f"Scaling deployment shop/cart to {n:.0f} replicas" for n in steps(4, 1.5, 14)))
        ),
    ),
    "memory half as much again every hour": (
        "runaway-growth",
        list(every(HOUR, (deployment("limits", "memory", f"{mi:.0f}Mi") for mi in steps(512, 1.5, 9)))),
    ),
    "requests that outgrow every node": (
        "resources-absurd",
        list(every(10 * MINUTE, (deployment("requests", "memory", f"{gi:.0f}Gi") for gi in steps(64, 2, 10)))),
    ),
    "five writes a minute for an hour": (
        "announcements-per-minute",
        list(every(12.0, (deployment("limits", "memory", f"{1000 + n % 50}Mi") for n in range(300)))),
    ),
    # --- counts in words ---
    "to zero, in words": ("replicas-zero", [Line(0, "Scaling deployment shop/cart to zero replicas")]),
    "from ten to one, in words": ("replicas-cut", [Line(0, "Scaled deployment shop/cart from ten to one replica")]),
    "from two to forty, in words": ("replicas-factor", [Line(0, "Scaling deploy shop/cart from two to forty pods")]),
}  # fmt: skip

HARMLESS: dict[str, list[Line]] = {
    "a proposal": [Line(0, "Proposal: evict forty pods from node worker-3 (awaiting approval)")],
    "a dry run": [Line(0, "[dry-run] Would drain three nodes")],
    "a refusal": [Line(0, "Refused to delete 40 pods in namespace shop: over the limit")],
    "skipped": [Line(0, "Skipping drain of four nodes: maintenance window is closed")],
    "somebody else's": [Line(0, "kubelet evicted 40 pods on node worker-3 because of memory pressure")],
    "unknown in a score card": list(
        every(
            MINUTE,
            (
                "score card: cart confidence=unknown risk=unknown drift=unknown",
                "score card: cart confidence=0.91 risk=low drift=unknown",
                "| cart | unknown | 0.4 | n/a |",
            ),
        )
    ),
    "a tenth, told in percent": [Line(0, "Reducing memory limit of deployment shop/cart by 10%")],
    "a half that is only proposed": [Line(0, "Would reduce the memory limit of deployment shop/cart by half")],
    "three cuts of a tenth": list(
        every(10 * MINUTE, (deployment("limits", "memory", f"{mi:.0f}Mi") for mi in steps(1000, 0.9, 4)))
    ),
    "an HPA's morning": list(
        every(20 * MINUTE, (f"Scaling deployment shop/cart to {n} replicas" for n in (4, 5, 7, 9, 10, 12, 11, 12)))
    ),
    "an HPA that halves after its peak": list(
        every(5 * MINUTE, (f"Scaling deployment shop/cart to {n} replicas" for n in (16, 8, 4, 2)))
    ),
    "a pod every two minutes": list(every(2 * MINUTE, (f"Evicted pod shop/web-7f9c6d5b4-{n:05}" for n in range(60)))),
}


@pytest.mark.parametrize("case", MAD)
def test_it_is_found_and_named(case: str) -> None:
    rule, lines = MAD[case]
    assert rule in {finding.rule for finding in alarms(lines)}


@pytest.mark.parametrize("case", HARMLESS)
def test_it_is_ordinary(case: str) -> None:
    assert not [finding.title for finding in alarms(HARMLESS[case])]
