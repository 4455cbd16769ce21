"""The Aura night as records: what the feeds would have put into the store at 03:14 UTC."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.records import (
    AnyRecord,
    Container,
    ContainerSpec,
    Decision,
    Event,
    FieldValue,
    Finding,
    GpuDevice,
    GpuProcess,
    Health,
    Kind,
    Node,
    Pod,
    ProcessState,
    Ref,
    Resources,
    Severity,
    State,
    Taint,
    Workload,
)

NOW = 1_698_376_462.0

"""2023-10-27 03:14:22 UTC."""

MI = 1 << 20


def _pod(name: str, status: str, *, ready: int = 0, restarts: int = 0, age: float, **more: object) -> Pod:
    namespace = str(more.pop("namespace", "production"))
    owner = name.rsplit("-", 1)[0]
    return Pod(
        namespace=namespace,
        name=name,
        uid=f"uid-{name}",
        status=status,
        phase="Running",
        ready=ready,
        containers_total=1,
        restarts=restarts,
        created=NOW - age,
        is_ready=ready == 1,
        owner=Ref("ReplicaSet", namespace, owner, f"uid-{owner}"),
        **more,  # type: ignore[arg-type]
    )


def _killed() -> Pod:
    return _pod(
        "api-gateway-7f8d9b6c5-5k9l2",
        "OOMKilled",
        restarts=5,
        age=120,
        node="node-3",
        containers=(
            Container(
                name="gateway",
                image="internal-registry.corp/api-gateway:1.9.0",
                restarts=5,
                state="terminated",
                reason="OOMKilled",
                exit_code=137,
                last_reason="OOMKilled",
                last_exit_code=137,
                last_finished_at=NOW - 20,
                resources=Resources(memory_limit=128 * MI, cpu_limit=0.1, memory_request=128 * MI),
            ),
        ),
    )


def _optimizer() -> Pod:
    return _pod(
        "aura-optimizer-v2-rt45g",
        "Running",
        ready=1,
        age=48 * 3600,
        node="node-2",
        namespace="ops-tools",
        service_account="aura-optimizer",
        containers=(
            Container(
                name="optimizer",
                image="internal-registry.corp/aura/optimizer:v2.0.4-final-final-v3",
                ready=True,
                started=True,
                started_at=NOW - 48 * 3600,
                state="running",
                resources=Resources(cpu_limit=4, memory_limit=8192 * MI),
            ),
            Container(name="log-shipper", image="fluent-bit:2.1", ready=True, state="running"),
        ),
    )


def pods() -> list[Pod]:
    return [
        _pod("api-gateway-7f8d9b6c5-2v4x1", "Terminating", age=14, node="node-3", deleted_at=NOW - 5),
        _killed(),
        _pod(
            "auth-service-5d4f3e2a1-m8n7b",
            "Pending",
            age=1,
            message="0/4 nodes are available: 3 node(s) had untolerated taint {aura.io/isolated: true}",
        ),
        _pod("vector-proxy-9a8b7c6d5-q1w2e", "Error", restarts=12, age=300, node="node-3"),
        _pod("checkout-6c5b4a3d2-zx9cv", "Running", ready=1, age=86_400 * 3, node="node-1"),
        _optimizer(),
    ]


def events() -> list[Event]:
    def event(n: int, kind: str, name: str, reason: str, message: str, count: int, age: float, type_: str) -> Event:
        about = Ref(kind, "" if kind == "Node" else "production", name)
        namespace = "default" if kind == "Node" else "production"
        return Event(f"e{n}", namespace, type_, reason, message, about, count, NOW - age - 60, NOW - age, "kubelet")

    return [
        event(
            1,
            "Pod",
            "api-gateway-7f8d9b6c5-5k9l2",
            "BackOff",
            "Back-off restarting failed container gateway",
            5,
            8,
            "Warning",
        ),
        event(
            2,
            "Pod",
            "auth-service-5d4f3e2a1-m8n7b",
            "FailedScheduling",
            "0/4 nodes are available: 3 node(s) had untolerated taint {aura.io/isolated: true}, 1 Insufficient memory",
            3,
            1,
            "Warning",
        ),
        event(
            3,
            "Deployment",
            "auth-service",
            "ScalingReplicaSet",
            "Scaled up replica set auth-service-5d4f3e2a1 to 3",
            1,
            22,
            "Normal",
        ),
        event(
            4,
            "Node",
            "node-3",
            "SystemOOM",
            "System OOM encountered, victim process: java, pid: 4242",
            9,
            31,
            "Warning",
        ),
    ]


def workloads() -> list[Workload]:
    limits = Resources(cpu_limit=1.0, memory_limit=1024 * MI, memory_request=512 * MI, cpu_request=0.5)
    return [
        Workload(
            "Deployment",
            "production",
            "auth-service",
            uid="uid-auth",
            replicas=3,
            ready=0,
            containers=(ContainerSpec("auth-container", "auth:4.2", resources=limits),),
        ),
        Workload(
            "Deployment",
            "production",
            "api-gateway",
            uid="uid-gw",
            replicas=2,
            ready=0,
            containers=(ContainerSpec("gateway", "gw:1.9.0", resources=limits),),
        ),
        Workload(
            "ReplicaSet",
            "production",
            "auth-service-5d4f3e2a1",
            uid="uid-auth-service-5d4f3e2a1",
            replicas=3,
            owner=Ref("Deployment", "production", "auth-service", "uid-auth"),
        ),
        Workload(
            "ReplicaSet",
            "production",
            "api-gateway-7f8d9b6c5",
            uid="uid-api-gateway-7f8d9b6c5",
            replicas=2,
            owner=Ref("Deployment", "production", "api-gateway", "uid-gw"),
        ),
    ]


def nodes() -> list[Node]:
    isolated = (Taint("aura.io/isolated", "true", "NoSchedule"),)
    return [
        Node(f"node-{n}", ready=True, cpu=16, memory=64 << 30, taints=() if n == 3 else isolated) for n in range(1, 5)
    ]


def gpus() -> list[GpuDevice]:
    return [
        GpuDevice(
            "GPU-0aa1", 0, "NVIDIA H100 PCIe", "bastion", 80 << 30, 76 << 30, 0, 71, 310.0, (), "535.104", "12.2"
        ),
        GpuDevice(
            "GPU-0bb2",
            1,
            "NVIDIA H100 PCIe",
            "bastion",
            80 << 30,
            11 << 30,
            34,
            88,
            340.0,
            ("HW thermal slowdown",),
            "535.104",
            "12.2",
        ),
    ]


def gpu_processes() -> list[GpuProcess]:
    return [
        GpuProcess(
            "31337-1",
            31337,
            "GPU-0aa1",
            memory=61 << 30,
            name="python3.11",
            command="python3.11 /opt/aura/train.py",
            user="aura",
            state=ProcessState.ZOMBIE_LEADER,
            parent=1,
            pod_uid="uid-gone",
            candidate=True,
            why="its pod has been gone for 4m and it still holds GPU memory",
            place="000000",
        ),
        GpuProcess(
            "4410-2",
            4410,
            "GPU-0bb2",
            memory=10 << 30,
            name="python3",
            command="python3 serve.py",
            user="ml",
            pod="production/vector-proxy-9a8b7c6d5-q1w2e",
            container="proxy",
            why="its pod is alive: never a candidate",
            place="000001",
        ),
        GpuProcess(
            "911-3",
            911,
            "GPU-0aa1",
            memory=None,
            name="nvidia-persistenced",
            user="root",
            protected=True,
            why="nvidia-persistenced is never killed",
            place="000000",
        ),
    ]


def _planned(auth: Ref) -> Decision:
    base = "containers[auth-container].resources.limits"
    return Decision(
        "d4",
        4,
        NOW,
        at=NOW - 0.1,
        form="json",
        level="INFO",
        module="aura.optimizer.engine",
        message="Detected low-value traffic pattern. Reducing resource allocation for namespace: production.",
        action="patch_deployment",
        verb="patch",
        mood="planned",
        target=auth,
        targets=(auth,),
        confidence=0.982,
        fields=(FieldValue(f"{base}.cpu", "100m", 0.1), FieldValue(f"{base}.memory", "64Mi", 64 * MI)),
        body='{\n  "level": "INFO",\n  "action": "patch_deployment",\n  "target": "auth-service"\n}',
    )


def decisions() -> list[Decision]:
    auth = Ref("Deployment", "production", "auth-service")
    return [
        Decision(
            "d1",
            1,
            NOW - 17,
            at=NOW - 17,
            form="text",
            level="ERROR",
            source="ops-tools/aura-optimizer-v2-rt45g",
            message="Metric 'request_count{service=\"api\"}' returned no data.",
            query='request_count{service="api"}',
            body="[2023-10-27 03:14:05] ERROR: Metric …",
        ),
        Decision(
            "d2",
            2,
            NOW - 17,
            at=NOW - 17,
            form="text",
            level="WARNING",
            message="Target service 'api' appears inactive. Reallocating resources.",
            body="…",
        ),
        Decision(
            "d3",
            3,
            NOW - 7,
            at=NOW - 7,
            form="text",
            level="ERROR",
            target=auth,
            message="Failed to patch deployment 'auth-service': 409 Conflict",
            body="…",
        ),
        _planned(auth),
        Decision("d5", 5, NOW, form="plain", message='  File "/opt/aura/engine.py", line 442', body="  File …"),
    ]


def findings() -> list[Finding]:
    auth = Ref("Deployment", "production", "auth-service")
    return [
        Finding(
            "f1",
            "memory-cut",
            Severity.CRITICAL,
            "memory limit 1Gi → 64Mi (-94 %)",
            "cut by more than 20 %, far under the last hour's working set: will be OOM-killed",
            auth,
            "d4",
            at=NOW,
            switch="revoke",
        ),
        Finding(
            "f2",
            "conflict-retries",
            Severity.WARNING,
            "retries after 409 without back-off",
            "",
            auth,
            "d3",
            at=NOW - 7,
            switch="revoke",
        ),
        Finding("f3", "confidence", Severity.INFO, "confidence 0.982 counts for nothing", "", auth, "d4", at=NOW),
    ]


def health() -> list[Health]:
    return [
        Health("pods", State.LIVE, NOW - 60, NOW - 0.4),
        Health("events", State.STALE, NOW - 41, NOW - 41, "403 list events"),
        Health("decisions", State.LIVE, NOW - 60, NOW - 2),
        Health("gpu", State.LIVE, NOW - 60, NOW - 1),
        Health("workloads", State.LIVE, NOW - 60, NOW - 1),
    ]


def records(*, with_findings: bool = True) -> dict[Kind, Sequence[AnyRecord]]:
    night: dict[Kind, Sequence[AnyRecord]] = {
        Kind.POD: pods(),
        Kind.EVENT: events(),
        Kind.WORKLOAD: workloads(),
        Kind.NODE: nodes(),
        Kind.GPU: gpus(),
        Kind.GPU_PROCESS: gpu_processes(),
        Kind.DECISION: decisions(),
    }
    return night | ({Kind.FINDING: findings()} if with_findings else {})
