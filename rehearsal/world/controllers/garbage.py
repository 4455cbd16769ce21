"""The garbage collector and the namespace controller: what has lost its owner or its namespace goes too."""

from __future__ import annotations

from rehearsal.server.core import Core
from rehearsal.server.objects.resources import RESOURCES, Object
from rehearsal.world.control import Control, going


class Garbage:
    """Deletes dependents of what is gone, finishes foreground and orphaning deletes, empties namespaces."""

    def __init__(self, core: Core) -> None:
        self._control = Control(core, "kube-controller-manager")

    def step(self) -> None:
        """Look at everything once."""
        everything = [obj for resource in _OWNED for obj in self._control.core.storage.all(resource)]
        uids = {obj["metadata"]["uid"] for obj in everything}
        doomed = {obj["metadata"]["uid"] for obj in everything if "foregroundDeletion" in _finalizers(obj)}
        orphaned = {obj["metadata"]["uid"] for obj in everything if going(obj) and "orphan" in _finalizers(obj)}
        for obj in everything:
            self._dependent(obj, uids, doomed, orphaned)
        for obj in everything:
            self._finalize(obj, everything)
        self._namespaces()

    def _dependent(self, obj: Object, uids: set[str], doomed: set[str], orphaned: set[str]) -> None:
        owners = {owner["uid"] for owner in obj["metadata"].get("ownerReferences") or []}
        if not owners:
            return
        if owners & orphaned:
            self._control.change(obj, lambda each: _disown(each, orphaned))
        elif (owners <= doomed or not owners & uids) and not going(obj):
            self._control.delete(obj)

    def _finalize(self, obj: Object, everything: list[Object]) -> None:
        finalizers = _finalizers(obj)
        if not going(obj) or not {"orphan", "foregroundDeletion"} & set(finalizers):
            return
        uid = obj["metadata"]["uid"]
        if "foregroundDeletion" in finalizers and any(_owns(uid, each) for each in everything):
            return
        left = [each for each in finalizers if each not in ("orphan", "foregroundDeletion")]
        self._control.change(obj, lambda each: each["metadata"].update(finalizers=left))

    def _namespaces(self) -> None:
        for namespace in self._control.all("Namespace"):
            if not going(namespace):
                continue
            name = namespace["metadata"]["name"]
            inside = [each for resource in RESOURCES for each in self._control.core.storage.all(resource, name)]
            for each in inside:
                if not going(each):
                    self._control.delete(each)
            if not inside:
                self._control.core.storage.remove(_NAMESPACES, namespace)


_OWNED = tuple(resource for resource in RESOURCES if resource.plural != "events")
"""What may have an owner or a finalizer. Thousands of events have neither."""

_NAMESPACES = next(resource for resource in RESOURCES if resource.plural == "namespaces")


def _finalizers(obj: Object) -> list[str]:
    return obj["metadata"].get("finalizers") or []


def _owns(uid: str, obj: Object) -> bool:
    return any(owner["uid"] == uid for owner in obj["metadata"].get("ownerReferences") or [])


def _disown(obj: Object, uids: set[str]) -> None:
    kept = [owner for owner in obj["metadata"]["ownerReferences"] if owner["uid"] not in uids]
    obj["metadata"]["ownerReferences"] = kept
