"""The hands of a control-plane component: it reads and writes the storage under its own name, as in a real cluster."""

from __future__ import annotations

from collections.abc import Callable

from rehearsal.server.authorization.access import SYSTEM, User
from rehearsal.server.core import Core
from rehearsal.server.handlers.verbs import Caller
from rehearsal.server.objects.errors import ApiError
from rehearsal.server.objects.resources import BY_KIND, Object, clone
from rehearsal.server.objects.routes import Route


class Control:
    """Reads and writes as one component (``kube-scheduler``, ``kubelet`` …), which becomes its field manager."""

    def __init__(self, core: Core, component: str) -> None:
        self.core = core
        self.component = component
        self._caller = Caller(User(f"system:{component}", SYSTEM.groups), component)

    @property
    def now(self) -> float:
        """The rehearsal's time."""
        return self.core.clock.now()

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """One object, not to be changed."""
        return self.core.storage.get(BY_KIND[kind], namespace, name)

    def all(self, kind: str, namespace: str = "") -> list[Object]:
        """All objects of a kind, not to be changed."""
        return self.core.storage.all(BY_KIND[kind], namespace)

    def create(self, kind: str, namespace: str, obj: Object) -> Object | None:
        """Create an object; ``None`` if admission refuses it (its namespace is going away)."""
        try:
            return self.core.verbs.create(Route(BY_KIND[kind], namespace), obj, self._caller)
        except ApiError:
            return None

    def change(self, obj: Object, edit: Callable[[Object], None], subresource: str = "") -> Object | None:
        """Let ``edit`` change the newest state of ``obj`` in place and write it; ``None`` if it is gone."""
        route = self._route(obj)._replace(subresource=subresource)
        with self.core.storage.lock:
            before = self.get(obj["kind"], route.namespace, route.name)
            if before is None or before["metadata"]["uid"] != obj["metadata"]["uid"]:
                return None
            after = clone(before)
            edit(after)
            if after == before:
                return before
            return self.core.verbs.commit(route, before, after, self._caller)

    def set_status(self, obj: Object, status: Object) -> Object | None:
        """Write the whole status of ``obj``, if it differs."""
        if obj.get("status") == status:
            return obj
        return self.change(obj, lambda after: after.__setitem__("status", status), "status")

    def delete(self, obj: Object, **options: object) -> None:
        """Delete ``obj`` if it is still the same one."""
        preconditions = {"uid": obj["metadata"]["uid"]}
        try:
            self.core.verbs.delete(self._route(obj), {"preconditions": preconditions, **options}, self._caller)
        except ApiError:
            return

    def _route(self, obj: Object) -> Route:
        metadata = obj["metadata"]
        return Route(BY_KIND[obj["kind"]], metadata.get("namespace", ""), metadata["name"])


def controller_of(obj: Object) -> Object | None:
    """The owner reference that manages ``obj``."""
    for owner in obj["metadata"].get("ownerReferences") or []:
        if owner.get("controller"):
            return dict(owner)
    return None


def owned_by(obj: Object, owner: Object) -> bool:
    """Whether ``owner`` manages ``obj``."""
    ref = controller_of(obj)
    return ref is not None and bool(ref["uid"] == owner["metadata"]["uid"])


def owner_reference(owner: Object) -> Object:
    """What an object that ``owner`` manages says about it."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def going(obj: Object) -> bool:
    """Whether ``obj`` is on its way out."""
    return "deletionTimestamp" in obj["metadata"]
