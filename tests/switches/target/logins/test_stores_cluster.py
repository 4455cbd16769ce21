"""Logins from outside the cluster: a store's secrets in a pod, and whom a cloud takes it for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import RequestWords, from_status
from opsconsole.containment import exit_code
from opsconsole.records import Ref
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.target.acts_as.clouds import NodeClouds
from opsconsole.switches.target.facts import OptimizerFacts, PodFact
from opsconsole.switches.target.workloads.wire import PodShape, pod_fact
from tests.switches.conftest import ACCOUNT, BoardMaker, details, run, settings_for
from tests.switches.delete.test_optimizer_cluster import make, selector, template
from tests.switches.rbac import Rbac
from tests.switches.target.logins.test_acts_as_cluster import may_as

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]


def by_csi(driver: str) -> Object:
    return {"volumes": [{"name": "given", "csi": {"driver": driver, "readOnly": True}}]}


def projected(**source: Object) -> Object:
    return {"volumes": [{"name": "given", "projected": {"sources": [source]}}]}


def token_for(audience: str = "") -> Object:
    return projected(serviceAccountToken={"path": "token", **({"audience": audience} if audience else {})})


def variable(name: str, value: str = "", **source: Object) -> Object:
    given = {"valueFrom": source} if source else {"value": value}
    return {"containers": [{"name": "main", "image": "registry.example/aura:1", "env": [{"name": name, **given}]}]}


def runs_image(image: str) -> Object:
    return {"containers": [{"name": "main", "image": image}]}


OPEN: list[tuple[Object, str]] = [
    (by_csi("secrets-store.csi.k8s.io"), "is filled by CSI driver secrets-store.csi.k8s.io"),
    (by_csi("csi.spiffe.io"), "CSI driver csi.spiffe.io"),
    (by_csi("csi.sharedresource.openshift.io"), "CSI driver csi.sharedresource.openshift.io"),
    (by_csi("csi.cert-manager.io"), "CSI driver csi.cert-manager.io"),
    (by_csi("csi.nobody-knows.example"), "CSI driver csi.nobody-knows.example"),
    ({"volumes": [{"name": "given", "flexVolume": {"driver": "azure/kv"}}]}, "FlexVolume driver azure/kv"),
    (token_for("sts.amazonaws.com"), "has a token for sts.amazonaws.com"),
    (token_for("pods.eks.amazonaws.com"), "has a token for pods.eks.amazonaws.com"),
    (token_for("api://AzureADTokenExchange"), "has a token for api://AzureADTokenExchange"),
    (token_for("vault"), "has a token for vault"),
    (
        projected(podCertificate={"signerName": "corp.example/admins", "keyType": "ED25519"}),
        "signer corp.example/admins",
    ),
    (projected(somethingNew={"name": "x"}), "a source of a kind that is not known here"),
    (variable("AWS_ROLE_ARN", "arn:aws:iam::1:role/x"), "logs in at a cloud or a store by AWS_ROLE_ARN"),
    (variable("GOOGLE_APPLICATION_CREDENTIALS", "/x.json"), "by GOOGLE_APPLICATION_CREDENTIALS"),
    (variable("AZURE_CLIENT_SECRET", secretKeyRef={"name": "s", "key": "k"}), "by AZURE_CLIENT_SECRET"),
    (variable("VAULT_ADDR", "https://vault:8200"), "by VAULT_ADDR"),
    (variable("KEY", "vault:secret/data/ops#KUBECONFIG"), "gets a store's secret in variable KEY"),
    (variable("KEY", "op://ops/cluster/kubeconfig"), "gets a store's secret in variable KEY"),
    (variable("KEY", "arn:aws:secretsmanager:eu-west-1:1:secret:x"), "gets a store's secret in variable KEY"),
    (runs_image("hashicorp/vault:1.15"), "container main (vault) fetches from a store"),
    (runs_image("localhost:5000/cyberark/secrets-provider-for-k8s@sha256:" + "0" * 64), "(secrets-provider-for-k8s)"),
    ({"annotations": {"vault.hashicorp.com/agent-inject": "true"}}, "annotation vault.hashicorp.com/agent-inject"),
    ({"annotations": {"vault.security.banzaicloud.io/vault-role": "aura"}}, "vault.security.banzaicloud.io/vault-role"),
    ({"annotations": {"operator.1password.io/inject": "main"}}, "operator.1password.io/inject"),
    ({"annotations": {"conjur.org/inject": "true"}}, "conjur.org/inject"),
    ({"annotations": {"akeyless/enabled": "true"}}, "akeyless/enabled"),
    ({"annotations": {"iam.amazonaws.com/role": "ops-admin"}}, "iam.amazonaws.com/role"),
    ({"annotations": {"secrets.k8s.aws/sidecarInjectorWebhook": "enabled"}}, "secrets.k8s.aws"),
]
"""What gives a pod somebody else's login, each standing for its kind."""

CLOSED: list[Object] = [
    by_csi("nfs.csi.k8s.io"),
    by_csi("gcsfuse.csi.storage.gke.io"),
    token_for(),
    token_for("https://kubernetes.default.svc.cluster.local"),
    token_for("https://kubernetes.default.svc"),
    token_for("istio-ca"),
    projected(podCertificate={"signerName": "kubernetes.io/kube-apiserver-client-pod", "keyType": "ED25519"}),
    projected(downwardAPI={"items": []}),
    projected(clusterTrustBundle={"name": "x", "path": "y"}),
    projected(configMap={"name": "kube-root-ca.crt"}),
    projected(secret={"name": "x"}),
    variable("AWS_REGION", "eu-west-1"),
    variable("UPSTREAM", "vault:8200"),
    variable("NOTE", "projects/aura"),
    runs_image("registry.example/aura:1"),
    runs_image("registry.example/vaulting:1"),
    runs_image("vault.example/aura:1"),
    {"annotations": {"vault.hashicorp.com/agent-inject": "false", "vault.hashicorp.com/role": "aura"}},
    {"annotations": {"checksum/vault": "abc", "checksum/secret": "abc", "secret.reloader.stakater.com/reload": "x"}},
    {"annotations": {"sidecar.istio.io/inject": "true", "prometheus.io/scrape": "true"}},
]


def told(given: Object) -> tuple[str, ...]:
    given = dict(given)
    annotations = given.pop("annotations", {})
    body = {"metadata": {"name": "aura", "namespace": "ops", "annotations": annotations}, "spec": given}
    return pod_fact(msgspec.json.decode(msgspec.json.encode(body), type=PodShape)).logins


@pytest.mark.parametrize(("given", "words"), OPEN)
def test_what_a_pod_has_from_a_store_or_a_cloud_is_told(given: Object, words: str) -> None:
    (found,) = told(given)
    assert words in found


@pytest.mark.parametrize("given", CLOSED)
def test_what_is_its_own_or_plain_data_is_no_login(given: Object) -> None:
    assert told(given) == ()


class Node:
    """Answers with a node of this ``providerID``, or refuses to; ``others``: of the further nodes, if it lists any."""

    def __init__(self, provider: str | None, others: tuple[str, ...] | None = ()) -> None:
        self._provider = provider
        self._others = others

    def request(self, _method: str, path: str, **_options: object) -> bytes:
        if self._provider is None:
            raise from_status(403, b"", RequestWords("GET", path))
        if not path.endswith("/nodes"):
            return json.dumps(self._node("n", self._provider)).encode()
        if self._others is None:
            raise from_status(403, b"", RequestWords("GET", path))
        nodes = [self._node(f"n{number}", each) for number, each in enumerate([self._provider, *self._others])]
        return json.dumps({"kind": "NodeList", "metadata": {}, "items": nodes}).encode()

    @staticmethod
    def _node(name: str, provider: str) -> Object:
        return {"metadata": {"name": name, "uid": f"uid-{name}"}, "spec": {"providerID": provider}}


@pytest.mark.parametrize(
    ("others", "login"),
    [
        ((), ""),
        (("kind://docker/kind/m",), ""),
        (("aws:///eu-west-1a/i-1",), "the cluster's nodes are not alike (aws, kind)"),
        (("vsphere://2",), "are not alike (kind, vsphere)"),
        (("",), "are not alike (kind, none)"),
        (None, "can't be told: 403"),
    ],
)
def test_a_node_that_says_to_be_in_no_cloud_is_believed_where_all_say_so(
    others: tuple[str, ...] | None, login: str
) -> None:
    pod = PodFact(Ref("Pod", "ops", "aura-1", "u1"), node="n", phase="Running", host_network=True)
    (found,) = NodeClouds(Node("kind://x", others), 5.0).looked_up([pod])  # type: ignore[arg-type]
    assert bool(found.logins) == bool(login)
    assert login in "".join(found.logins)


@pytest.mark.parametrize(
    ("provider", "own_network", "login", "note"),
    [
        ("aws:///eu-west-1a/i-1", False, "the metadata service of aws may log it in as the node", ""),
        ("gce://p/z/n", True, "", "the metadata service of gce"),
        ("", False, "if that is a cloud's machine", ""),
        ("", True, "", ""),
        ("k3s://n", False, "if that is a cloud's machine", ""),
        ("kind://docker/kind/n", False, "", ""),
        ("vsphere://1", True, "", ""),
        (None, False, "can't be told: 403", ""),
        (None, True, "", ""),
    ],
)
def test_whom_a_cloud_takes_a_pod_for_by_its_node(
    provider: str | None, own_network: bool, login: str, note: str
) -> None:
    pod = PodFact(Ref("Pod", "ops", "aura-1", "u1"), node="n", phase="Running", host_network=not own_network)
    notes: list[str] = []
    (found,) = NodeClouds(Node(provider), 5.0).within([OptimizerFacts("ops/aura", pods=(pod,))], notes)  # type: ignore[arg-type]
    assert bool(found.pods[0].logins) == bool(login)
    assert login in "".join(found.pods[0].logins)
    assert bool(notes) == bool(note)
    assert note in "".join(notes)


LOGINS = {
    "csi": "is filled by CSI driver secrets-store.csi.k8s.io",
    "vault": "annotation vault.hashicorp.com/agent-inject",
    "token": "has a token for sts.amazonaws.com",
    "hostNetwork": "it has the network of its node",
    "account": "for somebody of its own (eks.amazonaws.com/role-arn arn:aws:iam::1:role/ops-admin)",
}
"""What the plan says of each way to a login."""


@pytest.mark.parametrize("by", LOGINS)
@pytest.mark.usefixtures("stopped_after")
def test_an_optimizer_with_a_login_of_a_store_or_a_cloud_is_not_proved_revoked_until_somebody_is_named(
    cluster: TestCluster,
    namespace: str,
    account: str,
    rbac: Rbac,
    board_for: BoardMaker,
    tmp_path: Path,
    by: str,
) -> None:
    del account
    rbac.binding("own", [rbac.me])
    made = template()
    if by == "csi":
        attributes = {"secretProviderClass": "clusters"}
        driver = {"driver": "secrets-store.csi.k8s.io", "readOnly": True, "volumeAttributes": attributes}
        made["spec"]["volumes"] = [{"name": "store", "csi": driver}]
    elif by == "vault":
        made["metadata"]["annotations"] = {"vault.hashicorp.com/agent-inject": "true"}
    elif by == "token":
        source = {"serviceAccountToken": {"path": "token", "audience": "sts.amazonaws.com"}}
        made["spec"]["volumes"] = [{"name": "store", "projected": {"sources": [source]}}]
    elif by == "hostNetwork":
        made["spec"]["hostNetwork"] = True
    else:
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{ACCOUNT}"
        role = {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/ops-admin"}
        cluster.api.patch(path, {"metadata": {"annotations": role}})
    what = LOGINS[by]
    name = make(cluster, namespace, "Deployment", replicas=1, **(selector() | {"template": made}))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(name, patience_seconds=1.0)
    plan = board.make_plan("revoke")
    assert any(what in words for words in plan.warnings), plan
    outcome = run(board, plan)
    assert not may_as(cluster, f"system:serviceaccount:{namespace}:{ACCOUNT}", "patch", "nodes")
    assert exit_code(outcome) == 1, details(outcome)
    assert any(what in proof.detail for proof in outcome.proofs if proof.holds is None), details(outcome)
    assert not board.make_plan("revoke").nothing

    settings = settings_for(cluster.admin_kubeconfig, tmp_path / "journal", name)
    optimizer = msgspec.structs.replace(settings.optimizer, groups=("none",))
    settings = msgspec.structs.replace(settings, optimizer=optimizer)
    connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
    try:
        plan = build_switchboard(settings, connection, None, SystemClock()).make_plan("revoke")
        assert plan.nothing, plan
        assert any(what in words for words in plan.notes), "it is said all the same"
    finally:
        connection.close()
