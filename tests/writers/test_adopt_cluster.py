"""A console that knew of no optimizer: a writer is found and made the optimizer of the session, on a real cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.governor.observed.attribution import GENERIC
from opsconsole.records import ClusterWriter, Kind, State
from opsconsole.settings import ClusterSettings, GpuSettings, JournalSettings, Settings, WriterSettings
from opsconsole.settings.sources import with_optimizer
from opsconsole.writers.candidates import candidates
from tests.testbed.cluster import TestCluster
from tests.writers.scene import deployment

PARTS = {"pods", "cluster", "decisions", "judges", "switches", "writers"}


@pytest.fixture
def core(cluster: TestCluster, tmp_path: Path) -> Iterator[Console]:
    settings = Settings(
        cluster=ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig)),
        gpu=GpuSettings(enabled=False),
        journal=JournalSettings(str(tmp_path)),
        writers=WriterSettings(audit_log=str(cluster.layout.audit_log)),
    )
    console = build_console(settings, only=PARTS)
    console.start()
    yield console
    console.stop()


def until(core: Console, what: str, holds: Callable[[], object], seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}; {core.store.health}"
        core.pump()
        time.sleep(0.05)


def test_a_writer_that_nobody_named_becomes_the_optimizer_and_the_switches_work_on_it(
    cluster: TestCluster, namespace: str, core: Console
) -> None:
    deployments = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": "brain"}})
    cluster.api.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        "metadata": {"name": f"brain-{namespace}"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "brain", "namespace": namespace}],
    })  # fmt: skip
    runner = deployment("nightly-tuner", 1)
    runner["spec"]["template"]["spec"]["serviceAccountName"] = "brain"  # type: ignore[index]
    cluster.api.post(deployments, runner)
    cluster.api.post(f"{deployments}?fieldManager=kubectl-create", deployment("web"))
    until(core, "the tuner's pod is there", lambda: any("nightly-tuner" in key for key in core.store.pods))
    until(core, "the API server tells who writes", lambda: state(core, "writers") is State.LIVE)
    assert state(core, "decisions") is State.ABSENT
    brain = cluster.service_account_api(namespace, "brain", user_agent="python-requests/2.32")
    brain.patch(f"{deployments}/web?fieldManager=kubectl-edit", {"spec": {"replicas": 5}})
    key = f"user system:serviceaccount:{namespace}:brain"
    until(core, "the writer is known", lambda: key in core.store.table(Kind.WRITER))

    found = core.store.table(Kind.WRITER)[key]
    assert isinstance(found, ClusterWriter)
    (candidate,) = candidates(
        found, core.store.pods.values(), core.store.workloads, core.settings.writers, GENERIC
    )  # fmt: skip
    assert candidate.known
    assert candidate.entry.workloads == (f"Deployment/{namespace}/nightly-tuner",)
    assert core.adopt is not None
    core.adopt(with_optimizer(core.settings, candidate.entry))

    assert core.switchboard is not None
    revoke, delete = (core.switchboard.make_plan(name) for name in ("revoke", "optimizer"))
    assert any(step.target.name == f"brain-{namespace}" for step in revoke.steps)
    assert any(step.target.name == "nightly-tuner" for step in delete.steps)
    until(core, "its log is read", lambda: state(core, "decisions") is not State.ABSENT)
    cluster.api.delete(f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/brain-{namespace}")


def state(core: Console, feed: str) -> State | None:
    health = core.store.health.get(feed)
    return health.state if health is not None else None
