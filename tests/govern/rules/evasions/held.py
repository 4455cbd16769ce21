"""Evasions that a rule refuses: cuts, replicas, deletes, nodes, templates, other identities, the governor itself."""

from __future__ import annotations

from tests.govern.rules.evasions.ages import POD_AS_A_WHOLE, WAITING_JOB
from tests.govern.rules.evasions.writes import (
    ADMIN,
    APPLY,
    NOBODY,
    NOT_READY,
    TAINT,
    Evasion,
    apply,
    at,
    clear_resources,
    connect,
    copy_of,
    create,
    delete,
    drop_replicas,
    drop_second,
    frozen_off,
    hpa,
    in_template,
    job,
    limit,
    limits_of,
    patch,
    pod,
    put,
    rename,
    signing_request,
    strategic,
)
from tests.testbed import objects
from tests.testbed.api import JSON_PATCH

CUTS = [
    Evasion("limit-cuts", "server-side apply", apply("deployments", "web", "Deployment", "apps/v1", {
        "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
            "containers": [{"name": "main", "image": objects.IMAGE, "resources": {
                "limits": {"memory": "64Mi"}, "requests": {"memory": "64Mi"}}}]}}})),
    Evasion("limit-cuts", "JSON patch", patch("deployments", "web", [
        {"op": "replace", "path": "/spec/template/spec/containers/0/resources", "value": {
            "limits": {"memory": "64Mi"}}}], JSON_PATCH)),
    Evasion("limit-cuts", "PUT", put("deployments", "web", limits_of("64Mi"))),
    Evasion("limit-cuts", "PUT without resources", put("deployments", "web", clear_resources)),
    *(Evasion("limit-cuts", f"to {size}", strategic("deployments", "web", limit(size)))
      for size in ("0.5Gi", "512e6", "1E3", "100m", "0.0005Ti", "500000Ki", "786432000000m", "5E8", "0.0000000005E")),
    *(Evasion("limit-cuts", f"cpu to {size}", strategic("deployments", "web", limit(cpu=size)))
      for size in ("0.7", "700000u", "7e-1", "1n", "0.0007k", "700m")),
    Evasion("limit-cuts", "an init container", strategic("deployments", "web", in_template([], initContainers=[
        {"name": "prep", "resources": {"limits": {"memory": "8Mi"}, "requests": {"memory": "8Mi"}}}]))),
    Evasion("limit-cuts", "a sidecar", strategic("deployments", "web", in_template([], initContainers=[
        {"name": "proxy", "resources": {"limits": {"memory": "8Mi"}, "requests": {"memory": "8Mi"}}}]))),
    Evasion("limit-cuts", "the second container", strategic("deployments", "web", in_template([
        {"name": "second", "resources": {"limits": {"memory": "8Mi"}, "requests": {"memory": "8Mi"}}}]))),
    Evasion("limit-cuts", "the pod as a whole", strategic("deployments", "whole", in_template([], resources={
        "limits": {"memory": "100Mi"}, "requests": {"memory": "100Mi"}})), POD_AS_A_WHOLE),
    Evasion("limit-cuts", "the pod as a whole: taken away", strategic("deployments", "whole", in_template(
        [], resources=None)), POD_AS_A_WHOLE),
    Evasion("limit-cuts", "a first limit where there was none", strategic("deployments", "free", limit("10Mi"))),
    Evasion("limit-cuts", "a first limit for the pod as a whole", strategic("deployments", "free", in_template(
        [], resources={"limits": {"memory": "10Mi"}})), POD_AS_A_WHOLE),
    Evasion("limit-cuts placement", "a container removed", put("deployments", "web", drop_second)),
    Evasion("limit-cuts images placement", "a container renamed", put("deployments", "web", rename)),
    Evasion("limit-cuts", "a StatefulSet", strategic("statefulsets", "db", limit("64Mi"))),
    Evasion("limit-cuts", "a DaemonSet", strategic("daemonsets", "agent", limit("64Mi"))),
    Evasion("limit-cuts", "a ReplicaSet", strategic("replicasets", "old", limit("64Mi"))),
    Evasion("limit-cuts", "a ReplicationController", strategic("replicationcontrollers", "older", limit("64Mi"))),
    Evasion("limit-cuts", "a Job that waits", strategic("jobs", "waiting", limit("64Mi")), WAITING_JOB),
    Evasion("", "a LimitRange that gives new pods less", create("limitranges", {
        "apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "less"}, "spec": {"limits": [
            {"type": "Container", "default": {"memory": "8Mi"}, "max": {"memory": "8Mi"}}]}})),
]  # fmt: skip

REPLICAS = [
    Evasion("replicas", "PUT to zero", put("deployments", "web", drop_replicas)),
    Evasion("replicas", "JSON patch to zero", patch("deployments", "web", [
        {"op": "replace", "path": "/spec/replicas", "value": 0}], JSON_PATCH)),
    Evasion("replicas", "apply of zero", apply("deployments", "web", "Deployment", "apps/v1", {"replicas": 0})),
    *(Evasion("replicas", f"/scale of {plural}", patch(plural, name, {"spec": {"replicas": 0}}, sub="scale"))
      for plural, name in (("deployments", "web"), ("statefulsets", "db"), ("replicasets", "old"),
                           ("replicationcontrollers", "older"))),
    Evasion("replicas", "/scale by PUT", lambda api, space: api.put(at(space, "deployments", "web", "scale"), {
        "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web", "namespace": space},
        "spec": {"replicas": 0}})),
    Evasion("replicas", "/scale without replicas", lambda api, space: api.put(at(space, "deployments", "web", "scale"),
        {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web", "namespace": space}})),
    Evasion("replicas", "an autoscaler, autoscaling/v1", lambda api, space: api.post(
        f"/apis/autoscaling/v1/namespaces/{space}/horizontalpodautoscalers", hpa(1, 1000, version="v1"))),
    Evasion("replicas", "an autoscaler's bounds changed", patch("horizontalpodautoscalers", "web", {
        "spec": {"maxReplicas": 5000}})),
    Evasion("replicas", "/scale of a custom resource", lambda api, space: api.patch(
        f"/apis/evasions.example.com/v1/namespaces/{space}/rollouts/canary/scale", {"spec": {"replicas": 0}})),
    Evasion("replicas", "a copy with a drawn name", create("deployments", copy_of(5000, generateName="web-"))),
    Evasion("replicas", "a Job's parallelism to zero", patch("jobs", "runs", {"spec": {"parallelism": 0}})),
    Evasion("replicas", "a new Job of thousands", create("jobs", {
        **job("many"), "spec": {**job("many")["spec"], "parallelism": 5000, "completions": 5000}})),
]  # fmt: skip

DELETES = [
    *(Evasion("deletes", f"{plural}", delete(plural, name)) for plural, name in (
        ("deployments", "web"), ("statefulsets", "db"), ("daemonsets", "agent"), ("replicasets", "old"),
        ("replicationcontrollers", "older"), ("jobs", "runs"), ("cronjobs", "night"), ("pods", "victim"),
        ("services", "web"), ("persistentvolumeclaims", "data"), ("poddisruptionbudgets", "web"),
        ("horizontalpodautoscalers", "web"), ("nodes", "node-1"), ("persistentvolumes", "disk"))),
    *(Evasion("deletes", f"all {plural}", delete(plural, "")) for plural in (
        "deployments", "pods", "replicasets", "persistentvolumeclaims", "jobs")),
    Evasion("deletes", "leaving orphans", delete("deployments", "web", {
        "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Orphan"})),
    Evasion("deletes", "an eviction", create("pods", {
        "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "victim"}}, "victim", "eviction")),
    *(Evasion("rollouts", f"an owner that is gone, {plural}", patch(plural, name, {
        "metadata": {"ownerReferences": NOBODY}})) for plural, name in (
            ("pods", "victim"), ("deployments", "web"), ("services", "web"), ("persistentvolumeclaims", "data"),
            ("statefulsets", "db"), ("horizontalpodautoscalers", "web"))),
    Evasion("rollouts", "a pod's deadline", patch("pods", "victim", {"spec": {"activeDeadlineSeconds": 1}})),
    Evasion("escapes", "a pod told to have failed", patch("pods", "victim", {
        "status": {"phase": "Failed"}}, sub="status")),
    Evasion("escapes", "a pod told not to be ready", strategic("pods", "victim/status", {
        "status": {"conditions": NOT_READY}})),
    Evasion("escapes", "a node told to be away", strategic("nodes", "node-1/status", {
        "status": {"conditions": NOT_READY}})),
    Evasion("escapes", "a node's room told to be none", patch("nodes", "node-1", {
        "status": {"allocatable": {"pods": "0"}}}, sub="status")),
    Evasion("rollouts", "a Job's deadline", patch("jobs", "runs", {"spec": {"activeDeadlineSeconds": 1}})),
    Evasion("rollouts", "a Job gone with its end", patch("jobs", "runs", {"spec": {"ttlSecondsAfterFinished": 0}})),
    Evasion("rollouts", "volumes gone with their pods", patch("statefulsets", "db", {
        "spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete", "whenDeleted": "Delete"}}})),
    Evasion("rollouts", "other pods by another first number", patch("statefulsets", "db", {
        "spec": {"ordinals": {"start": 100}}})),
    Evasion("rollouts", "a volume kept no longer", patch("persistentvolumes", "disk", {
        "spec": {"persistentVolumeReclaimPolicy": "Delete"}})),
    Evasion("escapes", "a namespace's end", lambda api, space: api.put(f"/api/v1/namespaces/{space}/finalize", {
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}, "spec": {"finalizers": []}})),
    Evasion("deletes", "a kind and all of it", delete("crds", "rollouts.evasions.example.com")),
    Evasion("escapes", "all EndpointSlices", delete("endpointslices", "")),
    Evasion("escapes", "a node's Lease", lambda api, _: api.delete(
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1")),
    Evasion("deletes", "an Ingress", delete("ingresses", "web")),
    Evasion("deletes", "a NetworkPolicy", delete("networkpolicies", "web")),
    Evasion("deletes", "a ServiceAccount", delete("serviceaccounts", "worker")),
    Evasion("", "a Secret", delete("secrets", "password")),
    Evasion("", "a ConfigMap", delete("configmaps", "settings")),
    Evasion("deletes", "a StorageClass", delete("storageclasses", "evasions")),
    Evasion("deletes", "a PriorityClass", delete("priorityclasses", "evasions")),
]  # fmt: skip

NODES = [
    Evasion("taints", "JSON patch", patch("nodes", "node-1", [
        {"op": "add", "path": "/spec/taints", "value": [TAINT]}], JSON_PATCH)),
    Evasion("taints", "apply", apply("nodes", "node-1", "Node", "v1", {"taints": [TAINT]})),
    Evasion("taints", "PUT", put("nodes", "node-1", lambda item: item["spec"].update(unschedulable=True))),
    Evasion("escapes", "a new node that draws pods and runs none", create("nodes", objects.node("fake", cpu="9999"))),
]  # fmt: skip

TEMPLATES = [
    Evasion("images", "of a pod that runs", strategic("pods", "victim", {
        "spec": {"containers": [{"name": "main", "image": "registry.example/miner:1"}]}})),
    Evasion("images", "an init container", strategic("deployments", "web", in_template([], initContainers=[
        {"name": "more", "image": "registry.example/miner:1"}]))),
    Evasion("images", "an init container's image", strategic("deployments", "web", in_template([], initContainers=[
        {"name": "prep", "image": "registry.example/miner:1"}]))),
    Evasion("images", "an ephemeral container", strategic("pods", "victim/ephemeralcontainers", {
        "spec": {"ephemeralContainers": [{"name": "debug", "image": "registry.example/miner:1"}]}})),
    Evasion("images", "a CronJob's", strategic("cronjobs", "night", {"spec": {"jobTemplate": in_template([
        {"name": "main", "image": "registry.example/miner:1"}])}})),
    Evasion("images", "of a DaemonSet", strategic("daemonsets", "agent", in_template([
        {"name": "main", "image": "registry.example/miner:1"}]))),
    Evasion("escapes", "a binding", create("pods", {
        "apiVersion": "v1", "kind": "Binding", "metadata": {"name": "gated"}, "target": {
            "apiVersion": "v1", "kind": "Node", "name": "node-1"}}, "gated", "binding")),
    Evasion("placement", "a DaemonSet's selector", strategic("daemonsets", "agent", in_template([], nodeSelector={
        "no": "where"}))),
    Evasion("placement", "spread over what is not there", strategic("deployments", "web", in_template(
        [], topologySpreadConstraints=[{"maxSkew": 1, "topologyKey": "no", "whenUnsatisfiable": "DoNotSchedule"}]))),
    Evasion("placement", "a RuntimeClass that is not there", strategic("deployments", "web", in_template(
        [], runtimeClassName="none"))),
    Evasion("placement", "a scheduling gate", strategic("deployments", "web", in_template(
        [], schedulingGates=[{"name": "example.com/never"}]))),
    Evasion("rollouts", "a Job suspended", patch("jobs", "runs", {"spec": {"suspend": True}})),
    Evasion("rollouts", "a StatefulSet by hand alone", patch("statefulsets", "db", {
        "spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": None}}})),
    Evasion("rollouts", "all pods of a DaemonSet at once", patch("daemonsets", "agent", {
        "spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "100%"}}}})),
    Evasion("rollouts", "all pods of a Deployment at once", patch("deployments", "web", {
        "spec": {"strategy": {"rollingUpdate": {"maxUnavailable": "100%", "maxSurge": 0}}}})),
    Evasion("rollouts", "a CronJob over itself", patch("cronjobs", "night", {
        "spec": {"concurrencyPolicy": "Replace"}})),
    Evasion("resize", "a running pod", strategic("pods", "victim/resize", {"spec": {}})),
]  # fmt: skip

ESCAPES = [
    *(Evasion("escapes", f"{sub} by {method}", connect("pods", "victim", f"{sub}?command=id&stdout=true", method))
      for sub in ("exec", "attach", "portforward") for method in ("POST", "GET")),
    Evasion("", "a pod's own API", connect("pods", "victim", "proxy/shutdown")),
    Evasion("", "a service's own API", connect("services", "web", "proxy/shutdown")),
    Evasion("escapes", "a kubelet", connect("nodes", "node-1", "proxy/run", "GET")),
    Evasion("escapes", "a token", create("serviceaccounts", {"spec": {}}, "worker", "token")),
    Evasion("escapes", "a token in a Secret", create("secrets", {
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token", "metadata": {
            "name": "stolen", "annotations": {"kubernetes.io/service-account.name": "worker"}}})),
    Evasion("escapes", "a certificate", create("csrs", {
        "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": "aura"},
        "spec": {"request": signing_request(), "signerName": "kubernetes.io/kube-apiserver-client", "usages": [
            "client auth"]}})),
    Evasion("escapes", "a binding", lambda api, space: api.post(at(space, "rolebindings"), {
        "metadata": {"name": "mine"}, "roleRef": ADMIN, "subjects": [
            {"kind": "ServiceAccount", "name": "worker", "namespace": space}]})),
    Evasion("escapes", "a binding's subjects", patch("clusterrolebindings", "system:basic-user", {
        "subjects": [{"kind": "ServiceAccount", "name": "worker", "namespace": "default"}]})),
    Evasion("escapes", "a role that gathers others", create("clusterroles", {
        "metadata": {"name": "aura-all", "labels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]})),
    Evasion("escapes", "a Job as somebody else", create("jobs", job("as-worker", serviceAccountName="worker"))),
    Evasion("escapes", "a pod as somebody else", create("pods", pod("as-worker", serviceAccountName="worker"))),
    Evasion("escapes", "a CronJob as somebody else", create("cronjobs", {
        "metadata": {"name": "as-worker"}, "spec": {"schedule": "* * * * *", "jobTemplate": {
            "spec": job("x", serviceAccountName="worker")["spec"]}}})),
    Evasion("escapes", "a pod that owns its node", create("pods", pod("owner", hostPID=True, containers=[
        {"name": "main", "image": "registry.example/app:1", "securityContext": {"privileged": True}}]))),
    Evasion("escapes", "a pod with the node's disk", create("pods", pod("disk", volumes=[
        {"name": "root", "hostPath": {"path": "/"}}]))),
    Evasion("escapes", "a static pod's place", create("pods", pod("on-node", nodeName="node-1"))),
    Evasion("escapes", "an API of its own", create("apiservices", {
        "metadata": {"name": "v1beta1.evasions.example.com"}, "spec": {
            "group": "evasions.example.com", "version": "v1beta1", "groupPriorityMinimum": 1, "versionPriority": 1,
            "insecureSkipTLSVerify": True, "service": {"name": "web", "namespace": "default"}}})),
    Evasion("escapes", "everybody's requests in one queue", create("flowschemas", {
        "metadata": {"name": "aura"}, "spec": {
            "matchingPrecedence": 2, "priorityLevelConfiguration": {"name": "catch-all"}, "rules": [{
                "subjects": [{"kind": "Group", "group": {"name": "system:masters"}}], "resourceRules": [{
                    "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"],
                    "clusterScope": True}]}]}})),
    Evasion("escapes", "the control plane's Lease", lambda api, _: api.post(
        "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases", {
            "metadata": {"name": "kube-scheduler"}, "spec": {"holderIdentity": "aura"}})),
]  # fmt: skip

GOVERNOR = [
    *(Evasion("protect escapes", f"thaws by {what}", write) for what, write in (
        ("merge patch", patch("namespaces", "kube-system", {
            "metadata": {"annotations": {"govern.opsconsole.io/frozen": "false"}}})),
        ("/status", patch("namespaces", "kube-system", {
            "metadata": {"annotations": {"govern.opsconsole.io/frozen": "false"}}}, sub="status")),
        ("PUT, with the name's label changed", put("namespaces", "kube-system", frozen_off)),
        ("/finalize", put("namespaces", "kube-system", frozen_off, "finalize")),
        ("apply", lambda api, _: api.request("PATCH", "/api/v1/namespaces/kube-system?fieldManager=a&force=true", {
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "annotations": {
                "govern.opsconsole.io/frozen": "false"}}}, APPLY)))),
    Evasion("protect", "the guard's Lease", lambda api, _: api.post(
        "/apis/coordination.k8s.io/v1/namespaces/opsconsole/leases", {"metadata": {"name": "x"}, "spec": {}})),
    Evasion("protect deletes", "the guard's namespace", delete("namespaces", "opsconsole")),
    Evasion("self-approval", "on itself", patch("deployments", "web", {
        "metadata": {"annotations": {"govern.opsconsole.io/approved": "write/x"}}})),
    Evasion("self-approval escapes", "through /status", patch("deployments", "web", {
        "metadata": {"annotations": {"govern.opsconsole.io/approved": "write/x"}}}, sub="status")),
    Evasion("self-approval", "on the namespace", lambda api, space: api.patch(f"/api/v1/namespaces/{space}", {
        "metadata": {"annotations": {"govern.opsconsole.io/approvals": "x"}}})),
]  # fmt: skip

HELD = [*CUTS, *REPLICAS, *DELETES, *NODES, *TEMPLATES, *ESCAPES, *GOVERNOR]
