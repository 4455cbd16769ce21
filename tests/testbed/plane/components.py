"""Command lines and files of the components: pure functions of where things are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.testbed.plane.build import Binaries

ISSUER = "https://kubernetes.default.svc"
# kwok looks after the nodes that wear this, so that a test may also have a node that nobody looks after.
MANAGED_LABEL = "testbed.opsconsole/managed"
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one cluster's files and ports are."""

    directory: Path
    etcd_port: int
    etcd_peer_port: int
    api_port: int
    kubelet_port: int

    def pki(self, name: str) -> Path:
        """Return the path of a certificate or key."""
        return self.directory / "pki" / name

    @property
    def etcd_url(self) -> str:
        """Where etcd serves clients."""
        return f"http://{_LOOPBACK}:{self.etcd_port}"

    @property
    def api_url(self) -> str:
        """Where the API server serves."""
        return f"https://{_LOOPBACK}:{self.api_port}"

    @property
    def kubelet_url(self) -> str:
        """Where kwok serves as every node's kubelet."""
        return f"https://{_LOOPBACK}:{self.kubelet_port}"

    @property
    def audit_log(self) -> Path:
        """The API server's audit log, if it keeps one."""
        return self.directory / "audit.log"

    @property
    def audit_webhook(self) -> Path:
        """The kubeconfig that says where audit events are sent."""
        return self.directory / "audit-webhook.yaml"

    @property
    def authorization_webhook(self) -> Path:
        """The kubeconfig that says which webhook is asked what RBAC does not allow."""
        return self.directory / "authorization-webhook.yaml"


def etcd(binaries: Binaries, layout: Layout) -> list[str]:
    """Return etcd's command line."""
    peer = f"http://{_LOOPBACK}:{layout.etcd_peer_port}"
    return [
        binaries.path("etcd"),
        f"--data-dir={layout.directory / 'etcd'}",
        f"--listen-client-urls={layout.etcd_url}",
        f"--advertise-client-urls={layout.etcd_url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
        # 50,000 pods and an hour of churn are more than the usual 2 GiB, history included.
        "--quota-backend-bytes=8589934592",
        "--auto-compaction-mode=revision",
        "--auto-compaction-retention=20000",
        "--max-request-bytes=33554432",
        "--max-txn-ops=4096",
        "--log-level=warn",
    ]


def api_server(
    binaries: Binaries,
    layout: Layout,
    *,
    audit: bool,
    second_authorizer: bool = False,
    audit_webhook: bool = False,
    authorization_webhook: bool = False,
    further: Sequence[str] = (),
) -> list[str]:
    """Return kube-apiserver's command line: RBAC, client certificates, service account tokens, loopback only."""
    command = [
        binaries.path("kube-apiserver"),
        f"--etcd-servers={layout.etcd_url}",
        f"--bind-address={_LOOPBACK}",
        f"--advertise-address={_LOOPBACK}",
        f"--secure-port={layout.api_port}",
        # The endpoints of the `kubernetes` service may not be loopback addresses: keep none.
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.96.0.0/16",
        f"--authorization-mode=RBAC{',ABAC' * second_authorizer}{',Webhook' * authorization_webhook}",
        "--allow-privileged=true",
        *_certificates_and_tokens(layout),
        "--kubelet-preferred-address-types=InternalIP",
        "--profiling=false",
        *further,
    ]
    if second_authorizer:
        command += [f"--authorization-policy-file={layout.directory / 'abac.jsonl'}"]
    if authorization_webhook:
        command += [
            f"--authorization-webhook-config-file={layout.authorization_webhook}",
            "--authorization-webhook-version=v1",
            "--authorization-webhook-cache-authorized-ttl=0s",
            "--authorization-webhook-cache-unauthorized-ttl=0s",
        ]
    if audit:
        policy = layout.directory / "audit-policy.yaml"
        command += [f"--audit-policy-file={policy}", f"--audit-log-path={layout.audit_log}"]
    if audit and audit_webhook:
        command += [f"--audit-webhook-config-file={layout.audit_webhook}", "--audit-webhook-batch-max-wait=1s"]
    return command


def _certificates_and_tokens(layout: Layout) -> list[str]:
    """Who the API server is, whom it believes, and how it shows itself to kubelets."""
    return [
        f"--tls-cert-file={layout.pki('apiserver.crt')}",
        f"--tls-private-key-file={layout.pki('apiserver.key')}",
        f"--client-ca-file={layout.pki('ca.crt')}",
        f"--token-auth-file={layout.pki('tokens.csv')}",
        f"--service-account-issuer={ISSUER}",
        f"--service-account-key-file={layout.pki('service-account.key')}",
        f"--service-account-signing-key-file={layout.pki('service-account.key')}",
        f"--kubelet-certificate-authority={layout.pki('ca.crt')}",
        f"--kubelet-client-certificate={layout.pki('apiserver-kubelet.crt')}",
        f"--kubelet-client-key={layout.pki('apiserver-kubelet.key')}",
    ]


def controller_manager(binaries: Binaries, layout: Layout) -> list[str]:
    """Return kube-controller-manager's command line; the node lifecycle controller is on, as by default."""
    return [
        binaries.path("kube-controller-manager"),
        f"--kubeconfig={layout.directory / 'controller-manager.kubeconfig'}",
        f"--service-account-private-key-file={layout.pki('service-account.key')}",
        f"--root-ca-file={layout.pki('ca.crt')}",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        # Finished pods stay: a populated cluster may have very many of them.
        "--terminated-pod-gc-threshold=0",
        "--profiling=false",
    ]


def scheduler(binaries: Binaries, layout: Layout) -> list[str]:
    """Return kube-scheduler's command line."""
    return [
        binaries.path("kube-scheduler"),
        f"--kubeconfig={layout.directory / 'scheduler.kubeconfig'}",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        "--profiling=false",
    ]


def kwok(binaries: Binaries, layout: Layout) -> list[str]:
    """Return kwok's command line: the kubelet of every node that wears ``MANAGED_LABEL``."""
    return [
        binaries.path("kwok"),
        f"--config={layout.directory / 'kwok.yaml'}",
        f"--kubeconfig={layout.directory / 'kwok.kubeconfig'}",
        f"--manage-nodes-with-label-selector={MANAGED_LABEL}=true",
        "--manage-all-nodes=false",
        f"--node-ip={_LOOPBACK}",
        f"--node-port={layout.kubelet_port}",
        f"--server-address={_LOOPBACK}:{layout.kubelet_port}",
        f"--tls-cert-file={layout.pki('kubelet.crt')}",
        f"--tls-private-key-file={layout.pki('kubelet.key')}",
        "--node-lease-duration-seconds=40",
        "--enable-crds=Logs",
    ]


def kwok_configuration(binaries: Binaries, layout: Layout) -> str:
    """Return kwok's one file: the shipped Stages, a log for every pod, and exec that runs on this machine."""
    documents = [_quicker(yaml.safe_load(path.read_text())) for path in binaries.kwok_manifests("stage")]
    documents.append(
        _kwok_object("ClusterLogs", {"logs": [{"logsFile": str(layout.directory / "logs" / "default.log")}]})
    )
    documents.append(_kwok_object("ClusterExec", {"execs": [{"local": {}}]}))
    return yaml.safe_dump_all(documents)


def _kwok_object(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": "default"},
        "spec": spec,
    }


def _quicker(stage: dict[str, Any]) -> dict[str, Any]:
    # The shipped pod stages wait one to five seconds each, as real containers might; tests need not. A pod's own
    # annotation (`pod-ready.stage.kwok.x-k8s.io/delay` …) still wins.
    name = stage["metadata"]["name"]
    if name.startswith(("pod-create", "pod-ready", "pod-init-container-running", "pod-init-container-completed")):
        stage["spec"]["delay"] |= {"durationMilliseconds": 50, "jitterDurationMilliseconds": 150}
    return stage


SECOND_AUTHORIZER = "system:serviceaccount:second-authorizer:aura"
"""The one user whom the second authorizer (ABAC) allows something, in the namespace ``second-authorizer-far``."""


def abac_policy() -> str:
    """Return the second authorizer's file: as a webhook or a cloud does, it gives rights without a binding."""
    spec = {"user": SECOND_AUTHORIZER, "namespace": "second-authorizer-far", "resource": "*", "apiGroup": "*"}
    line = {"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": spec}
    return json.dumps(line) + "\n"


def audit_policy(quiet_users: list[str]) -> str:
    """Return a policy that records the metadata of every request but those of the cluster's own parts."""
    rules = [
        {"level": "None", "users": quiet_users},
        {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"]},
        {"level": "Metadata"},
    ]
    policy = {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        # A watch is recorded when its answer begins; without this, each request would be there twice.
        "omitStages": ["RequestReceived"],
        "rules": rules,
    }
    return yaml.safe_dump(policy)
