"""``make bench``: start, memory, load and traffic of the console, beside kubectl on the same server in the same run.

The figures are of this machine and this moment; the ratios are what to trust. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from scripts.bench import fleet, governing, keys, measure, reading, screen
from scripts.bench.table import Row, print_table
from tests.testbed.cluster import TestCluster
from tests.testbed.population import churn
from tests.testbed.population.populate import Population, populate

if TYPE_CHECKING:
    from pathlib import Path

BUSY = "write in etcd → cell, 1,000 changes a second"
KEYS = "key → request on the wire, events flooding, terminal at 20 KB/s"


def main() -> None:
    """Measure as asked and print one table for each size of cluster."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    parser.add_argument("--pods", type=int, nargs="+", default=[10_000], help="sizes of cluster (also 50000)")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each start; the median is shown")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each measurement of a running console")
    parser.add_argument("--reading", action="store_true", help="measure the reading of logs alone, without a cluster")
    parser.add_argument("--governing", action="store_true", help="measure the freeze and the guard alone")
    parser.add_argument("--fleet", type=int, nargs="?", const=200, metavar="NODES", help="measure GPU nodes alone")
    options = parser.parse_args()
    if options.fleet:
        print_table("GPU nodes", fleet.rows(options.fleet))
        return
    if options.governing:
        _govern(options.pods, options.seconds)
        return
    print_table("decision stream", reading.rows())
    for pods in () if options.reading else options.pods:
        with TestCluster(audit=True) as cluster:
            population = populate(cluster, pods)
            rows = _measure(cluster, population, options.rounds, options.seconds)
            print_table(f"{pods:,} pods, 200×50, medians of {options.rounds}", rows)


def _govern(sizes: Sequence[int], seconds: float) -> None:
    with TestCluster(audit=True) as cluster:
        print_table("freeze and guard", governing.rows(cluster))
        for pods in sizes:
            populate(cluster, pods)
            print_table(f"guard, {pods:,} pods", governing.guard_at_rest(cluster, pods, 3 * seconds))


def _measure(cluster: TestCluster, population: Population, rounds: int, seconds: float) -> Iterator[Row]:
    kubeconfig, pods = cluster.admin_kubeconfig, population.pods
    yield from _starts(cluster, kubeconfig, pods, rounds)
    rest, peak = measure.console_rest(kubeconfig, pods, 2 * seconds)
    yield Row("CPU at rest, live watch", f"{rest.cpu_percent:.1f} % of a core", "≤ 2 %")
    yield Row("bytes to the terminal at rest", f"{rest.bytes_per_second:.0f} B/s", "≤ 150 B/s")
    yield Row("peak memory, process tree", f"{peak:.0f} MB", "≤ 80 MB" if pods <= 10_000 else "≤ 130 MB")
    yield from _live(cluster, population, seconds)
    # What else listens would take the cores that the API server needs for so many changes.
    for name in ("kwok", "kube-scheduler", "kube-controller-manager"):
        cluster.component(name).pause()
    yield _tried(BUSY, lambda: _busy(cluster, population))
    for rate in (1000, 3000):
        yield _tried(f"at {rate:,} pod changes a second", partial(_churned, cluster, population, rate, seconds))
    yield _tried(KEYS, lambda: _keys(cluster, population))


def _tried(name: str, measurement: Callable[[], Row]) -> Row:
    """The row; where what was waited for did not come in time, one that says so: the others are worth as much."""
    try:
        return measurement()
    except TimeoutError as error:
        return Row(name, f"not measured: {str(error).splitlines()[0]}", "")


def _starts(cluster: TestCluster, kubeconfig: Path, pods: int, rounds: int) -> Iterator[Row]:
    imports, starts, peers = [], [], []
    last = _last_pod(cluster)
    for _ in range(rounds):
        imports.append(measure.text_import())
        starts.append(measure.console_start(kubeconfig, pods, ""))
        peers.append(measure.kubectl_get(cluster.kubectl_command(), kubeconfig, last))
    base, kubectl = sorted(imports)[rounds // 2], sorted(peers)[rounds // 2]
    middle = measure.Start(*(sorted(column)[rounds // 2] for column in zip(*starts, strict=True)))
    yield Row("import of textual alone", f"{base * 1000:.0f} ms", "")
    yield Row(
        "start → first frame", f"{middle.frame * 1000:.0f} ms", f"{middle.frame / base:.2f} × the import (≤ 1.15)"
    )
    yield Row("start → first rows", f"{middle.rows * 1000:.0f} ms", "≤ 400 ms")
    faster = f"kubectl takes {kubectl[0] / middle.everything:.1f} ×"
    rows, records = ("≤ 600 ms", "≤ 1,500 ms") if pods <= 10_000 else ("≤ 1,500 ms", "≤ 7,000 ms")
    yield Row("start → all pods on the screen", f"{middle.everything * 1000:.0f} ms", f"{faster} ({rows})")
    yield Row("start → full records behind them", f"{middle.records * 1000:.0f} ms", records)
    yield Row("CPU until then, process tree", f"{middle.cpu:.2f} s", "")
    yield Row("kubectl get pods -A", f"{kubectl[0] * 1000:.0f} ms, {kubectl[1]:.0f} MB", "")


def _live(cluster: TestCluster, population: Population, seconds: float, times: int = 30) -> Iterator[Row]:
    kubeconfig, store = cluster.admin_kubeconfig, cluster.store
    listing = screen.key_to_cursor_while_listing(kubeconfig, population.pods)
    yield Row("key → cursor, from the first rows to the last record", _spread(listing), "stall ≤ 50 ms")
    with screen.live_console(kubeconfig, population.pods) as terminal:
        yield Row("key → cursor, steady", _spread(screen.key_to_cursor(terminal, times)), "stall ≤ 20 ms")
        quiet = screen.event_to_cell(terminal, store, population, times)
        yield Row("write in etcd → cell, quiet", _spread(quiet), "≤ 10 ms of ours")
        cells = screen.visible_cells(terminal, store, population, 100, seconds)
        yield Row("bytes to the terminal, 100 visible cells a second", f"{cells / 1000:.1f} KB/s", "≤ 10 KB/s")


def _busy(cluster: TestCluster, population: Population, times: int = 30) -> Row:
    with (
        _churn(cluster, population, 1000),
        screen.live_console(cluster.admin_kubeconfig, population.pods) as terminal,
    ):
        found = screen.event_to_cell(terminal, cluster.store, population, times)
    return Row(BUSY, _spread(found), "p99 ≤ 100 ms")


def _churn(cluster: TestCluster, population: Population, rate: float) -> churn.Churn:
    changes = churn.restarts(population.running[1:])
    return churn.Churn(cluster.store, changes, rate, seconds=900, together=50)


def _spread(seconds: list[float]) -> str:
    middle, worst = seconds[len(seconds) // 2], seconds[-1]
    return f"median {1000 * middle:.0f} ms, worst of {len(seconds)} {1000 * worst:.0f} ms"


def _last_pod(cluster: TestCluster) -> str:
    """The name of the pod that kubectl prints last: the last namespace's last pod."""
    namespaces = cluster.api.get("/api/v1/namespaces")["items"]
    for namespace in sorted((item["metadata"]["name"] for item in namespaces), reverse=True):
        if pods := cluster.pods(namespace):
            return str(pods[-1]["metadata"]["name"])
    raise RuntimeError("there is no pod to measure")


def _keys(cluster: TestCluster, population: Population, presses: int = 30) -> Row:
    """A kill switch's key under a flood of events and a terminal that takes 20 KB/s."""
    flood = churn.events(population.running)
    with churn.Churn(cluster.store, flood, 3000, seconds=600, together=50):
        times = keys.key_to_wire(cluster, measure.CONSOLE, presses)
    return Row(KEYS, _spread(times), "p99 ≤ 100 ms")


def _churned(cluster: TestCluster, population: Population, rate: int, seconds: float) -> Row:
    """CPU of the console while ``rate`` pods a second change."""
    with (
        _churn(cluster, population, rate),
        screen.live_console(cluster.admin_kubeconfig, population.pods) as terminal,
    ):
        before, begun = _sent(cluster), time.monotonic()
        used = terminal.use(seconds)
        came = (_sent(cluster) - before) / (time.monotonic() - begun)
    goal = "≤ 10 %" if rate <= 1000 else "≤ 15 %"
    words = f"{used.cpu_percent:.1f} % of a core, {used.bytes_per_second / 1000:.1f} KB/s"
    return Row(f"at {rate:,} pod changes a second ({came:,.0f} came through the API server)", words, goal)


def _sent(cluster: TestCluster) -> float:
    """How many pod changes the API server has taken in for its watches so far."""
    command = [*cluster.kubectl_command(), "get", "--raw", "/metrics"]
    environment = {**os.environ, "KUBECONFIG": str(cluster.admin_kubeconfig)}
    text = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    found = re.search(r'^apiserver_watch_cache_events_received_total\{group="",resource="pods"\} (\S+)$', text, re.M)
    return float(found[1]) if found else math.nan


if __name__ == "__main__":
    main()
