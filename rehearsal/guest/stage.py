"""Puts a guest rehearsal's objects into the cluster and takes them away again."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import Conflict, NotFound
from rehearsal.guest.objects import CREATED, Guest, namespace, objects
from rehearsal.server.objects.resources import BY_KIND, Object

TOKEN_SECONDS = 3600
_REMOVAL_SECONDS = 60.0
_SYSTEM = ("kube-", "openshift-")
_RESERVED = ("default",)


class GuestError(Exception):
    """A guest rehearsal is refused; the text says why and what to do."""


def may_play(context: str, name: str, production: tuple[str, ...], named_again: str | None) -> None:
    """Refuse contexts that look like production unless named twice, and namespaces that are somebody's.

    Raises:
        GuestError: it may not.
    """
    marks = [mark for mark in production if mark and mark.lower() in context.lower()]
    if marks and named_again != context:
        raise GuestError(
            f"the context {context} looks like production: it has {marks[0]!r} in its name (cluster.production in the "
            f"settings). If you really mean it, name it a second time: --production {context}"
        )
    if name in _RESERVED or name.startswith(_SYSTEM):
        raise GuestError(f"the namespace {name} belongs to the cluster: choose a name that nobody uses")


class Stage:
    """The objects of one guest in one cluster. Every call raises :class:`.ClusterError`."""

    def __init__(self, connection: Connection, guest: Guest, sleep: Callable[[float], None] = time.sleep) -> None:
        self._connection = connection
        self._guest = guest
        self._sleep = sleep

    def set_up(self) -> None:
        """Create everything. The namespace must be new: nobody else's objects are near what the optimizer does.

        Raises:
            GuestError: there is such a namespace already.
        """
        try:
            self._post("/api/v1/namespaces", namespace(self._guest))
        except Conflict as error:
            raise GuestError(
                f"there is a namespace {self._guest.namespace} already: a rehearsal plays only in one of its own; "
                "choose another name, or delete that one if it is left from a rehearsal"
            ) from error
        for obj in objects(self._guest):
            self._post(BY_KIND[obj["kind"]].path(self._guest.namespace), obj)

    def token(self) -> str:
        """A token of the optimizer's ServiceAccount, good for an hour."""
        path = BY_KIND["ServiceAccount"].path(self._guest.namespace, self._guest.scenario.optimizer.account)
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
        answer = self._post(f"{path}/token", body | {"spec": {"expirationSeconds": TOKEN_SECONDS}})
        return str(answer["status"]["token"])

    def optimizer_pods(self) -> list[str]:
        """UIDs of the optimizer's pods that are to live."""
        optimizer = self._guest.scenario.optimizer
        labels = optimizer.labels or {"app": optimizer.name}
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        path = BY_KIND["Pod"].path(self._guest.namespace)
        found = msgspec.json.decode(self._connection.request("GET", path, query={"labelSelector": selector}))
        living = [pod for pod in found["items"] if "deletionTimestamp" not in pod["metadata"]]
        return [pod["metadata"]["uid"] for pod in living if pod["status"].get("phase") == "Running"]

    def remove(self) -> list[str]:
        """Delete what this run has created, and wait until the namespace is gone. Returns what is left, in words."""
        for kind in reversed(CREATED):
            for name in self._names(kind):
                self._delete(BY_KIND[kind].path(self._guest.namespace, name))
        path = f"/api/v1/namespaces/{self._guest.namespace}"
        if not self._ours(path):
            return []
        self._delete(path)
        deadline = time.monotonic() + _REMOVAL_SECONDS
        while self._there(path):
            if time.monotonic() > deadline:
                return [f"namespace {self._guest.namespace} is still terminating"]
            self._sleep(0.5)
        return []

    def _names(self, kind: str) -> list[str]:
        query = {"labelSelector": self._guest.selector}
        path = BY_KIND[kind].path(self._guest.namespace)
        found = msgspec.json.decode(self._connection.request("GET", path, query=query))
        return [obj["metadata"]["name"] for obj in found["items"]]

    def _ours(self, path: str) -> bool:
        try:
            found = msgspec.json.decode(self._connection.request("GET", path))
        except NotFound:
            return False
        labels = found["metadata"].get("labels") or {}
        return all(labels.get(key) == value for key, value in self._guest.labels.items())

    def _there(self, path: str) -> bool:
        try:
            self._connection.request("GET", path)
        except NotFound:
            return False
        return True

    def _post(self, path: str, body: Object) -> Object:
        answer: Object = msgspec.json.decode(self._connection.request("POST", path, body=body))
        return answer

    def _delete(self, path: str) -> None:
        try:
            self._connection.request("DELETE", path, body={"propagationPolicy": "Background"})
        except NotFound:
            return
