"""Pods that reach the credentials of their node: the account's rights are not all that they act by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.cluster.transport.errors import RequestWords, from_status
from opsconsole.containment import exit_code
from opsconsole.records import Ref
from opsconsole.switches.target.acts_as.node_volumes import NodeVolumes
from opsconsole.switches.target.facts import PodFact
from opsconsole.switches.target.workloads.wire import PodShape, pod_fact
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, BoardMaker, details, run
from tests.switches.delete.test_optimizer_cluster import make, selector, template
from tests.switches.rbac import GROUP, Rbac
from tests.switches.target.logins.test_acts_as_cluster import may_as

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]
MAIN = {"name": "main", "image": "registry.example/aura:1"}


HOST_PROCESS = "host process container main"
AS_ROOT = "container main as root with hostPID"

KEPT = [
    "/var/lib/minikube/certs",
    "/var/snap/microk8s/current/credentials",
    "/var/snap/microk8s/6876/credentials/client.config",
    "/var/snap/microk8s/common/run",
    "/var/lib/rancher/k3s/server",
    "/var/lib/rancher/rke2/agent/kubelet.kubeconfig",
    "/etc/rancher/k3s/k3s.yaml",
    "/opt/rke/etcd-snapshots",
    "/etc/srv/kubernetes",
    "/mnt/stateful_partition/var/lib",
    "/var/lib/kubelet/bootstrap-kubeconfig",
    "/etc/origin/node",
    "/var/lib/microshift/resources/kubeadmin",
    "/system/secrets/kubernetes",
    "/run/host-containerd",
    "/var/run/containers",
    "/run/user/1000/containerd-rootless",
    "/etc/cni/net.d",
    "/data/kubelet/pki",
    "/mnt/big/kubelet",
    "C:\\k",
    "c:/var/lib/kubelet/pki",
    "C:\\",
    "\\\\.\\pipe\\containerd-containerd",
]
INNOCENT = [
    "/var/lib/rancher/k3s/storage/pvc-0815_ops_data",
    "/var/snap/microk8s/common/default-storage/ops-data",
    "/tmp/hostpath-provisioner/ops/data",
    "/opt/local-path-provisioner/pvc-0815",
    "/mnt/disks/ssd0",
    "/data/kubelet/device-plugins",
    "/var/log/kubelet",
    "/sys/fs/cgroup",
    "/etc/localtime",
    "C:\\data",
]


def volume(path: str) -> Object:
    return {"volumes": [{"name": "node", "hostPath": {"path": path}}]}


def mounted(path: str, *mounts: str) -> Object:
    """A volume of the node, and one container for each mount: ``ro`` or ``rw``."""
    containers = [
        MAIN | {"volumeMounts": [{"name": "node", "mountPath": "/x", "readOnly": each == "ro"}]} for each in mounts
    ]
    return volume(path) | {"containers": containers}


RUN = [
    "/usr/bin",
    "/usr/local/sbin/backup.sh",
    "/usr/libexec/kubernetes/kubelet-plugins/volume/exec",
    "/etc/cron.d",
    "/etc/systemd/system",
    "/etc/ld.so.preload",
    "/etc/profile.d",
    "/etc/modprobe.d",
    "/lib",
    "/lib64",
    "/lib/systemd",
    "/opt/bin",
    "/opt/cni/bin",
    "/opt/acme/agent",
    "/boot",
    "/sbin",
    "/var/spool/cron/crontabs",
    "/var/spool",
    "/var/lib/cloud/scripts",
    "/run/udev/rules.d",
    "/var/run/systemd/system",
    "/sys",
    "/sys/kernel/uevent_helper",
    "/var/lib/kubelet/kubeadm-flags.env",
    "/var/lib/kubelet/device-plugins",
    "/data/kubelet/device-plugins/aura.sock",
    "/var/lib/kubelet/plugins_registry",
    "/var/log",
    "/var/log/pods/ops_aura",
    "/var/log/containers",
    "C:\\Windows\\System32",
    "C:\\Program Files\\Kubernetes",
]
"""Where a node starts programs as root, or is told by a file which to start."""

WRITTEN_AS_EVER = [
    "/etc/localtime",
    "/etc/ssl/certs",
    "/usr/share/zoneinfo/UTC",
    "/usr-is-not-this",
    "/optional/data",
    "/srv/models",
    "/data",
    "/tmp/work",
    "/var/tmp",
    "/var/log/aura",
    "/mnt/disks/ssd0",
    "/opt/local-path-provisioner/pvc-0815",
    "/var/lib/rancher/k3s/storage/pvc-0815",
    "/run/systemd/journal",
    "/run/systemd/resolve",
    "/dev/shm/aura",
    "D:\\data",
]


def secured(**context: Any) -> Object:
    return {"containers": [MAIN | {"securityContext": context}]}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (volume("/"), ("hostPath /",)),
        (volume("/etc/kubernetes/admin.conf"), ("hostPath /etc/kubernetes/admin.conf",)),
        (volume("/var/lib/kubelet"), ("hostPath /var/lib/kubelet",)),
        (volume("/var/run/docker.sock"), ("hostPath /var/run/docker.sock",)),
        (volume("//etc/kubernetes"), ("hostPath //etc/kubernetes",)),
        (volume("//"), ("hostPath //",)),
        (volume("/var/lib/kubelet/device-plugins"), ()),
        (volume("/var/lib/kubelet/pod-resources"), ()),
        (volume("/var/log"), ()),
        (volume("/usr/local/nvidia"), ()),
        (volume("/etc/kubernetes-is-not-this"), ()),
        *((volume(path), (f"hostPath {path}",)) for path in KEPT),
        *((volume(path), ()) for path in INNOCENT),
        (volume("/run/dbus/system_bus_socket"), ("hostPath /run/dbus/system_bus_socket",)),
        (volume("/run/systemd"), ("hostPath /run/systemd",)),
        *((mounted(path, "rw"), (f"writable hostPath {path}",)) for path in RUN),
        *((mounted(path, "ro"), ()) for path in RUN),
        *((mounted(path, "rw"), ()) for path in WRITTEN_AS_EVER),
        *((volume(path), ()) for path in RUN if "kubeadm" not in path),
        (mounted("/usr/bin", "ro", "rw"), ("writable hostPath /usr/bin",)),
        (mounted("/usr/bin", "ro", "ro"), ()),
        (mounted("/", "ro"), ("hostPath /",)),
        (
            volume("/usr/bin") | {"containers": [MAIN], "initContainers": mounted("/", "rw")["containers"]},
            ("writable hostPath /usr/bin",),
        ),
        ({"securityContext": {"windowsOptions": {"hostProcess": True}}, "containers": [MAIN]}, (HOST_PROCESS,)),
        (secured(windowsOptions={"hostProcess": True}), (HOST_PROCESS,)),
        (secured(windowsOptions={"runAsUserName": "ContainerUser"}), ()),
        (secured(privileged=True), ("privileged container main",)),
        (secured(privileged=False), ()),
        (secured(capabilities={"add": ["NET_ADMIN", "CAP_SYS_ADMIN"]}), ("container main with SYS_ADMIN",)),
        (secured(capabilities={"add": ["SYS_PTRACE"]}), ()),
        ({"hostPID": True} | secured(capabilities={"add": ["SYS_PTRACE"]}), ("container main with SYS_PTRACE",)),
        ({"hostPID": True, "containers": [MAIN]}, (AS_ROOT,)),
        ({"hostPID": True} | secured(runAsUser=0), (AS_ROOT,)),
        ({"hostPID": True} | secured(runAsUser=1000), ()),
        ({"hostPID": True} | secured(runAsNonRoot=True), ()),
        ({"hostPID": True, "securityContext": {"runAsNonRoot": True}, "containers": [MAIN]}, ()),
        ({"hostPID": True, "securityContext": {"runAsUser": 7}} | secured(runAsUser=0), (AS_ROOT,)),
        ({"hostPID": True, "securityContext": {"runAsNonRoot": True}} | secured(runAsNonRoot=False), (AS_ROOT,)),
        ({"hostPID": True} | secured(runAsUser=7, capabilities={"add": ["DAC_OVERRIDE"]}), (AS_ROOT,)),
        ({"hostPID": True} | secured(privileged=True), ("privileged container main",)),
        (secured(runAsUser=0), ()),
        (
            {"ephemeralContainers": [MAIN | {"name": "debug", "securityContext": {"privileged": True}}]},
            ("privileged container debug",),
        ),
    ],
)
def test_by_what_a_pod_reaches_its_nodes_credentials(spec: Object, words: tuple[str, ...]) -> None:
    body = {"metadata": {"name": "aura", "namespace": "ops"}, "spec": spec}
    assert pod_fact(msgspec.json.decode(msgspec.json.encode(body), type=PodShape)).on_node == words


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("path", "told"), [("/var/lib/kubelet", ""), ("/etc/cron.d", "writable "), ("/opt/bin", "writable ")]
)
def test_an_optimizer_that_reads_its_nodes_credentials_is_not_proved_revoked_until_it_is_stopped(
    cluster: TestCluster, namespace: str, rbac: Rbac, board_for: BoardMaker, path: str, told: str
) -> None:
    """The account is denied everything, and the kubelet's certificate is at hand, or the node runs what it writes."""
    rbac.binding("own", [rbac.me])
    made = template(**volume(path))
    made["spec"]["containers"][0]["volumeMounts"] = [{"name": "node", "mountPath": "/x"}]
    spec = selector() | {"template": made}
    name = make(cluster, namespace, "Deployment", replicas=1, **spec)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(name, patience_seconds=1.0)
    outcome = run(board, board.make_plan("revoke"))
    assert not may_as(cluster, f"system:serviceaccount:{namespace}:{ACCOUNT}", "patch", "nodes")
    assert exit_code(outcome) == 1
    open_ones = [proof.detail for proof in outcome.proofs if proof.holds is None]
    assert any(
        "reaches the credentials of its node" in words and f"by {told}hostPath {path}" in words for words in open_ones
    )
    assert not board.make_plan("revoke").nothing
    assert run(board, board.make_plan("optimizer")).success
    plan = board.make_plan("revoke")
    assert plan.nothing, details(outcome)


@pytest.fixture
def claim(cluster: TestCluster, namespace: str) -> Iterator[Callable[[Object], str]]:
    """Makes a PersistentVolume with this source, and a claim that is bound to it."""
    made: list[str] = []

    def make_claim(source: Object) -> str:
        name = f"{namespace}-{len(made)}"
        common: Object = {"accessModes": ["ReadWriteOnce"], "storageClassName": "", "volumeName": name}
        body = common | {"capacity": {"storage": "1Gi"}, **source}
        del body["volumeName"]
        if "local" in source:
            term = {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "Exists"}]}
            body["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
        cluster.api.post("/api/v1/persistentvolumes", {"metadata": {"name": name}, "spec": body})
        made.append(name)
        wanted = common | {"resources": {"requests": {"storage": "1Gi"}}}
        wanted["volumeMode"] = source.get("volumeMode", "Filesystem")
        path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
        cluster.api.post(path, {"metadata": {"name": "data"}, "spec": wanted})
        eventually(lambda: cluster.api.get(f"{path}/data")["status"].get("phase") == "Bound", "the claim is bound")
        return name

    yield make_claim
    for name in made:
        cluster.api.delete(f"/api/v1/persistentvolumes/{name}")


def claimed(**more: bool) -> Object:
    return {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"} | more}]}


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"hostPath": {"path": "/var/lib/kubelet"}}, "claim data on hostPath /var/lib/kubelet"),
        ({"local": {"path": "/etc/kubernetes"}}, "claim data on local /etc/kubernetes"),
        ({"local": {"path": "/dev/sda"}, "volumeMode": "Block"}, "claim data on local /dev/sda"),
        ({"hostPath": {"path": "/opt/local-path-provisioner/data"}}, ""),
        ({"hostPath": {"path": "/etc/cron.d"}}, "claim data on writable hostPath /etc/cron.d"),
        ({"local": {"path": "/usr/local/bin"}}, "claim data on writable local /usr/local/bin"),
        ({"hostPath": {"path": "/usr/share/models"}, "readOnly": True}, ""),
    ],
)
@pytest.mark.usefixtures("stopped_after")
def test_a_claim_whose_volume_is_a_directory_of_the_node_reaches_its_credentials_as_that_does(
    cluster: TestCluster,
    namespace: str,
    rbac: Rbac,
    board_for: BoardMaker,
    claim: Callable[[Object], str],
    source: Object,
    told: str,
) -> None:
    rbac.binding("own", [rbac.me])
    source = dict(source)
    read_only = source.pop("readOnly", False)
    claim(source)
    made = template(**claimed(readOnly=read_only))
    (main,) = made["spec"]["containers"]
    if source.get("volumeMode") == "Block":
        main["volumeDevices"] = [{"name": "data", "devicePath": "/dev/x"}]
    else:
        main["volumeMounts"] = [{"name": "data", "mountPath": "/x"}]
    name = make(cluster, namespace, "Deployment", replicas=1, **(selector() | {"template": made}))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(name, patience_seconds=1.0)
    outcome = run(board, board.make_plan("revoke"))
    assert outcome.success is not bool(told), details(outcome)
    assert told in str(details(outcome))


@pytest.mark.usefixtures("account", "stopped_after")
def test_a_claim_whose_volume_may_not_be_read_is_not_one_that_reaches_nothing(
    cluster: TestCluster, namespace: str, rbac: Rbac, board_for: BoardMaker, claim: Callable[[Object], str]
) -> None:
    rbac.binding("own", [rbac.me])
    claim({"hostPath": {"path": "/var/lib/kubelet"}})
    made = template(**claimed())
    name = make(cluster, namespace, "Deployment", replicas=1, **(selector() | {"template": made}))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    read = ["pods", "namespaces", "deployments", "replicasets", "secrets", "persistentvolumeclaims", "serviceaccounts"]
    rules: list[Object] = [
        {"apiGroups": ["", "apps"], "resources": read, "verbs": ["get", "list"]},
        {"apiGroups": [GROUP], "resources": ["*"], "verbs": ["*"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
    ]
    user = {"kind": "User", "apiGroup": GROUP, "name": f"blind-{namespace}"}
    rbac.binding("blind", [user], role=rbac.role("blind", rules))
    blind = cluster.kubeconfig_for_user(user["name"])
    board = board_for(name, patience_seconds=1.0, kubeconfig=blind)
    outcome = run(board, board.make_plan("revoke"))
    assert exit_code(outcome) == 1
    assert "by the volume of claim data is not known: 403: may not get persistentvolumes" in str(details(outcome))


class NoClaims:
    """There is no claim."""

    def request(self, _method: str, path: str, **_options: object) -> bytes:
        raise from_status(404, b"", RequestWords("GET", path))


@pytest.mark.parametrize(("phase", "known"), [("Running", False), ("Pending", True)])
def test_a_claim_that_went_while_its_pod_runs_leaves_its_volume_unknown(phase: str, known: bool) -> None:
    """Whoever takes the finalizer off a claim deletes it under a pod that runs on with the volume."""
    pods = [
        PodFact(Ref("Pod", place, "aura-1", place), phase=phase, claims=(name,))
        for place, name in (("a", "data"), ("b", "other"))
    ]
    unsure: list[str] = []
    NodeVolumes(NoClaims(), 5.0).looked_up(pods, unsure)  # type: ignore[arg-type]
    assert [("Pod/aura-1 -n a" in each, "Pod/aura-1 -n b" in each) for each in unsure] == (
        [] if known else [(True, False), (False, True)]
    )
