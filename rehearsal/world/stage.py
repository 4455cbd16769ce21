"""Sets the stage: turns a scenario into the objects of a cluster, as whoever deployed them did."""

from __future__ import annotations

from typing import Any

from rehearsal.scenario import BindingSpec, Chore, CronSpec, NodeSpec, OptimizerSpec, RoleSpec, Scenario, ServiceSpec
from rehearsal.server.authorization.access import SYSTEM
from rehearsal.server.bootstrap import NAMESPACES, make
from rehearsal.server.core import Core
from rehearsal.server.handlers.verbs import Caller
from rehearsal.server.objects.resources import Object
from rehearsal.times import stamp
from rehearsal.world.control import Control

OPERATOR = "oncall@example.com"
OPERATORS = "sre"
DECISION_LOG = "decision-log"
"""The optimizer's second container: its decisions as JSON documents."""

_RBAC = "rbac.authorization.k8s.io"
_HUMAN = Caller(SYSTEM, "kubectl-client-side-apply")


def set_stage(core: Core, scenario: Scenario) -> None:
    """Create everything that is there before the story begins."""
    optimizer = scenario.optimizer
    wanted = {spec.namespace for spec in scenario.services} | {cron.namespace for cron in scenario.crons}
    wanted |= {chore.account.partition("/")[0] for chore in scenario.chores}
    for name in sorted((wanted | {optimizer.namespace}) - set(NAMESPACES)):
        make(core, "Namespace", "", {"metadata": {"name": name}}, _HUMAN)
    for node in scenario.nodes:
        _node(core, node, scenario.kubernetes)
    _operators(core)
    for spec in scenario.services:
        _service(core, spec)
    for cron in scenario.crons:
        make(core, "CronJob", cron.namespace, _cron(cron), _HUMAN)
    _optimizer(core, optimizer)
    for chore in scenario.chores:
        _chore(core, chore, {spec.name: spec.namespace for spec in scenario.services}[chore.target])


def _node(core: Core, node: NodeSpec, version: str) -> None:
    kubelet, at = Caller(SYSTEM, "kubelet"), stamp(core.clock.now())
    amounts = {"cpu": node.cpu, "memory": node.memory, "pods": "110"}
    if node.gpus:
        amounts["nvidia.com/gpu"] = str(node.gpus)
    ordinal = sum(1 for _ in Control(core, "kubelet").all("Node")) + 10
    conditions = [
        {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastHeartbeatTime": at,
            "lastTransitionTime": at,
        }
        for kind, status, reason, message in _CONDITIONS
    ]
    labels = {"kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux"} | node.labels
    body: Object = {
        "metadata": {"name": node.name, "labels": labels},
        "spec": {"taints": [dict(taint) for taint in node.taints]} if node.taints else {},
        "status": {
            "capacity": dict(amounts),
            "allocatable": dict(amounts),
            "conditions": conditions,
            "addresses": [
                {"type": "InternalIP", "address": f"10.0.3.{ordinal}"},
                {"type": "Hostname", "address": node.name},
            ],
            "nodeInfo": {
                "kubeletVersion": version,
                "containerRuntimeVersion": "containerd://1.7.6",
                "osImage": "Ubuntu 22.04.3 LTS",
            },
        },
    }
    make(core, "Node", "", body, kubelet)


_CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def _operators(core: Core) -> None:
    subject = {"kind": "Group", "name": OPERATORS, "apiGroup": _RBAC}
    _bind(core, "", "sre-cluster-admin", "cluster-admin", subjects=[subject])


def _bind(core: Core, namespace: str, name: str, role: str, *, subjects: list[Object]) -> None:
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    ref = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role}
    make(core, kind, namespace, {"metadata": {"name": name}, "subjects": subjects, "roleRef": ref}, _HUMAN)


def container_of(spec: ServiceSpec) -> str:
    """The name of a service's one container."""
    return spec.container or spec.name


def _limits(cpu: str, memory: str) -> Object:
    limits = {name: value for name, value in (("cpu", cpu), ("memory", memory)) if value}
    return {"limits": limits} if limits else {}


def _service(core: Core, spec: ServiceSpec) -> None:
    labels = {"app": spec.name}
    container = {"name": container_of(spec), "image": spec.image, "resources": _limits(spec.cpu, spec.memory)}
    pod: Object = {"containers": [container]}
    if spec.tolerations:
        pod["tolerations"] = [dict(each) for each in spec.tolerations]
    body: Object = {
        "metadata": {"name": spec.name, "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }
    if spec.kind != "DaemonSet":
        body["spec"]["replicas"] = spec.replicas
    if spec.recreate:
        body["spec"]["strategy"] = {"type": "Recreate"}
    elif spec.unavailable:
        body["spec"]["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": spec.unavailable}}
    make(core, spec.kind, spec.namespace, body, _HUMAN)
    if spec.share or spec.behaviour.capacity:
        ports = [{"port": 80, "protocol": "TCP"}]
        make(
            core,
            "Service",
            spec.namespace,
            {"metadata": {"name": spec.name}, "spec": {"selector": labels, "ports": ports}},
            _HUMAN,
        )
    _guards(core, spec)


def _guards(core: Core, spec: ServiceSpec) -> None:
    if spec.budget:
        budget = {"minAvailable": spec.budget, "selector": {"matchLabels": {"app": spec.name}}}
        make(core, "PodDisruptionBudget", spec.namespace, {"metadata": {"name": spec.name}, "spec": budget}, _HUMAN)
    if spec.scaler:
        target = {"type": "Utilization", "averageUtilization": spec.scaler.percent}
        scaler = {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": spec.kind, "name": spec.name},
            "minReplicas": spec.scaler.low,
            "maxReplicas": spec.scaler.high,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        }
        make(core, "HorizontalPodAutoscaler", spec.namespace, {"metadata": {"name": spec.name}, "spec": scaler}, _HUMAN)


def _cron(cron: CronSpec) -> Object:
    container = {"name": cron.name, "image": cron.image, "resources": _limits("", cron.memory)}
    labels = {"app": cron.name}
    pod = {"restartPolicy": "Never", "containers": [container]}
    job = {"spec": {"template": {"metadata": {"labels": labels}, "spec": pod}}}
    spec = {"schedule": cron.schedule, "suspend": cron.suspended, "jobTemplate": job}
    return {"metadata": {"name": cron.name, "labels": labels}, "spec": spec}


# --- the optimizer ---------------------------------------------------------------------------------------------


def _chore(core: Core, chore: Chore, place: str) -> None:
    """The account of another program, and its right to change what it changes."""
    namespace, _, name = chore.account.partition("/")
    make(core, "ServiceAccount", namespace, {"metadata": {"name": name}}, _HUMAN)
    subject = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    _bind(core, place, f"{name}-edits-{chore.target}", "edit", subjects=[subject])


def _optimizer(core: Core, spec: OptimizerSpec) -> None:
    account = make(core, "ServiceAccount", spec.namespace, {"metadata": {"name": spec.account}}, _HUMAN)
    annotations = {
        "kubernetes.io/service-account.name": spec.account,
        "kubernetes.io/service-account.uid": account["metadata"]["uid"],
    }
    secret = {
        "metadata": {"name": f"{spec.account}-token", "annotations": annotations},
        "type": "kubernetes.io/service-account-token",
    }
    make(core, "Secret", spec.namespace, secret, _HUMAN)
    for role in spec.roles:
        make(core, "ClusterRole", "", {"metadata": {"name": role.name}, "rules": _rules(role)}, _HUMAN)
    for binding in spec.bindings:
        _optimizer_binding(core, spec, binding)
    make(core, "Deployment", spec.namespace, optimizer_deployment(spec), _HUMAN)


def _rules(role: RoleSpec) -> list[Object]:
    reads = ["get", "list", "watch"]
    return [
        {"apiGroups": [""], "resources": ["pods"], "verbs": reads},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": reads},
        {"apiGroups": ["apps"], "resources": list(role.patches), "verbs": ["patch"]},
    ]


def _optimizer_binding(core: Core, spec: OptimizerSpec, binding: BindingSpec) -> None:
    subject: Object = {"kind": "ServiceAccount", "name": spec.account, "namespace": spec.namespace}
    if binding.group:
        subject = {"kind": "Group", "name": f"system:serviceaccounts:{spec.namespace}", "apiGroup": _RBAC}
    subjects = [subject]
    for other in binding.others:
        namespace, _, name = other.partition("/")
        subjects.append({"kind": "ServiceAccount", "name": name, "namespace": namespace})
    _bind(core, binding.namespace, binding.name, binding.role, subjects=subjects)


def optimizer_deployment(spec: OptimizerSpec) -> Object:
    """The Deployment that the write-up shows, ironies included."""
    limits: dict[str, Any] = {"cpu": spec.cpu, "memory": spec.memory}
    if spec.gpus:
        limits["nvidia.com/gpu"] = str(spec.gpus)
    labels = spec.labels or {"app": spec.name}
    env = [{"name": name, "value": value} for name, value in spec.env.items()]
    pod: Object = {
        "serviceAccountName": spec.account,
        "containers": [
            {"name": "optimizer", "image": spec.image, "env": env, "resources": {"limits": limits}},
            {"name": DECISION_LOG, "image": spec.image},
        ],
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
    }
    return {
        "metadata": {"name": spec.name, "labels": dict(labels)},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": dict(labels)},
            "template": {"metadata": {"labels": dict(labels)}, "spec": pod},
        },
    }
