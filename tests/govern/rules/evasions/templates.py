"""Evasions by what is left of a pod template, and by whatever else is owned or kept; for ``test_evasions_cluster``."""

from __future__ import annotations

from typing import Any

from tests.govern.rules.evasions.writes import (
    NOBODY,
    Evasion,
    Object,
    Try,
    create,
    in_template,
    patch,
    pod,
    put,
    strategic,
)
from tests.testbed.api import JSON_PATCH, Api

FIELDS: dict[str, Any] = {
    "readinessGates": [{"conditionType": "aura.example.com/never"}],
    "terminationGracePeriodSeconds": 0,
    "dnsPolicy": "Default",
    "imagePullSecrets": [{"name": "none"}],
    "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["db"]}],
    "automountServiceAccountToken": False,
    "os": {"name": "windows"},
    "preemptionPolicy": "Never",
    "shareProcessNamespace": True,
    "serviceAccount": "worker",
}
OF_A_CONTAINER: dict[str, Any] = {
    "imagePullPolicy": "Never",
    "securityContext": {"privileged": True},
}


def _to_init(item: Object) -> None:
    """The second container runs before the first, and serves no more."""
    shell = item["spec"]["template"]["spec"]
    shell["initContainers"].append(shell["containers"].pop())


def _capable(name: str, capability: str) -> Object:
    rights = {"securityContext": {"capabilities": {"add": [capability]}}}
    return pod(name, containers=[{"name": "main", "image": "registry.example/app:1", **rights}])


def _space_owned(api: Api, space: str) -> object:
    return api.patch(f"/api/v1/namespaces/{space}", {"metadata": {"ownerReferences": NOBODY}})


def _lease(space: str, name: str) -> Try:
    body = {"metadata": {"name": name}, "spec": {"holderIdentity": "aura"}}
    return lambda api, _: api.post(f"/apis/coordination.k8s.io/v1/namespaces/{space}/leases", body)


BOOTSTRAP = {"metadata": {"name": "bootstrap-token-abcdef"}, "type": "bootstrap.kubernetes.io/token"}

_PORTS = [{"name": "main", "image": "registry.example/app:1", "ports": [{"containerPort": 80, "hostPort": 80}]}]
_DEFAULT = {"annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}

_MINE = {"template": {"metadata": {"labels": {"app": "victim"}}, "spec": pod("x")["spec"]},
         "selector": {"matchLabels": {"app": "victim"}}}  # fmt: skip
_ONCE = {**_MINE["template"], "spec": {**pod("x")["spec"], "restartPolicy": "Never"}}
_NO_OWNER = {**NOBODY[0], "controller": True}

_TAKES = [
    Evasion("escapes", "a Job that takes bare pods for its own", create("jobs", {
        "metadata": {"name": "mine"}, "spec": {**_MINE, "manualSelector": True, "template": _ONCE}})),
    Evasion("escapes", "a ReplicaSet that does, of an owner that is made up", create("replicasets", {
        "metadata": {"name": "mine", "ownerReferences": [_NO_OWNER]}, "spec": _MINE})),
    *(Evasion("escapes", f"a ReplicationController that does{what}", create("replicationcontrollers", {
        "metadata": {"name": "mine", "ownerReferences": owners}, "spec": {**_MINE, "selector": {"app": "victim"}}}))
      for what, owners in (("", []), (", of an owner that is made up", [_NO_OWNER]))),
    Evasion("escapes", "a label by which one would", patch("pods", "victim", {
        "metadata": {"labels": {"deploymentconfig": "mine"}}})),
    Evasion("rollouts", "a ReplicationController that takes others now", patch("replicationcontrollers", "older", {
        "spec": {"selector": {"app": "victim"}, "template": {"metadata": {"labels": {"app": "victim"}}}}})),
    Evasion("", "a DaemonSet that takes bare pods for its own", create("daemonsets", {
        "metadata": {"name": "mine"}, "spec": _MINE})),
]  # fmt: skip

REST = [
    *_TAKES,
    Evasion("", "a pod with a port of its node", create("pods", pod("ports", containers=_PORTS))),
    Evasion("", "a new default IngressClass", lambda api, _: api.post(
        "/apis/networking.k8s.io/v1/ingressclasses", {
            "metadata": {"name": "evasions", **_DEFAULT}, "spec": {"controller": "example.com/none"}})),
    Evasion("", "a new RuntimeClass", lambda api, _: api.post(
        "/apis/node.k8s.io/v1/runtimeclasses", {"metadata": {"name": "evasions-2"}, "handler": "none"})),
    Evasion("escapes", "a node's addresses for pods", patch("nodes", "node-1", {
        "spec": {"podCIDR": "10.99.0.0/24", "podCIDRs": ["10.99.0.0/24"]}})),
    *(Evasion("placement", f"{field} of a template", strategic("deployments", "web", in_template([], **{field: value})))
      for field, value in FIELDS.items()),
    *(Evasion("placement", f"{field} of a container", strategic("deployments", "web", in_template(
        [{"name": "main", field: value}]))) for field, value in OF_A_CONTAINER.items()),
    Evasion("placement", "a container that runs before the others alone", put("deployments", "web", _to_init)),
    Evasion("placement", "a sidecar that has to end", patch("deployments", "web", [
        {"op": "remove", "path": "/spec/template/spec/initContainers/1/restartPolicy"}], JSON_PATCH)),
    Evasion("placement", "a CronJob's pods that end at once", patch("cronjobs", "night", {
        "spec": {"jobTemplate": {"spec": {"template": {"spec": {"activeDeadlineSeconds": 1}}}}}})),
    Evasion("replicas", "a CronJob's parallelism to zero", patch("cronjobs", "night", {
        "spec": {"jobTemplate": {"spec": {"parallelism": 0}}}})),
    Evasion("replicas", "a CronJob of thousands", patch("cronjobs", "night", {
        "spec": {"jobTemplate": {"spec": {"parallelism": 5000}}}})),
    *(Evasion("rollouts", f"an owner that is gone, {plural}", patch(plural, name, {
        "metadata": {"ownerReferences": NOBODY}})) for plural, name in (
            ("ingresses", "web"), ("networkpolicies", "web"), ("serviceaccounts", "worker"),
            ("storageclasses", "evasions"), ("priorityclasses", "evasions"), ("nodes", "node-1"), ("jobs", "runs"),
            ("crds", "rollouts.evasions.example.com"), ("persistentvolumes", "disk"))),
    Evasion("rollouts", "an owner that is gone, the namespace", _space_owned),
    Evasion("rollouts", "a volume of another claim", patch("persistentvolumes", "disk", {
        "spec": {"claimRef": {"namespace": "elsewhere", "name": "x"}}})),
    *(Evasion("escapes", f"a pod with {capability}", create("pods", _capable("strong", capability)))
      for capability in ("SYS_ADMIN", "ALL", "NET_ADMIN")),
    Evasion("escapes protect", "a token for new nodes", lambda api, _: api.post(
        "/api/v1/namespaces/kube-system/secrets", BOOTSTRAP)),
    *(Evasion("escapes", f"the Lease {name}", _lease("kube-system", name))
      for name in ("cluster-autoscaler", "cert-manager-controller", "zzz")),
]  # fmt: skip
"""Refused, each by its rule."""

PLAIN: list[tuple[str, Try]] = [
    ("a pod that binds a low port", create("pods", _capable("web-2", "NET_BIND_SERVICE"))),
    ("a namespace's note", lambda api, space: api.patch(f"/api/v1/namespaces/{space}", {
        "metadata": {"annotations": {"a": "b"}}})),
    ("an Ingress's note", patch("ingresses", "web", {"metadata": {"annotations": {"a": "b"}}})),
    ("a StorageClass's note", patch("storageclasses", "evasions", {"metadata": {"annotations": {"a": "b"}}})),
    ("an environment variable", strategic("deployments", "web", in_template(
        [{"name": "main", "env": [{"name": "GOMEMLIMIT", "value": "800MiB"}]}]))),
    ("a CronJob of three at a time", patch("cronjobs", "night", {
        "spec": {"jobTemplate": {"spec": {"parallelism": 3}}}})),
]  # fmt: skip
"""Ordinary writes of the governed."""
