"""``python -m tests.testbed``: a cluster to play with, until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import time
from typing import TYPE_CHECKING

from tests.testbed import aura
from tests.testbed.cluster import TestCluster
from tests.testbed.plane import build
from tests.testbed.population import churn
from tests.testbed.population.populate import Population, populate

if TYPE_CHECKING:
    from collections.abc import Sequence

_DECIDE_EVERY_SECONDS = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Start a cluster as asked, say how to use it, and keep it until the process is told to end."""
    options = _parser().parse_args(arguments)
    try:
        binaries = build.ensure_older_built() if options.older else build.ensure_built()
    except build.BuildError as error:
        print(f"testbed: {error}", file=sys.stderr)
        return 1
    if options.build_only:
        return 0
    # A plain `kill` shall stop the cluster as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), TestCluster(audit=options.audit, binaries=binaries) as cluster:
        _serve(cluster, options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.testbed", description=__doc__)
    parser.add_argument("--build-only", action="store_true", help="build the binaries and end")
    older = f"Kubernetes {build.OLDER_KUBERNETES_VERSION} instead of {build.KUBERNETES_VERSION}"
    parser.add_argument("--older", action="store_true", help=older)
    parser.add_argument("--aura", action="store_true", help="make the Aura night: production, ops-tools, the optimizer")
    parser.add_argument("--pods", type=int, default=0, metavar="N", help="populate with N pods in all states")
    parser.add_argument("--nodes", type=int, default=0, metavar="N", help="on N nodes (default: one for 200 pods)")
    parser.add_argument("--namespaces", type=int, default=0, metavar="N", help="in N namespaces (default: likewise)")
    parser.add_argument(
        "--churn", type=float, default=0, metavar="RATE", help="RATE pod changes a second (needs --pods)"
    )
    parser.add_argument("--events", type=float, default=0, metavar="RATE", help="RATE events a second (needs --pods)")
    parser.add_argument("--audit", action="store_true", help="keep an audit log (audit.log in the printed folder)")
    return parser


def _serve(cluster: TestCluster, options: argparse.Namespace) -> None:
    population = _populate(cluster, options) if options.pods else None
    world = aura.make_aura_world(cluster) if options.aura else None
    with contextlib.ExitStack() as streams:
        if population:
            for make, rate in ((churn.restarts, options.churn), (churn.events, options.events)):
                if rate:
                    streams.enter_context(
                        churn.Churn(cluster.store, make(population.running), rate, seconds=float("inf"))
                    )
        _explain(cluster, world)
        while True:
            time.sleep(_DECIDE_EVERY_SECONDS)
            if world:
                world = aura.follow(cluster, world)
                aura.log_decisions(world)


def _populate(cluster: TestCluster, options: argparse.Namespace) -> Population:
    population = populate(cluster, options.pods, nodes=options.nodes, namespaces=options.namespaces)
    print(f"{population.pods} pods made in {population.seconds:.0f} s", file=sys.stderr)
    return population


def _explain(cluster: TestCluster, world: aura.AuraWorld | None) -> None:
    kubectl = cluster.kubectl_command()[0]
    # The first line alone is for scripts.
    print(f"KUBECONFIG={cluster.admin_kubeconfig}", flush=True)
    print(f"\nexport KUBECONFIG={cluster.admin_kubeconfig}\n{kubectl} get pods -A", file=sys.stderr)
    if world:
        print(f"opsconsole --optimizer {world.ops}/{world.optimizer} --namespace {world.production}", file=sys.stderr)
    print(f"logs of the components: {cluster.directory}/*.log\nCtrl-C ends it and removes everything.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
