"""What the API server fills in by itself, for the fields that somebody reads."""

from __future__ import annotations

import base64

from rehearsal.server.objects.resources import Object, ServedResource


def fill(resource: ServedResource, obj: Object) -> None:
    """Put the defaults of its type into ``obj``, in place."""
    filler = _FILLERS.get(resource.plural)
    if filler:
        filler(obj.setdefault("spec", {}))
    if resource.plural == "namespaces":
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
    elif resource.plural == "secrets":
        obj.setdefault("type", "Opaque")
        for name, value in (obj.pop("stringData", None) or {}).items():
            obj.setdefault("data", {})[name] = base64.b64encode(str(value).encode()).decode()
    elif "roleRef" in obj:
        obj["roleRef"].setdefault("apiGroup", _RBAC)
        for subject in obj.get("subjects") or []:
            if subject.get("kind") in ("User", "Group"):
                subject.setdefault("apiGroup", _RBAC)


def complete(resource: ServedResource, obj: Object) -> None:
    """Put in what the server itself owns of a new object: admission's fields and the first status."""
    if resource.plural == "pods":
        _admitted(obj["spec"])
        obj["status"] = {"phase": "Pending", "qosClass": quality(obj["spec"])}
    elif resource.plural == "namespaces":
        obj.setdefault("spec", {})["finalizers"] = ["kubernetes"]
        obj["status"] = {"phase": "Active"}
    elif resource.plural == "events":
        for field, value in (
            ("source", {}),
            ("eventTime", None),
            ("reportingComponent", ""),
            ("reportingInstance", ""),
        ):
            obj.setdefault(field, value)
    elif resource.plural == "jobs":
        _job_labels(obj)
    if resource.has_status:
        obj.setdefault("status", dict(_FIRST_STATUS.get(resource.plural, {})))


_RBAC = "rbac.authorization.k8s.io"
_FIRST_STATUS: dict[str, Object] = {
    "replicasets": {"replicas": 0},
    "statefulsets": {"replicas": 0, "availableReplicas": 0},
    "daemonsets": dict.fromkeys(
        ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady"), 0
    ),
    "poddisruptionbudgets": dict.fromkeys(
        ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"), 0
    ),
    "horizontalpodautoscalers": {"desiredReplicas": 0, "currentMetrics": None},
}


def _job_labels(obj: Object) -> None:
    uid, name = obj["metadata"]["uid"], obj["metadata"]["name"]
    labels = {f"{prefix}controller-uid": uid for prefix in ("batch.kubernetes.io/", "")}
    labels |= {f"{prefix}job-name": name for prefix in ("batch.kubernetes.io/", "")}
    template = obj["spec"]["template"]
    template["metadata"]["labels"] = (template["metadata"].get("labels") or {}) | labels
    obj["metadata"]["labels"] = (obj["metadata"].get("labels") or {}) | labels
    obj["spec"].setdefault("selector", {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}})


def pod_spec(spec: Object) -> None:
    """Defaults of a pod's spec, in a pod and in a template."""
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")
    if "serviceAccountName" in spec:
        spec.setdefault("serviceAccount", spec["serviceAccountName"])
    for container in [*spec.get("containers", []), *(spec.get("initContainers") or [])]:
        _container(container)


def _container(container: Object) -> None:
    image = container.get("image", "")
    latest = image.endswith(":latest") or ":" not in image.rpartition("/")[2]
    container.setdefault("imagePullPolicy", "Always" if latest and "@" not in image else "IfNotPresent")
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    container.setdefault("resources", {})
    for port in container.get("ports") or []:
        port.setdefault("protocol", "TCP")


def _pod(spec: Object) -> None:
    pod_spec(spec)
    spec.setdefault("enableServiceLinks", True)
    for container in [*spec.get("containers", []), *(spec.get("initContainers") or [])]:
        limits = container["resources"].get("limits") or {}
        if limits:
            requests = container["resources"].setdefault("requests", {})
            for name, value in limits.items():
                requests.setdefault(name, value)


def _admitted(spec: Object) -> None:
    spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", spec["serviceAccountName"])
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    spec.setdefault("priority", 0)
    present = {(each.get("key"), each.get("effect")) for each in spec.get("tolerations") or []}
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if (key, "NoExecute") not in present:
            toleration = {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            spec.setdefault("tolerations", []).append(toleration)


def quality(spec: Object) -> str:
    """The pod's quality of service class."""
    resources = [container.get("resources") or {} for container in spec.get("containers", [])]
    if not any(each.get("limits") or each.get("requests") for each in resources):
        return "BestEffort"
    whole = all(
        {"cpu", "memory"} <= set(each.get("limits") or {}) and each.get("requests", {}) == each["limits"]
        for each in resources
    )
    return "Guaranteed" if whole else "Burstable"


def _template(spec: Object) -> None:
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {})
    pod_spec(template.setdefault("spec", {}))


def _deployment(spec: Object) -> None:
    spec.setdefault("replicas", 1)
    _template(spec)
    strategy = spec.setdefault("strategy", {"type": "RollingUpdate"})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)


def _replicaset(spec: Object) -> None:
    spec.setdefault("replicas", 1)
    _template(spec)


def _statefulset(spec: Object) -> None:
    spec.setdefault("replicas", 1)
    _template(spec)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    spec.setdefault("persistentVolumeClaimRetentionPolicy", {"whenDeleted": "Retain", "whenScaled": "Retain"})
    spec.setdefault("serviceName", "")
    spec.setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})
    spec.setdefault("revisionHistoryLimit", 10)


def _daemonset(spec: Object) -> None:
    _template(spec)
    spec.setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}})
    spec.setdefault("revisionHistoryLimit", 10)


def _job(spec: Object) -> None:
    spec.setdefault("parallelism", 1)
    spec.setdefault("completions", 1)
    spec.setdefault("backoffLimit", 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("manualSelector", False)
    spec.setdefault("podReplacementPolicy", "TerminatingOrFailed")
    spec.setdefault("suspend", False)
    _template(spec)


def _cronjob(spec: Object) -> None:
    spec.setdefault("suspend", False)
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    job = spec.setdefault("jobTemplate", {})
    job.setdefault("metadata", {})
    _template(job.setdefault("spec", {}))


def _hpa(spec: Object) -> None:
    spec.setdefault("minReplicas", 1)
    target = {"type": "Utilization", "averageUtilization": 80}
    spec.setdefault("metrics", [{"type": "ServedResource", "resource": {"name": "cpu", "target": target}}])


def _nothing(_spec: Object) -> None:
    """Nodes and services need no more than a spec."""


_FILLERS = {
    "pods": _pod,
    "deployments": _deployment,
    "replicasets": _replicaset,
    "statefulsets": _statefulset,
    "daemonsets": _daemonset,
    "jobs": _job,
    "cronjobs": _cronjob,
    "horizontalpodautoscalers": _hpa,
    "poddisruptionbudgets": _nothing,
    "nodes": _nothing,
    "services": _nothing,
}
