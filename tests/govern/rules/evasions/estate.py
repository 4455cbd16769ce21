"""Evasions by what stands beside workloads (accounts, classes, routes, machines); for ``test_evasions_cluster``."""

from __future__ import annotations

from opsconsole.cluster.transport import paths
from tests.govern.rules.evasions.operators import (
    CLONES,
    GATES,
    MACHINES,
    POOLS,
    ROLLOUT,
    ROUTES,
    RUNS,
    SCALED,
    SIZERS,
    CustomKind,
    custom,
    gone,
    made,
)
from tests.govern.rules.evasions.writes import (
    Evasion,
    Object,
    Try,
    at,
    create,
    delete,
    in_template,
    limit,
    main,
    patch,
    strategic,
)
from tests.testbed import objects
from tests.testbed.api import Api

PROBE = {"httpGet": {"path": "/", "port": 1}, "periodSeconds": 1, "failureThreshold": 1}
OF_A_CONTAINER: Object = {
    "livenessProbe": PROBE,
    "readinessProbe": PROBE,
    "startupProbe": PROBE,
    "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
    "ports": [{"containerPort": 80, "hostPort": 80}],
}
_VOLUME: Object = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}
_OF_A_NODE: dict[str, Object] = {
    "hostPath": {"hostPath": {"path": "/"}},
    "local": {"local": {"path": "/"}, "nodeAffinity": {"required": {"nodeSelectorTerms": [{
        "matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-1"]}]}]}}},
}  # fmt: skip
_PODS = {"containers": [{"name": "main", "image": objects.IMAGE}]}


def _as_worker(of: CustomKind, **spec: object) -> Try:
    return made(of, "new", replicas=1, template={"metadata": {"labels": {"app": "new"}}, "spec": {**_PODS, **spec}})


def _in_system(plural: str, name: str) -> Try:
    return lambda api, _: api.post(at("kube-system", plural), {"metadata": {"name": name}})


def _status_of(of: CustomKind, name: str, status: Object) -> Try:
    return lambda api, space: api.patch(f"{of.place(space, name)}/status", {"status": status})


def _old_revision(api: Api, space: str) -> object:
    """Make the StatefulSet's revision another one: what a rollback goes back to."""
    found = api.get(at(space, "controllerrevisions"))["items"]
    name = next(each["metadata"]["name"] for each in found if each["metadata"]["name"].startswith("db-"))
    return api.patch(at(space, "controllerrevisions", name), {"revision": 99})


def _space(api: Api, space: str) -> object:
    label = {"pod-security.kubernetes.io/enforce": "restricted"}
    return api.patch(f"/api/v1/namespaces/{space}", {"metadata": {"labels": label}})


def _one_alone() -> Object:
    return {"spec": {"template": {"spec": {"containers": [{"$patch": "replace"}, {
        "name": "main", "image": objects.IMAGE}]}}}}  # fmt: skip


_LISTS = [
    Evasion("limit-cuts", "a strategic patch that replaces resources", strategic("deployments", "web", in_template([
        {"name": "main", "resources": {"$patch": "replace", "limits": {"memory": "64Mi"}}}]))),
    Evasion("limit-cuts placement", "a strategic patch that deletes a container", strategic(
        "deployments", "web", in_template([{"name": "second", "$patch": "delete"}]))),
    Evasion("limit-cuts placement", "a strategic patch that replaces all containers", strategic(
        "deployments", "web", _one_alone())),
    Evasion("rollouts", "a strategic patch that takes a finalizer off", strategic("persistentvolumeclaims", "data", {
        "metadata": {"$deleteFromPrimitiveList/finalizers": ["kubernetes.io/pvc-protection"]}})),
    Evasion("replicas", "a Scale by server-side apply", lambda api, space: api.request(
        "PATCH", f"{at(space, 'deployments', 'web', 'scale')}?fieldManager=helm&force=true", {
            "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web", "namespace": space},
            "spec": {"replicas": 0}}, "application/apply-patch+yaml")),
    Evasion("deletes", "what a label selects", lambda api, space: api.delete(
        f"{at(space, 'deployments')}?labelSelector=app%21%3Dnone")),
]  # fmt: skip

_BESIDE = [
    *(Evasion("placement", f"{field} of a container", strategic("deployments", "web", in_template(
        [{"name": "main", field: value}]))) for field, value in OF_A_CONTAINER.items()),
    Evasion("placement", "a priority that admission lets no pod have", strategic("deployments", "web", in_template(
        [], priority=7))),
    Evasion("rollouts", "an account that can pull no image", patch("serviceaccounts", "worker", {
        "imagePullSecrets": [{"name": "none"}]})),
    Evasion("rollouts", "an account without its token", patch("serviceaccounts", "worker", {
        "automountServiceAccountToken": False})),
    Evasion("rollouts", "a namespace that admits no pod", _space),
    Evasion("rollouts", "a RuntimeClass that fits nowhere", patch("runtimeclasses", "evasions", {
        "scheduling": {"nodeSelector": {"no": "where"}}})),
    Evasion("rollouts", "a PriorityClass for everybody", patch("priorityclasses", "evasions", {
        "globalDefault": True})),
    Evasion("rollouts", "a volume that is mounted otherwise", patch("persistentvolumes", "disk", {
        "spec": {"mountOptions": ["ro"]}})),
    Evasion("rollouts", "a revision made the newest", _old_revision),
    Evasion("rollouts", "a CronJob that runs nothing", patch("cronjobs", "night", {
        "spec": {"jobTemplate": {"spec": {"completions": 0}}}})),
    Evasion("rollouts", "a CronJob without a history", patch("cronjobs", "night", {
        "spec": {"successfulJobsHistoryLimit": 0}})),
]  # fmt: skip

_PARTS = [
    Evasion("escapes", "a Service's traffic to nowhere", patch("endpointslices", "web-1", {
        "ports": [{"port": 1}]})),
    Evasion("escapes", "an EndpointSlice of its own", create("endpointslices", {
        "metadata": {"name": "web-2", "labels": {"kubernetes.io/service-name": "web"}}, "addressType": "IPv4",
        "endpoints": []})),
    Evasion("escapes", "Endpoints of its own", create("endpoints", {"metadata": {"name": "web-2"}, "subsets": []})),
    Evasion("escapes", "an Ingress told to be elsewhere", patch("ingresses", "web", {
        "status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}}, sub="status")),
    Evasion("escapes", "a node without traffic from outside", patch("nodes", "node-1", {
        "metadata": {"labels": {"node.kubernetes.io/exclude-from-external-load-balancers": "true"}}})),
    *(Evasion("escapes", f"a volume that is a directory of a node ({kind})", create("persistentvolumes", {
        "metadata": {"name": "node"}, "spec": {**_VOLUME, **of}})) for kind, of in _OF_A_NODE.items()),
    Evasion("escapes", "a volume attached elsewhere", create("volumeattachments", {
        "metadata": {"name": "evasions"}, "spec": {"attacher": "csi.example.com", "nodeName": "node-1", "source": {
            "persistentVolumeName": "disk"}}})),
    Evasion("escapes", "a driver of volumes", create("csidrivers", {
        "metadata": {"name": "evasions.example.com"}, "spec": {"attachRequired": True}})),
    Evasion("escapes", "a node's drivers", create("csinodes", {"metadata": {"name": "evasions"}, "spec": {
        "drivers": []}})),
    Evasion("escapes", "no room for volumes", create("csistoragecapacities", {
        "metadata": {"name": "evasions"}, "storageClassName": "evasions", "capacity": "0"})),
    Evasion("escapes", "devices that fit nothing", patch("deviceclasses", "evasions", {
        "spec": {"selectors": [{"cel": {"expression": "false"}}]}})),
    Evasion("escapes", "devices that are not there", create("resourceslices", {
        "metadata": {"name": "evasions"}, "spec": {"driver": "example.com", "nodeName": "node-1", "pool": {
            "name": "p", "generation": 1, "resourceSliceCount": 1}, "devices": []}})),
    Evasion("deletes", "a DeviceClass", delete("deviceclasses", "evasions")),
    Evasion("deletes", "a claim of devices", delete("resourceclaims", "gpu")),
    Evasion("deletes", "a template of such claims", delete("resourceclaimtemplates", "gpu")),
    Evasion("deletes", "a RuntimeClass", delete("runtimeclasses", "evasions")),
    Evasion("escapes", "addresses of Services", create("servicecidrs", {
        "metadata": {"name": "evasions"}, "spec": {"cidrs": ["10.222.0.0/16"]}})),
    Evasion("protect", "what DNS is configured by", _in_system("configmaps", "coredns-custom")),
    Evasion("protect", "who is an administrator on some clouds", _in_system("configmaps", "aws-auth")),
    Evasion("protect", "a Secret of the cluster's own parts", _in_system("secrets", "cloud-credentials")),
]  # fmt: skip

_CUSTOM = [
    *(Evasion("escapes", f"a {of.kind} as somebody else", _as_worker(of, serviceAccountName="worker"))
      for of in (ROLLOUT, CLONES)),
    *(Evasion("escapes", f"a {of.kind} as somebody else, by the field's old name", _as_worker(
        of, serviceAccount="worker", **more)) for of in (ROLLOUT, CLONES) for more in ({}, {"serviceAccountName": ""})),
    Evasion("placement", "a Rollout's account, by the field's old name", custom(ROLLOUT, "green", {
        "spec": {"template": {"spec": {"serviceAccount": "worker"}}}})),
    *(Evasion("escapes", f"a {of.kind} on the host", _as_worker(of, hostPID=True)) for of in (ROLLOUT, CLONES)),
    Evasion("escapes", "a Rollout aborted", _status_of(ROLLOUT, "green", {"abort": True})),
    Evasion("escapes", "a CloneSet told to be ready", _status_of(CLONES, "clones", {"readyReplicas": 0})),
    Evasion("escapes", "a ScaledObject told not to be active", _status_of(SCALED, "web", {"conditions": []})),
    *(Evasion("deletes", f"a {of.kind}", gone(of, name)) for of, name in (
        (MACHINES, "workers"), (POOLS, "general"), (ROUTES, "shop"), (SIZERS, "web"), (GATES, "front"),
        (RUNS, "night"))),
    *(Evasion("replicas", f"machines to {count}", custom(MACHINES, "workers", {"spec": {"replicas": count}}))
      for count in (0, 5000)),
    Evasion("self-approval", "on a NodePool", custom(POOLS, "general", {
        "metadata": {"annotations": {"govern.opsconsole.io/approved": "2099-01-01T00:00:00Z delete/x"}}})),
]  # fmt: skip

_HOLES = [
    ("fewer pods in one step, within bounds", patch("deployments", "web", {"spec": {"replicas": 1}})),
    ("a first limit, down to the request", strategic("deployments", "asks", in_template([
        main(limits={"memory": "64Mi"})]))),
    ("labels of a template", strategic("deployments", "web", {"spec": {"template": {"metadata": {
        "labels": {"tier": "none"}}}}})),
    ("a node's annotations", patch("nodes", "node-1", {"metadata": {"annotations": {"a": "b"}}})),
    ("which pod is the first to go", patch("pods", "victim", {
        "metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-1000"}}})),
    ("who owns the fields", patch("deployments", "web", {"metadata": {"managedFields": [{}]}})),
    ("an autoscaler that adds slowly", patch("horizontalpodautoscalers", "web", {"spec": {"behavior": {
        "scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1800}]}}}})),
    ("a budget that allows nothing", patch("poddisruptionbudgets", "web", {"spec": {"minAvailable": "100%"}})),
    ("a quota of no pods", create("resourcequotas", {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}})),
    ("a NetworkPolicy that lets nothing in", create("networkpolicies", {
        "metadata": {"name": "none"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}})),
    ("a Service of no pods", patch("services", "web", {"spec": {"selector": {"app": "none"}}})),
    ("a StorageClass for everybody", patch("storageclasses", "evasions", {"metadata": {"annotations": {
        "storageclass.kubernetes.io/is-default-class": "true"}}})),
    ("a VerticalPodAutoscaler that sizes", custom(SIZERS, "web", {"spec": {"updatePolicy": {"updateMode": "Auto"}}})),
]  # fmt: skip

ESTATE = [*_LISTS, *_BESIDE, *_PARTS, *_CUSTOM, *(Evasion("", what, write) for what, write in _HOLES)]
"""Refused, each by its rule; the last are holes that the docs name."""


def _applies(api: Api, space: str) -> object:
    """The replicas alone, as an optimizer that works by server-side apply owns them."""
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 5}}
    place = f"{at(space, 'deployments', 'web')}?fieldManager=aura&force=true"
    return api.request("PATCH", place, body, "application/apply-patch+yaml")


def _as_it_is(api: Api, space: str) -> object:
    return api.put(at(space, "deployments", "web"), api.get(at(space, "deployments", "web")))


def _told(api: Api, space: str) -> object:
    about = {"kind": "Deployment", "namespace": space, "name": "web"}
    return api.post(at(space, "events"), {
        "metadata": {"name": "resized"}, "involvedObject": about, "reason": "Resized", "message": "m"})  # fmt: skip


TENDS: list[tuple[str, Try]] = [
    ("five by server-side apply", _applies),
    ("a Deployment as it is, by PUT", _as_it_is),
    ("an event", _told),
    ("a StatefulSet of two", patch("statefulsets", "db", {"spec": {"replicas": 2}})),
    ("a tenth of a DaemonSet", strategic("daemonsets", "agent", in_template([
        main(limits={"memory": "900Mi"}, requests={"memory": "450Mi"})]))),
    ("more for a StatefulSet", strategic("statefulsets", "db", limit("1500Mi"))),
    ("more for a CronJob", strategic("cronjobs", "night", {"spec": {"jobTemplate": limit("1500Mi")}})),
    ("arguments", strategic("deployments", "web", in_template([{"name": "main", "args": ["-Xmx800m"]}]))),
    ("a template's note", strategic("deployments", "web", {"spec": {"template": {"metadata": {
        "annotations": {"a": "b"}}}}})),
    ("its ConfigMap anew", patch("configmaps", "settings", {"data": {"a": "b"}})),
    ("its Secret anew", patch("secrets", "password", {"data": {"a": "Yg=="}})),
    ("an account's note", patch("serviceaccounts", "worker", {"metadata": {"annotations": {"a": "b"}}})),
    ("a Service's note", patch("services", "web", {"metadata": {"annotations": {"a": "b"}}})),
    ("a volume's note", patch("persistentvolumes", "disk", {"metadata": {"annotations": {"a": "b"}}})),
    ("a volume of a server", create("persistentvolumes", {"metadata": {"name": "shared"}, "spec": {
        **_VOLUME, "nfs": {"server": "nfs.example.com", "path": "/"}}})),
    ("a claim's note", patch("persistentvolumeclaims", "data", {"metadata": {"annotations": {"a": "b"}}})),
    ("a budget", create("poddisruptionbudgets", {
        "metadata": {"name": "db"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "db"}}}})),
    ("a load at which pods are added", patch("horizontalpodautoscalers", "web", {"spec": {"metrics": [{
        "type": "Resource", "resource": {"name": "cpu", "target": {
            "type": "Utilization", "averageUtilization": 60}}}]}})),
    ("a new workload of its own account", create("deployments", objects.deployment(
        "helper", objects.container(), replicas=2))),
    ("a Rollout of the namespace's account", made(ROLLOUT, "new", replicas=2, template={
        "metadata": {"labels": {"app": "new"}}, "spec": _PODS})),
    ("a Rollout with its template elsewhere", made(ROLLOUT, "new", replicas=2, workloadRef={
        "apiVersion": "apps/v1", "kind": "Deployment", "name": "web"})),
    ("four machines", custom(MACHINES, "workers", {"spec": {"replicas": 4}})),
    ("a recommendation", custom(SIZERS, "web", {"metadata": {"annotations": {"a": "b"}}})),
    ("a namespace", lambda api, space: api.post("/api/v1/namespaces", {"metadata": {"name": f"{space}-aura"}})),
    ("what it may do, all of it", lambda api, space: api.post(
        paths.collection("authorization.k8s.io", "v1", "selfsubjectrulesreviews"), {"spec": {"namespace": space}})),
]  # fmt: skip
"""Ordinary writes of an optimizer that is well."""
