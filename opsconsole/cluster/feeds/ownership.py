"""The feeds that say who owns the fields of which objects: one reflector for each kind, metadata alone."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from opsconsole.cluster.feeds.watching.optional import OptionalReflector
from opsconsole.cluster.feeds.watching.reflector import Reflector
from opsconsole.cluster.feeds.watching.scopes import ScopedFeed
from opsconsole.cluster.objects.ownership import resource
from opsconsole.cluster.objects.resources import BINDINGS

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.feeds.watching.scopes import Scope
    from opsconsole.cluster.objects.codec import Resource
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.feeds.protocol import Feed

_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"

WRITTEN = (
    resource("deployments", "Deployment", "apps"),
    resource("statefulsets", "StatefulSet", "apps"),
    resource("daemonsets", "DaemonSet", "apps"),
    resource("replicasets", "ReplicaSet", "apps"),
    resource("cronjobs", "CronJob", "batch"),
    resource("jobs", "Job", "batch"),
    resource("horizontalpodautoscalers", "HorizontalPodAutoscaler", "autoscaling", "v2"),
    resource("poddisruptionbudgets", "PodDisruptionBudget", "policy"),
    resource("nodes", "Node", namespaced=False),
    resource("services", "Service"),
    resource("configmaps", "ConfigMap"),
    resource("resourcequotas", "ResourceQuota"),
    resource("limitranges", "LimitRange"),
    resource("persistentvolumeclaims", "PersistentVolumeClaim"),
    resource("serviceaccounts", "ServiceAccount"),
    resource("namespaces", "Namespace", namespaced=False),
    resource("ingresses", "Ingress", "networking.k8s.io"),
    resource("networkpolicies", "NetworkPolicy", "networking.k8s.io"),
    resource("roles", "Role", _RBAC),
    resource("rolebindings", "RoleBinding", _RBAC),
    resource("clusterroles", "ClusterRole", _RBAC, namespaced=False),
    resource("clusterrolebindings", "ClusterRoleBinding", _RBAC, namespaced=False),
    resource("priorityclasses", "PriorityClass", "scheduling.k8s.io", namespaced=False),
    resource("validatingwebhookconfigurations", "ValidatingWebhookConfiguration", _ADMISSION, namespaced=False),
    resource("mutatingwebhookconfigurations", "MutatingWebhookConfiguration", _ADMISSION, namespaced=False),
    resource("verticalpodautoscalers", "VerticalPodAutoscaler", "autoscaling.k8s.io", optional=True),
    resource("scaledobjects", "ScaledObject", "keda.sh", "v1alpha1", optional=True),
)
"""What an optimizer changes, and what would give it more rights. Not Events, Leases and Endpoints: they are written all
the time, and by the cluster itself. Not Secrets: whoever looks at writers needs no right to read them."""

PODS = resource("pods", "Pod")
"""The most of all: left out where the pods are many and the line is thin."""


def ownership_feeds(
    connection: Connection, clock: Clock, *, pods: bool, scope: Scope, bindings: bool = True
) -> list[Feed]:
    """Return the feeds.

    Args:
        connection: where to read.
        clock: the time.
        pods: read the owners of the pods' fields too.
        scope: the namespaces to read. Where some are named, what is in none is left out.
        bindings: read the role bindings with their subjects too; a console that reads them anyway hands them on.
    """
    dice = random.Random()  # noqa: S311 - jitter, no secret
    wanted = [*WRITTEN, *([PODS] if pods else []), *(BINDINGS if bindings else ())]

    def reflector(wanted: Resource, namespace: str) -> Reflector:
        make = OptionalReflector if wanted.optional else Reflector
        return make(connection, wanted, clock, namespace=namespace, dice=dice, namespaces=scope.namespaces)

    def feed(wanted: Resource) -> Feed:
        if not wanted.namespaced:
            return reflector(wanted, "")
        return ScopedFeed(wanted.plural, lambda namespace: reflector(wanted, namespace), scope, clock)

    return [feed(each) for each in wanted if each.namespaced or not scope.named]
