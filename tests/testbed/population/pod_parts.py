"""The bulky parts of a pod that look alike in every pod: spec, managedFields, conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.testbed.kubelet import now

if TYPE_CHECKING:
    import random

    from tests.testbed.api import Object

SHIPPER_IMAGE = "registry.example/platform/log-shipper:3.2.1"
_TOKEN_VOLUME = "kube-api-access-x7k2p"
_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"


def container_name(app: str) -> str:
    """Return the name of an app's main container."""
    return f"{app}-container"


def image(app: str) -> str:
    """Return the image of an app's main container."""
    return f"registry.example/{app}:1.25.2"


def tool_annotations(dice: random.Random) -> dict[str, str]:
    """Return what deployment tools leave on a pod."""
    return {
        "checksum/config": f"{dice.getrandbits(256):064x}",
        "prometheus.io/port": "8080",
        "prometheus.io/scrape": "true",
    }


def spec(app: str, node: str, *, job: bool) -> Object:
    """Return a pod's spec with all defaults filled in, as the API server stores it."""
    made: Object = {
        "containers": [_main_container(app), _shipper_container()],
        "volumes": _volumes(app),
        "restartPolicy": "Never" if job else "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "serviceAccount": "default",
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "fsGroup": 1000},
        "schedulerName": "default-scheduler",
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
        "priority": 0,
        "tolerations": [
            {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
        ],
    }
    return made | {"nodeName": node} if node else made


def _main_container(app: str) -> Object:
    return {
        "name": container_name(app),
        "image": image(app),
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "env": [
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "JAVA_TOOL_OPTIONS", "value": "-XX:MaxRAMPercentage=75.0 -XX:+ExitOnOutOfMemoryError"},
        ],
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"cpu": "1", "memory": "512Mi"},
        },
        "readinessProbe": _probe("/healthz/ready"),
        "volumeMounts": [{"name": "config", "readOnly": True, "mountPath": "/etc/app"}, _token_mount()],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }


def _shipper_container() -> Object:
    return {
        "name": "log-shipper",
        "image": SHIPPER_IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": ["--input=/var/log/app", "--output=loki"],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
        "volumeMounts": [_token_mount()],
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }


def _probe(path: str) -> Object:
    return {
        "httpGet": {"path": path, "port": "http", "scheme": "HTTP"},
        "initialDelaySeconds": 5,
        "timeoutSeconds": 2,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }


def _token_mount() -> Object:
    return {"name": _TOKEN_VOLUME, "readOnly": True, "mountPath": _TOKEN_PATH}


def _volumes(app: str) -> list[Object]:
    token = {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}
    root = {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}
    namespace = {
        "downwardAPI": {
            "items": [
                {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
            ]
        }
    }
    return [
        {"name": "config", "configMap": {"name": f"{app}-config", "defaultMode": 420}},
        {"name": _TOKEN_VOLUME, "projected": {"sources": [token, root, namespace], "defaultMode": 420}},
    ]


def conditions(started: str, containers: list[Object], *, completed: bool, ready: bool) -> list[Object]:
    """Return a started pod's conditions: ready, done, or waiting for some of its containers."""
    doubt: Object = {"status": "True"}
    if completed:
        doubt = {"status": "False", "reason": "PodCompleted"}
    elif not ready:
        names = " ".join(container["name"] for container in containers if not container["ready"])
        text = f"containers with unready status: [{names}]"
        doubt = {"status": "False", "reason": "ContainersNotReady", "message": text}
    words = {
        "PodReadyToStartContainers": {"status": "False" if completed else "True"},
        "Initialized": {"status": "True"},
        "Ready": doubt,
        "ContainersReady": doubt,
        "PodScheduled": {"status": "True"},
    }
    common = {"lastProbeTime": None, "lastTransitionTime": started, "observedGeneration": 1}
    return [{"type": kind, **common, **word} for kind, word in words.items()]


def unscheduled(age: float) -> Object:
    """Return the status of a pod that no node has room for; ``age`` in seconds."""
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/100 nodes are available: 100 Insufficient memory. preemption: 0/100 nodes are available: "
        "100 No preemption victims found for incoming pod.",
        "lastProbeTime": None,
        "lastTransitionTime": now(age),
        "observedGeneration": 1,
    }
    return {"phase": "Pending", "conditions": [condition], "qosClass": "Burstable"}


def managed_fields(owner: str, labels: dict[str, str], ip: str, created: str, updated: str) -> list[Object]:
    """Return who wrote what: the controller that made the pod, the kubelet that reports on it."""
    return [
        _managed(
            "kube-controller-manager", created, {"f:metadata": _owned_metadata(owner, labels), "f:spec": _OWNED_SPEC}
        ),
        {**_managed("kubelet", updated, {"f:status": _owned_status(ip)}), "subresource": "status"},
    ]


def _managed(manager: str, time: str, fields: Object) -> Object:
    return {
        "manager": manager,
        "operation": "Update",
        "apiVersion": "v1",
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }


def _owned(*names: str, whole: bool = True) -> Object:
    head: Object = {".": {}} if whole else {}
    return head | {f"f:{name}": {} for name in names}


def _owned_metadata(owner: str, labels: dict[str, str]) -> Object:
    return {
        "f:annotations": _owned("checksum/config", "prometheus.io/port", "prometheus.io/scrape"),
        "f:generateName": {},
        "f:labels": _owned(*labels, "testbed.opsconsole/populated"),
        "f:ownerReferences": {".": {}, f'k:{{"uid":"{owner}"}}': {}},
    }


_OWNED_PROBE: Object = {
    **_owned("failureThreshold", "initialDelaySeconds", "periodSeconds", "successThreshold", "timeoutSeconds"),
    "f:httpGet": _owned("path", "port", "scheme"),
}
_OWNED_CONTAINER: Object = {
    **_owned("image", "imagePullPolicy", "name", "terminationMessagePath", "terminationMessagePolicy"),
    "f:readinessProbe": _OWNED_PROBE,
    "f:resources": {".": {}, "f:limits": _owned("cpu", "memory"), "f:requests": _owned("cpu", "memory")},
}
_OWNED_SPEC: Object = {
    **_owned("dnsPolicy", "enableServiceLinks", "restartPolicy", "schedulerName", "securityContext", whole=False),
    "f:containers": {'k:{"name":"main"}': _OWNED_CONTAINER},
}


def _owned_status(ip: str) -> Object:
    kinds = ("ContainersReady", "Initialized", "PodReadyToStartContainers", "Ready")
    fields = ("lastProbeTime", "lastTransitionTime", "observedGeneration", "status", "type")
    return {
        "f:conditions": {f'k:{{"type":"{kind}"}}': _owned(*fields) for kind in kinds},
        **_owned("containerStatuses", "hostIP", "hostIPs", "phase", "podIP", "startTime", whole=False),
        "f:podIPs": {".": {}, f'k:{{"ip":"{ip}"}}': _owned("ip")},
    }
