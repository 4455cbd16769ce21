"""In-place resizes: a running pod whose resources are written anew, through ``pods/resize``, with no rollout to see."""

from __future__ import annotations

from opsconsole.records import Kind, Pod
from opsconsole.store import Delta, Store, Transition


class Resizes:
    """Remembers each pod as it was last seen. Pods are not kept write by write: two resizes in one pump are one."""

    def __init__(self) -> None:
        self._pods: dict[str, Pod] = {}

    def look(self, store: Store, delta: Delta, *, whole: bool) -> list[Transition]:
        """Return the pods that ``delta`` has resized, each with its state before."""
        if whole:
            self._pods = {key: pod for key, pod in store.pods.items() if not pod.partial}
            return []
        for key in delta.gone.get(Kind.POD, ()):
            self._pods.pop(key, None)
        found = []
        for key in delta.changed.get(Kind.POD, ()):
            after = store.pods.get(key)
            if after is None or after.partial:
                continue
            before = self._pods.get(key)
            self._pods[key] = after
            if before is not None and before.uid == after.uid and resized(before, after):
                found.append(Transition(Kind.POD, key, before, after))
        return found


def resized(before: Pod, after: Pod) -> bool:
    """Whether what is wished for the pod, or for one of its containers, differs."""
    if before.resources != after.resources:
        return True
    if before.containers is after.containers:
        return False
    old = {each.name: each.resources for each in before.containers}
    return any(old.get(each.name, each.resources) != each.resources for each in after.containers)
