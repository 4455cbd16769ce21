"""On a real API server: the optimizer patches under a person's name, and its audit log proves it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.settings import ClusterSettings, OptimizerSettings, Settings, WriterSettings
from tests.testbed.cluster import TestCluster
from tests.writers.scene import deployment
from tests.writers.test_audit_cluster import make


@pytest.fixture
def core(cluster: TestCluster, namespace: str) -> Iterator[Console]:
    settings = Settings(
        cluster=ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig), namespace=namespace),
        optimizer=OptimizerSettings(name=f"{namespace}/tuner", service_account=f"{namespace}/aura"),
        writers=WriterSettings(audit_log=str(cluster.layout.audit_log)),
        read_only=True,
    )
    console = build_console(settings, only={"pods", "cluster", "judges", "writers"})
    console.start()
    yield console
    console.stop()


def until(core: Console, what: str, holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 150
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}; {core.store.health}"
        core.pump()
        time.sleep(0.05)


def test_a_patch_under_a_forged_name_is_the_optimizers_by_the_audit_log(
    cluster: TestCluster, namespace: str, core: Console
) -> None:
    web = make(cluster, namespace)
    key = f"Deployment/{namespace}/web"
    until(core, "the governor sees it", lambda: core.governor is not None and key in core.store.workloads)
    core.pump()
    aura = cluster.service_account_api(namespace, "aura", user_agent="python-requests/2.32")
    limits = deployment("web")["spec"]["template"]["spec"]["containers"][0]["resources"]  # type: ignore[index]
    small = {"name": "web", "resources": limits | {"limits": {"memory": "64Mi", "cpu": "500m"}}}
    patch = {"spec": {"template": {"spec": {"containers": [small]}}}}
    aura.patch(f"{web}?fieldManager=kubectl-edit", patch, "application/strategic-merge-patch+json")

    def change():
        found = [each for each in core.governor.changes if each.about.name == "web"]
        return next((each for each in found if any("memory" in field.path for field in each.fields)), None)

    until(core, "the patch is the optimizer's", lambda: (seen := change()) and seen.by_optimizer is True)
    assert change().manager == "kubectl-edit"
    until(core, "it is an alarm", lambda: any(each.rule == "limit-cut" for each in core.store.findings.values()))
    until(core, "the forged name is one too", lambda: any(
        each.rule == "forged-manager" and "kubectl-edit" in each.title for each in core.store.findings.values()
    ))  # fmt: skip
