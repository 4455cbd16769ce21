"""Objects that the governor's rules look at, where they are in the API, and writes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.testbed import objects
from tests.testbed.api import STRATEGIC_PATCH, Api

Object = dict[str, Any]
Write = Callable[[Api, str], object]


def deployment(name: str = "web", replicas: int | None = 3, **limits: str) -> Object:
    main = objects.container(
        limits=limits or {"cpu": "1", "memory": "1000Mi"}, requests={"cpu": "500m", "memory": "500Mi"}
    )
    return objects.deployment(name, main, replicas=replicas)


def cron_job() -> Object:
    template = deployment()["spec"]["template"]
    template["spec"]["restartPolicy"] = "Never"
    spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}}}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "night"}, "spec": spec}


def autoscaler(least: int, most: int, name: str = "web") -> Object:
    spec = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": least,
            "maxReplicas": most}  # fmt: skip
    body = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name}}
    return {**body, "spec": spec}


def apps(space: str, name: str = "web") -> str:
    return f"/apis/apps/v1/namespaces/{space}/deployments/{name}"


def core(space: str, plural: str, name: str = "") -> str:
    return f"/api/v1/namespaces/{space}/{plural}" + (f"/{name}" if name else "")


def resources(**of: Object) -> Write:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "main", "resources": of}]}}}}
    return lambda api, space: api.patch(apps(space), patch, STRATEGIC_PATCH)
