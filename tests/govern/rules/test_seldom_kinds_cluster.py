"""Kinds of Kubernetes that an API server serves only when it is told to: the rules hold for them as well.

A cluster of its own serves them. Each write is a dry run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from opsconsole.cluster.transport import paths
from opsconsole.govern.governor import Wanted, manifests, parameter
from opsconsole.govern.identities import Identities
from tests.govern.conftest import PARAMETER, refused
from tests.govern.rules.evasions.world import Trying
from tests.govern.rules.evasions.writes import Object
from tests.support.waiting import eventually
from tests.testbed import objects
from tests.testbed.cluster import TestCluster
from tests.testbed.plane import build
from tests.testbed.plane.certificates import CertificateAuthority

Write = Callable[[Trying], object]

pytestmark = pytest.mark.cluster

GATES = ("CoordinatedLeaderElection", "ClusterTrustBundle", "DRADeviceTaints", "DRADeviceTaintRules",
         "StorageVersionMigrator", "GenericWorkload", "GangScheduling")  # fmt: skip
SERVED = ("coordination.k8s.io/v1beta1", "certificates.k8s.io/v1beta1", "resource.k8s.io/v1beta2",
          "storagemigration.k8s.io/v1beta1", "scheduling.k8s.io/v1alpha2")  # fmt: skip


class Seldom(NamedTuple):
    """A kind, where it is, an object of it, and the rules that refuse making, changing and deleting it."""

    group: str
    plural: str
    body: Object
    made: str
    changed: str
    deleted: str

    @property
    def place(self) -> str:
        version = next(each for each in SERVED if each.startswith(f"{self.group}/"))
        space = "" if self.plural in BOUNDLESS else "/namespaces/default"
        return f"/apis/{version}{space}/{self.plural}"


BOUNDLESS = ("devicetaintrules", "storageversionmigrations", "clustertrustbundles")
TAINT = {"taint": {"key": "example.com/k", "effect": "NoExecute"}, "deviceSelector": {"driver": "example.com"}}
CANDIDATE = {
    "leaseName": "kube-scheduler",
    "binaryVersion": "9.9.9",
    "emulationVersion": "9.9.9",
    "strategy": "OldestEmulationVersion",
    # Without it the API server takes the candidate for one that left, and deletes it as soon as it looks.
    "renewTime": "2099-01-01T00:00:00.000000Z",
}

KINDS = [
    Seldom("resource.k8s.io", "devicetaintrules", TAINT, "escapes", "escapes", "escapes"),
    Seldom("coordination.k8s.io", "leasecandidates", CANDIDATE, "escapes", "escapes", "escapes"),
    Seldom("storagemigration.k8s.io", "storageversionmigrations", {
        "resource": {"group": "", "resource": "pods"}}, "escapes", "escapes", "escapes"),
    Seldom("certificates.k8s.io", "clustertrustbundles", {
        "trustBundle": CertificateAuthority().certificate.decode()}, "escapes", "escapes", "deletes"),
    Seldom("scheduling.k8s.io", "podgroups", {
        "schedulingPolicy": {"gang": {"minCount": 4}}}, "", "", "deletes"),
]  # fmt: skip


@pytest.fixture(scope="module")
def serving() -> Iterator[TestCluster]:
    if build.instead():
        pytest.skip("these kinds and feature gates are those of the test bed's own version")
    gates, served = (",".join(f"{each}=true" for each in names) for names in (GATES, SERVED))
    arguments = (f"--feature-gates={gates}", f"--runtime-config={served}")
    with TestCluster(nodes=1, audit=False, api_arguments=arguments) as running:
        yield running


@pytest.fixture(scope="module")
def writers(serving: TestCluster) -> tuple[Trying, Trying]:
    """The governed, who may do everything by RBAC, and a person; the rules are in force."""
    api = serving.api
    api.post("/api/v1/namespaces/default/serviceaccounts", objects.service_account("aura"))
    api.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        "metadata": {"name": "aura"}, "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}, "subjects": [
            {"kind": "ServiceAccount", "name": "aura", "namespace": "default"}]})  # fmt: skip
    for each in KINDS:
        api.post(each.place, named(each, "kept"))
    api.patch(PARAMETER, {"metadata": {"annotations": parameter()["metadata"]["annotations"]}})
    governed = Identities(("system:serviceaccount:default:aura",))
    for body in manifests(Wanted(governed, "opsconsole", "sre-approvers")):
        api.post(paths.collection(*paths.API_KINDS[body["kind"]]), body)
    aura = Trying(serving.service_account_api("default", "aura"))
    eventually(lambda: "opsconsole: " in refused(lambda: remove(KINDS[0])(aura)), "the rules are in force", 60)
    eventually(lambda: all(_is_judged(aura, each) for each in KINDS if each.made), "all of them are", 60)
    return aura, Trying(serving.user_api("ann", ["system:masters"]))


def _is_judged(api: Trying, each: Seldom) -> bool:
    """Whether the rule is in force by which this kind may not be made: the API server learns of each by itself."""
    words = refused(lambda: api.post(f"{each.place}?dryRun=All", named(each, "probe")))
    return f"opsconsole: {each.made}:" in words


def named(each: Seldom, name: str) -> Object:
    return {"metadata": {"name": name}, "spec": each.body}


def make(each: Seldom) -> Write:
    return lambda api: api.post(each.place, named(each, "new"))


def change(each: Seldom) -> Write:
    return lambda api: api.patch(f"{each.place}/kept", {"metadata": {"labels": {"seen": "yes"}}})


def remove(each: Seldom) -> Write:
    return lambda api: api.delete(f"{each.place}/kept")


@pytest.mark.parametrize("each", KINDS, ids=lambda each: each.plural)
def test_what_few_clusters_serve_is_refused_the_governed_by_its_rule_and_nobody_else(
    writers: tuple[Trying, Trying], each: Seldom
) -> None:
    aura, ann = writers
    for write, rule in ((make(each), each.made), (change(each), each.changed), (remove(each), each.deleted)):
        words = refused(lambda: write(aura))  # noqa: B023 - called at once
        assert f"opsconsole: {rule}:" in words if rule else words == ""
        assert refused(lambda: write(ann)) == ""  # noqa: B023 - called at once
