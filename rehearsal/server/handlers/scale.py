"""The ``/scale`` subresource of Deployments, ReplicaSets and StatefulSets."""

from __future__ import annotations

from typing import Any

from rehearsal.server.handlers.verbs import Caller, Verbs, origin_of, patched
from rehearsal.server.objects import errors, patches, typed
from rehearsal.server.objects.resources import Object, clone
from rehearsal.server.objects.routes import Route


def read(obj: Object) -> Object:
    """The ``Scale`` of a workload. ``spec.replicas`` is absent at 0, as the real one leaves it out."""
    names = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    metadata = {name: obj["metadata"][name] for name in names}
    selector = obj["spec"].get("selector", {}).get("matchLabels") or {}
    replicas = obj["spec"].get("replicas", 1)
    status: Object = {"replicas": obj.get("status", {}).get("replicas", 0)}
    if selector:
        status["selector"] = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    spec = {"replicas": replicas} if replicas else {}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status}


def update(verbs: Verbs, route: Route, body: Object, caller: Caller) -> Object:
    """Replace the scale."""
    with verbs.storage.lock:
        return _write(verbs, route, body, caller, typed.Origin())


def patch(verbs: Verbs, route: Route, kind: str, body: Any, caller: Caller) -> Object:
    """Patch the scale; the patch types are those of any object, without apply."""
    with verbs.storage.lock:
        before = read(verbs.read(route))
        if kind == patches.APPLY:
            raise errors.unsupported_media_type()
        return _write(verbs, route, patched(before, kind, body), caller, origin_of(kind, body))


def _write(verbs: Verbs, route: Route, body: Object, caller: Caller, origin: typed.Origin) -> Object:
    before = verbs.read(route)
    given = body.get("metadata") or {}
    for field, real in (("resourceVersion", before["metadata"]["resourceVersion"]), ("uid", before["metadata"]["uid"])):
        if given.get(field) and given[field] != real:
            raise errors.conflict(route.resource, route.name)
    typed.fit(route.resource, body, origin, "Scale")
    replicas = (body.get("spec") or {}).get("replicas", 0)
    if replicas < 0:
        why = f"Invalid value: {replicas}: must be greater than or equal to 0"
        message = f'Scale.autoscaling "{route.name}" is invalid: spec.replicas: {why}'
        causes = [{"reason": "FieldValueInvalid", "message": why, "field": "spec.replicas"}]
        details = {"name": route.name, "group": "autoscaling", "kind": "Scale", "causes": causes}
        raise errors.ApiError(422, "Invalid", message, details)
    after = clone(before)
    after["spec"]["replicas"] = replicas
    return read(verbs.commit(route, before, after, caller))
